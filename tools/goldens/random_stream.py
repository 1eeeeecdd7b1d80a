#!/usr/bin/env python3
"""Writes tests/data/random/*.txt: what PyTorch's CPU generator gives, op after op from one seed.

Run with a Python whose torch was built without MKL (bernoulli_ draws otherwise there), e.g. Debian's python3-torch 1.13.1.

A line is an op, its arguments, a colon and the result: integers in decimal, floating values as the hexadecimal of their bits.
Of long results only the elements `kept(n)` are written. The generator is never reseeded but by a `seed` line, so each line also
checks how much of the stream the lines before it consumed.
"""
import os
import sys

import torch

NAMES = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16, "u8": torch.uint8,
         "i8": torch.int8, "i16": torch.int16, "i32": torch.int32, "i64": torch.int64, "bool": torch.bool}
FLOATS = ["f32", "f64", "f16", "bf16"]


def kept(n):
    return [i for i in range(n) if n <= 64 or i < 20 or i >= n - 40 or i % 61 == 0]


def text(x):
    x = x.reshape(-1)
    x = x[torch.tensor(kept(x.numel()), dtype=torch.int64)]
    if x.is_floating_point():
        width = x.element_size()
        bits = x.view({2: torch.int16, 4: torch.int32, 8: torch.int64}[width]).tolist()
        return " ".join(f"{b & ((1 << 8 * width) - 1):x}" for b in bits)
    return " ".join(str(int(v)) for v in x.tolist())


def probabilities(dtype, n):
    return (torch.arange(n) % 101).to(torch.float64).div(100).to(dtype)


def weights(dtype, rows, n):
    return ((torch.arange(rows * n) * 37 % 101 + 1).to(torch.float64) / 64).reshape(rows, n).to(dtype)


def run(line):
    op, *a = line.split()
    if op == "seed":
        torch.manual_seed(int(a[0]))
        return torch.empty(0)
    t = NAMES[a[0]]
    if op == "multinomial":  # dtype rows categories samples replacement
        rows, n, k, replacement = map(int, a[1:])
        return torch.multinomial(weights(t, rows, n), k, bool(replacement))
    n = int(a[1])
    if op == "randperm":
        return torch.randperm(n, dtype=t)
    x = torch.empty(n, dtype=t)
    if op == "pairwise":  # normal_ of a tensor that is not contiguous goes in memory order, element by element
        y = torch.empty(n, 2, dtype=t)[:, 0]
        return y.normal_(float(a[2]), float(a[3])).contiguous()
    if op in ("uniform", "normal", "cauchy", "log_normal"):
        return getattr(x, op + "_")(float(a[2]), float(a[3]))
    if op in ("exponential", "geometric"):
        return getattr(x, op + "_")(float(a[2]))
    if op == "bernoulli":
        return x.bernoulli_(float(a[2]))
    if op == "bernoulli_tensor":
        return x.bernoulli_(probabilities(NAMES[a[2]], n))
    if op == "random":
        return x.random_()
    if op == "random_to":
        return x.random_(int(a[2]))
    if op == "random_from_to":
        return x.random_(int(a[2]), int(a[3]) if a[3] != "none" else None)
    raise ValueError(line)


def real_lines():
    for dtype in FLOATS:
        yield f"seed {len(dtype)}"
        for n in range(1, 41):
            yield f"uniform {dtype} {n} 0 1"
            yield f"normal {dtype} {n} 0 1"
        for n in (1000, 1009, 623, 624, 625, 4096, 5003):
            yield f"uniform {dtype} {n} -0.3 0.7"
            yield f"normal {dtype} {n} 0.5 2.5"
        for n in (1, 2, 3, 16, 31, 100, 701):
            yield f"pairwise {dtype} {n} -1 3"
            yield f"exponential {dtype} {n} 1.5"
            yield f"cauchy {dtype} {n} 0.5 2"
            yield f"log_normal {dtype} {n} 0.25 0.5"
            yield f"geometric {dtype} {n} 0.3"
    yield "seed 0"
    yield "normal f32 5 0 1"
    yield "uniform f32 3 0 1"
    yield "normal f32 20 0 1"
    yield "normal f64 3 0 1"
    yield "log_normal f32 4 0 1"
    yield "normal f32 15 2 0"
    yield "normal f16 7 1 0.5"
    yield "seed 18446744073709551615"
    yield "normal f32 7 0 1"
    yield "seed 4294967296"  # the twister sees the lower 32 bits
    yield "uniform f32 7 0 1"


def integer_lines():
    yield "seed 42"
    for dtype in ("u8", "i8", "i16", "i32", "i64", "bool", "f32", "f64", "f16", "bf16"):
        for n in (1, 7, 40, 701):
            yield f"random {dtype} {n}"
        yield f"random_to {dtype} 33 {2 if dtype == 'bool' else 100}"
        if dtype != "bool":
            yield f"random_to {dtype} 700 17"
            yield f"random_from_to {dtype} 21 3 101"
            yield f"geometric {dtype} 20 0.5"
            yield f"geometric {dtype} 301 0.2"
    for dtype in ("i8", "i16", "i32", "i64", "f32", "f64"):
        yield f"random_from_to {dtype} 25 -100 27"
    yield "random_from_to u8 25 0 256"
    yield "random_from_to i8 25 -128 none"
    yield "random_from_to i32 25 -2147483648 2147483648"
    yield "random_from_to i32 25 -2147483648 none"
    yield "random_from_to i64 25 0 4294967295"
    yield "random_from_to i64 25 0 4294967296"
    yield "random_from_to i64 25 0 4294967297"
    yield "random_from_to i64 25 -9223372036854775807 9223372036854775807"
    yield "random_from_to i64 25 -9223372036854775808 9223372036854775807"
    yield "random_from_to i64 25 5 none"
    yield "random_from_to i64 25 -9223372036854775808 none"
    yield "random_from_to f32 25 -9223372036854775808 none"
    yield "random_from_to f64 25 -9223372036854775808 none"
    yield "random_from_to f64 25 0 9007199254740992"
    yield "random_from_to f32 25 0 16777216"
    yield "random_from_to f32 25 0 1099511627776"
    yield "random_from_to f16 25 0 2048"
    yield "random_from_to f16 25 0 65504"
    yield "random_from_to f16 25 -5 none"
    yield "random_from_to bf16 25 -255 256"
    yield "random_from_to bf16 25 0 1000"
    for dtype in ("i64", "i32", "i16", "u8", "f32", "f64", "f16", "bf16"):
        for n in (0, 1, 2, 3, 10, 40, 100):
            yield f"randperm {dtype} {n}"
    yield "randperm i64 1001"
    yield "randperm i32 5003"
    for p in (0, 0.1, 0.5, 0.9, 1):
        for dtype in ("f32", "f64", "bf16", "u8", "i8", "i16", "i32", "i64", "bool"):
            yield f"bernoulli {dtype} 64 {p}"
    yield "bernoulli f32 1 0.5"
    yield "bernoulli f32 1001 0.3"
    yield "bernoulli f64 5003 0.7"
    for p in ("f32", "f64", "bf16"):
        for dtype in ("f32", "f64", "bf16", "u8", "i64", "bool"):
            yield f"bernoulli_tensor {dtype} 50 {p}"
        yield f"bernoulli_tensor f32 1001 {p}"
    for dtype in ("f32", "f64"):
        yield f"multinomial {dtype} 1 10 1 0"
        yield f"multinomial {dtype} 1 10 1 1"
        yield f"multinomial {dtype} 1 10 5 0"
        yield f"multinomial {dtype} 1 10 10 0"
        yield f"multinomial {dtype} 1 10 60 1"
        yield f"multinomial {dtype} 3 50 20 0"
        yield f"multinomial {dtype} 3 50 20 1"
        yield f"multinomial {dtype} 4 1 3 1"
        yield f"multinomial {dtype} 2 1000 400 0"
        yield f"multinomial {dtype} 2 1000 400 1"
    yield "uniform f32 3 0 1"


def main():
    if torch.backends.mkl.is_available():
        sys.exit("random_stream.py: this torch uses MKL, whose bernoulli_ draws from another stream")
    folder = os.path.join(os.path.dirname(__file__), "..", "..", "tests", "data", "random")
    os.makedirs(folder, exist_ok=True)
    for name, lines in (("real", real_lines()), ("integer", integer_lines())):
        with open(os.path.join(folder, name + ".txt"), "w") as f:
            for line in lines:
                try:
                    result = run(line)
                except RuntimeError as e:
                    sys.exit(f"random_stream.py: {line}: {e}")
                f.write(f"{line} : {text(result)}\n")


if __name__ == "__main__":
    main()
