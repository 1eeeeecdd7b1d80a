#!/usr/bin/python3
"""Writes tests/data/ops/complex.txt: operations of complex numbers and eigenvalues, values and gradients, in float64.

Three lines a case: its name; the real view of the result; the real views of the gradients of sum(Re(conj(c) * result)) with respect to
the inputs, c being cos(0), cos(1) + i cos(2), ... The inputs are the same for all: z, w (3 x 2 numbers), and v (2 x 3), and for the
eigenvalue cases a (3 x 3, real)."""
import os
import torch

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "data", "ops", "complex.txt")


def numbers(n, shape, start):
    parts = torch.sin(torch.arange(start, start + 2 * n, dtype=torch.float64) * 1.7) * 1.5
    return torch.view_as_complex(parts.reshape(*shape, 2))


def text(t):
    t = t.detach().resolve_conj()
    t = torch.view_as_real(t) if t.is_complex() else t
    return " ".join(repr(float(v)) for v in t.reshape(-1))


def weights(t):
    n = t.numel() * (2 if t.is_complex() else 1)
    c = torch.cos(torch.arange(n, dtype=torch.float64))
    return torch.view_as_complex(c.reshape(*t.shape, 2)) if t.is_complex() else c.reshape(t.shape)


def symmetric(a):
    """Of the eigenvalues and vectors, what does not depend on their order and phase."""
    w, v = torch.linalg.eig(a)
    size = (v.abs() ** 2 * torch.arange(1, 4, dtype=torch.float64).unsqueeze(-1)).sum(0)
    return torch.stack([(size * w.real ** 2).sum(), (size * w.imag ** 2).sum(), (w * w).sum().real])


z, w, v = numbers(6, (3, 2), 1), numbers(6, (3, 2), 20), numbers(6, (2, 3), 40)
a = torch.sin(torch.arange(9, dtype=torch.float64) * 2.3).reshape(3, 3)
cases = {
    "add": (lambda z, w: torch.add(z, w, alpha=2), (z, w)), "sub": (torch.sub, (z, w)), "mul": (torch.mul, (z, w)),
    "div": (torch.div, (z, w)), "mul_real": (lambda z, r: z * r, (z, w.real.clone())), "rdiv": (lambda z: 2 / z, (z,)),
    "neg": (torch.neg, (z,)), "abs": (torch.abs, (z,)), "angle": (torch.angle, (z,)), "sgn": (torch.sgn, (z,)),
    "conj": (lambda z: z.conj().resolve_conj(), (z,)), "real": (lambda z: z.real, (z,)), "imag": (lambda z: z.imag, (z,)),
    "square": (torch.square, (z,)), "sqrt": (torch.sqrt, (z,)), "rsqrt": (torch.rsqrt, (z,)), "reciprocal": (torch.reciprocal, (z,)),
    "exp": (torch.exp, (z,)), "log": (torch.log, (z,)), "sin": (torch.sin, (z,)), "cos": (torch.cos, (z,)), "tan": (torch.tan, (z,)),
    "sinh": (torch.sinh, (z,)), "cosh": (torch.cosh, (z,)), "tanh": (torch.tanh, (z,)), "sum": (lambda z: z.sum(), (z,)),
    "sum0": (lambda z: z.sum(0, keepdim=True), (z,)), "mean": (lambda z: z.mean(1), (z,)), "matmul": (torch.matmul, (z, v)),
    "bmm": (lambda z, v: torch.bmm(z.unsqueeze(0), v.unsqueeze(0)), (z, v)), "dot": (lambda z, w: (z[0] * w[0]).sum(), (z, w)),  # torch.dot itself gives 0 in Debian's build
    "vdot": (lambda z, w: (z[0].conj() * w[0]).sum(), (z, w)), "view_as_real": (torch.view_as_real, (z,)),
    "polar": (lambda r, t: torch.polar(r, t), (w.real.abs().clone(), w.imag.clone())),
    "complex": (lambda r, t: torch.complex(r, t), (w.real.clone(), w.imag.clone())),
    "asin": (torch.asin, (z,)), "acos": (torch.acos, (z,)), "atan": (torch.atan, (z,)), "asinh": (torch.asinh, (z,)),
    "acosh": (torch.acosh, (z,)), "atanh": (torch.atanh, (z,)), "norm": (lambda z: z.norm().reshape(1), (z,)),
    "norm3": (lambda z: z.norm(3, 1), (z,)), "cumsum": (lambda z: z.cumsum(1), (z,)),
    "addcmul": (lambda z, w: torch.addcmul(z, w, z, value=0.5), (z, w)), "addcdiv": (lambda z, w: torch.addcdiv(z, w, z, value=0.5), (z, w)),
    "lerp": (lambda z, w: torch.lerp(z, w, 0.75), (z, w)), "lerp_by": (lambda z, w: torch.lerp(z, w, w), (z, w)),
    "eig": (symmetric, (a,)), "eigvals": (lambda a: (torch.linalg.eigvals(a) ** 2).sum().reshape(1), (a,)),
}
lines = []
for name, (f, inputs) in cases.items():
    leaves = [t.clone().requires_grad_() for t in inputs]
    y = f(*leaves)
    c = weights(y)
    ((c.conj() * y).real if y.is_complex() else c * y).sum().backward()
    lines += [name, text(y), " ".join(text(t.grad) for t in leaves)]
open(OUT, "w").write("\n".join(lines) + "\n")
