#!/usr/bin/env python3
"""Makes tests/data/ops/random.txt: what PyTorch's random functions give after manual_seed, for tests/ops/random_test.cpp.

One case a line: the name the test knows, dtype, sizes, values with 17 digits. A number drawn after each case shows that both
leave the generator at the same place. Needs python3-torch (1.13.1), built without MKL:
/usr/bin/python3 tools/goldens/ops_random.py > tests/data/ops/random.txt
"""
import torch

f, d, l = torch.float32, torch.float64, torch.int64


def strided(dtype):
    return torch.zeros(5, 4, dtype=dtype).t()


def sliced(dtype):
    return torch.zeros(6, 8, dtype=dtype)[::2, ::2]


def permuted(dtype):
    return torch.zeros(2, 3, 4, dtype=dtype).permute(2, 0, 1)


weights = torch.tensor([[1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 0.0, 5.0]])
p = torch.linspace(0, 1, 20)
cases = {
    "rand": lambda: torch.rand(3, 5),
    "rand double": lambda: torch.rand(7, dtype=d),
    "rand bfloat16": lambda: torch.rand(7, dtype=torch.bfloat16),
    "rand 0-d": lambda: torch.rand([]),
    "rand empty": lambda: torch.rand(0, 3),
    "rand generator": lambda: torch.rand(4, generator=torch.Generator().manual_seed(7)),
    "rand_like strided": lambda: torch.rand_like(strided(f)),
    "randn": lambda: torch.randn(5),
    "randn 20": lambda: torch.randn(20),
    "randn double 33": lambda: torch.randn(33, dtype=d),
    "randn_like strided": lambda: torch.randn_like(strided(f)),
    "randn complex": lambda: torch.view_as_real(torch.randn(9, dtype=torch.complex64)),
    "randint": lambda: torch.randint(10, (12,)),
    "randint range": lambda: torch.randint(-5, 5, (12,)),
    "randint wide": lambda: torch.randint(0, 2**40, (5,)),
    "randint float": lambda: torch.randint(0, 9, (6,), dtype=f),
    "randint byte": lambda: torch.randint(0, 256, (6,), dtype=torch.uint8),
    "randint_like": lambda: torch.randint_like(strided(f), 3, 7),
    "randperm": lambda: torch.randperm(11),
    "randperm int": lambda: torch.randperm(5, dtype=torch.int32),
    "randperm 0": lambda: torch.randperm(0),
    "normal sizes": lambda: torch.normal(2.0, 0.5, (4,)),
    "normal tensor number": lambda: torch.normal(torch.arange(6.0), 0.25),
    "normal number tensor": lambda: torch.normal(1.5, torch.arange(6.0)),
    "normal tensors": lambda: torch.normal(torch.arange(3.0).unsqueeze(1), torch.arange(6.0)),
    "bernoulli": lambda: torch.bernoulli(p),
    "bernoulli strided": lambda: torch.bernoulli(torch.linspace(0, 1, 20).view(5, 4).t()),
    "bernoulli p": lambda: torch.bernoulli(p, 0.3),
    "poisson": lambda: torch.poisson(torch.tensor([[0.0, 0.3, 4.0, 9.5], [10.0, 25.0, 300.0, 1e5]])),
    "poisson strided": lambda: torch.poisson(torch.arange(20, dtype=d).view(5, 4).t()),
    "binomial": lambda: torch.binomial(torch.tensor([[0.0, 5.0, 30.0, 1e4]]), torch.tensor([[0.0], [0.1], [0.5], [0.8], [1.0]])),
    "binomial double": lambda: torch.binomial(torch.full((9,), 100.0, dtype=d), torch.linspace(0, 1, 9, dtype=d)),
    "multinomial": lambda: weights.multinomial(3, True),
    "multinomial one": lambda: weights.multinomial(1, True),
    "multinomial without": lambda: weights.multinomial(2),
    "multinomial vector": lambda: weights[0].multinomial(4),
    "uniform_ strided": lambda: strided(f).uniform_(-1, 2),
    "uniform_ sliced": lambda: sliced(d).uniform_(),
    "uniform_ permuted": lambda: permuted(f).uniform_(),
    "normal_ strided": lambda: strided(f).normal_(1, 2),
    "normal_ sliced": lambda: sliced(d).normal_(),
    "normal_ permuted": lambda: permuted(f).normal_(),
    "exponential_": lambda: permuted(f).exponential_(2),
    "geometric_": lambda: torch.zeros(9, dtype=l).geometric_(0.3),
    "cauchy_": lambda: torch.zeros(9, dtype=d).cauchy_(1, 2),
    "log_normal_": lambda: torch.zeros(9, dtype=d).log_normal_(0.5, 0.25),
    "bernoulli_ strided": lambda: strided(f).bernoulli_(0.4),
    "bernoulli_ tensor": lambda: permuted(torch.int32).bernoulli_(torch.linspace(0, 1, 3)),
    "random_": lambda: torch.zeros(5, dtype=torch.int32).random_(),
    "random_ to": lambda: strided(l).random_(100),
    "random_ from to": lambda: torch.zeros(5).random_(-3, 3),
}
for name, make in cases.items():
    torch.manual_seed(99)
    y = make()
    after = torch.rand(1, dtype=d).item()
    dtype = {torch.float32: "Float", torch.float64: "Double", torch.int64: "Long", torch.int32: "Int", torch.uint8: "Byte",
             torch.bfloat16: "BFloat16"}[y.dtype]
    values = ",".join(repr(float(v)) for v in y.to(d).reshape(-1).tolist())
    print(f"{name}|{dtype}|{','.join(map(str, y.shape))}|{values}|{after!r}")
