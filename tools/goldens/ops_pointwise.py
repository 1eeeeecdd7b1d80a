#!/usr/bin/env python3
"""Makes tests/data/ops/pointwise.txt: elementwise ops with PyTorch's results, for tests/ops/pointwise_golden_test.cpp.

One case a line: name, "n:" numbers, tensors "dtype:value,value,..." of one dimension, "=>", the result. Special values are among the
inputs. What PyTorch 1.13 has no kernel for (mostly float16) is left out.
Needs python3-torch (1.13.1): /usr/bin/python3 tools/goldens/ops_pointwise.py > tests/data/ops/pointwise.txt
"""
import warnings

import torch

warnings.filterwarnings("ignore")
NAMES = {torch.float32: "Float", torch.float64: "Double", torch.int64: "Long", torch.int32: "Int", torch.uint8: "Byte",
         torch.bool: "Bool", torch.bfloat16: "BFloat16", torch.int8: "Char", torch.float16: "Half"}
nan, inf = float("nan"), float("inf")
FLOATS = [nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -2.5, 3.0, 0.1, -0.3, 0.9, 7.25, -7.75, 1e-6, 40.5, 2e10]
INTS = [0, 1, -1, 2, -3, 7, 100, -128]
DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.uint8, torch.bool]


def number(v, dtype):
    if dtype in (torch.float32, torch.float64, torch.bfloat16, torch.float16):
        return f"{v:.17g}" if dtype == torch.float64 else f"{v:.9g}"
    return str(int(v))


def text(t):
    return NAMES[t.dtype] + ":" + ",".join(number(v, t.dtype) for v in t.to(torch.float64).tolist()) \
        if t.dtype != torch.int64 else "Long:" + ",".join(map(str, t.tolist()))


def values(v, dtype):
    if dtype == torch.uint8:
        v = [abs(x) for x in v]
    if dtype == torch.bool:
        v = [bool(x) for x in v]
    return torch.tensor(v, dtype=dtype)


def emit(name, numbers, tensors):
    f = getattr(torch, name) if hasattr(torch, name) else getattr(torch.special, name)
    try:
        y = f(*tensors, *numbers) if name != "polygamma" else f(*numbers, *tensors)
    except (RuntimeError, NotImplementedError):
        return
    print(name, "n:" + ",".join(map(repr, numbers)), *map(text, tensors), "=>", text(y))


UNARY = """abs neg sign sgn positive square sqrt rsqrt reciprocal ceil floor trunc round frac nan_to_num exp exp2 expm1 log log2 log10
log1p sigmoid sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sinc deg2rad rad2deg erf erfc erfinv lgamma digamma i0
isnan isinf isfinite isposinf isneginf isreal signbit logical_not bitwise_not logit""".split()
for name in UNARY:
    for dtype in DTYPES:
        floating = dtype.is_floating_point
        if name == "sinc" and dtype == torch.bfloat16:
            continue  # PyTorch rounds pi x to bfloat16 first
        finite = [v for v in FLOATS if abs(v) != inf]
        floats = finite if name == "i0" else FLOATS  # PyTorch gives NaN for i0(inf), which is inf
        emit(name, [], [values(floats if floating else INTS, dtype)])
for dtype in (torch.float32, torch.float64):
    x = values(FLOATS, dtype)
    emit("logit", [0.2], [x])
    emit("nan_to_num", [1.5, 2.5, -3.5], [x])
    # PyTorch's trigamma is good to ten digits.
    for n in (0, 1, 2, 3, 5) if dtype == torch.float32 else (0, 2, 3, 5):
        emit("polygamma", [n], [values([0.5, 1.5, 3.0, -0.25, -1.5, -7.75, 20.0, 150.0, 0.0, nan], dtype)])
    emit("mvlgamma", [3], [values([1.5, 2.0, 7.25], dtype)])
    emit("pow", [2.5], [x])
    for p in (0, 0.5, 1, 2, 3, -0.5, -1, -2, -2.5, 4):
        # PyTorch takes the root of -inf for the power 0.5, unlike C's pow.
        emit("pow", [p], [values([v for v in FLOATS if v != -inf], dtype) if p == 0.5 else x])
    for d in (2, 0, -1):
        y = torch.round(values([2.345, -0.055, 123.5, 15.0, nan, inf], dtype), decimals=d)
        print("round_decimals", f"n:{d}", text(values([2.345, -0.055, 123.5, 15.0, nan, inf], dtype)), "=>", text(y))
    for lo, hi in ((-0.75, 1.25), (2.0, 1.0)):
        emit("clamp", [lo, hi], [x])

PAIRS = [(a, b) for a in (nan, inf, -inf, 0.0, -0.0, 2.5, -2.5, 7.0) for b in (nan, inf, -inf, 0.0, -0.0, 1.5, -1.5, 3.0)]
INT_PAIRS = [(a, b) for a in (0, 1, -7, 7, 12, -128) for b in (1, -1, 2, -3, 5)]
BINARY = """add sub mul div floor_divide fmod remainder maximum minimum fmax fmin atan2 hypot logaddexp logaddexp2 xlogy copysign nextafter
heaviside pow float_power eq ne lt le gt ge logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor gcd lcm ldexp""".split()
for name in BINARY:
    for dtype in DTYPES:
        pairs = PAIRS if dtype.is_floating_point else INT_PAIRS
        if name == "pow" and not dtype.is_floating_point:
            pairs = [(a, abs(b)) for a, b in pairs]
        emit(name, [], [values([p[0] for p in pairs], dtype), values([p[1] for p in pairs], dtype)])
    # Promotion.
    a, b = [p[0] for p in INT_PAIRS], [abs(p[1]) for p in INT_PAIRS]
    emit(name, [], [values(a, torch.int64), values(b, torch.float32)])
    emit(name, [], [values(a, torch.int32), values(b, torch.uint8)])
    emit(name, [], [values(a, torch.bool), values(b, torch.int8)])
shifts = [0, 1, 3, 7]
for name in ("bitwise_left_shift", "bitwise_right_shift"):
    for dtype in (torch.int64, torch.int32, torch.uint8):
        emit(name, [], [values([5, -9, 100, -128], dtype), values(shifts, dtype)])
for mode in ("trunc", "floor"):
    for dtype in DTYPES:
        pairs = PAIRS if dtype.is_floating_point else INT_PAIRS
        a, b = values([p[0] for p in pairs], dtype), values([p[1] for p in pairs], dtype)
        try:
            print("div_" + mode, "n:", text(a), text(b), "=>", text(torch.div(a, b, rounding_mode=mode)))
        except RuntimeError:
            pass
