#!/usr/bin/env python3
"""Makes tests/data/ops/special.txt: the functions of torch.special, the incomplete gamma functions, gradient, histogram,
frexp and cumulative_trapezoid, with PyTorch's results, for tests/ops/special_golden_test.cpp. The notation is that of ops_index.py.

Needs python3-torch (1.13.1): /usr/bin/python3 tools/goldens/ops_special.py > tests/data/ops/special.txt
"""
import torch

NAMES = {torch.float32: "Float", torch.float64: "Double", torch.int64: "Long", torch.int32: "Int"}
FLOATS = [torch.float64, torch.float32]
NAN, INF = float("nan"), float("inf")


def number(v):
    return repr(v) if v != v or abs(v) >= 1e15 or v != int(v) else str(int(v))


def text(t):
    digits = 9 if t.dtype == torch.float32 else 17
    words = [number(float(f"{x:.{digits}g}")) for x in t.detach().to(torch.float64).reshape(-1).tolist()]
    return f"t:{NAMES[t.dtype]}:{','.join(map(str, t.shape))}:{','.join(words)}"


def ints(*v):
    return "i:" + ",".join(str(int(x)) for x in v)


def emit(name, args, result):
    results = result if isinstance(result, (list, tuple)) else [result]
    print(name, *args, "=>", *[text(r) for r in results])


def tensor(values, dtype):
    return torch.tensor(values, dtype=torch.float64).to(dtype)


REAL = [0.0, -0.0, 1e-8, 0.03, -0.25, 0.5, 0.9, -1.0, 1.5, -2.0, 2.75, 4.0, -5.5, 8.0, 9.75, -12.0, 20.5, 31.0, -36.0, 55.0, INF, -INF, NAN]
UNIT = [0.0, 1e-300, 1e-20, 1e-5, 0.01, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.99, 0.9999, 1.0, -0.5, 1.5, NAN]
POSITIVE = [0.0, 1e-6, 0.1, 0.5, 1.0, 2.0, 3.5, 7.0, 15.0, 19.5, 21.0, 40.0, 200.0, NAN]

special = torch.special
for dtype in FLOATS:
    for name in ("entr", "erfcx", "ndtr", "log_ndtr", "i0e", "i1e", "i0", "i1", "bessel_j0", "bessel_j1", "spherical_bessel_j0", "erf",
                 "erfc", "expit", "expm1", "exp2", "log1p", "sinc", "gammaln", "psi", "digamma", "round"):
        f = getattr(special, name)
        x = tensor(REAL, dtype)
        if name == "gammaln":
            x = x[x != -INF]
        if name in ("psi", "digamma"):
            x = x[x != 0]  # the file does not tell -0 from 0
        if name in ("i0", "i1", "bessel_j0", "bessel_j1"):
            x = x[x.isfinite()]  # PyTorch gives NaN where there is a limit
        emit(name, [text(x)], f(x))
    for name in ("ndtri", "erfinv", "logit"):
        x = tensor(UNIT, dtype)
        emit(name, [text(x)], getattr(special, name)(x))
    for name in ("bessel_y0", "bessel_y1", "modified_bessel_k0", "modified_bessel_k1", "scaled_modified_bessel_k0",
                 "scaled_modified_bessel_k1"):
        x = tensor(POSITIVE, dtype)
        emit(name, [text(x)], getattr(special, name)(x))
    shape = tensor([0.0, 1e-3, 0.3, 1.0, 2.5, 9.0, 12.0, 50.0, 190.0, 1000.0, 30000.0, 2e6, INF, -1.0], dtype)
    at = tensor([0.0, 1e-9, 0.01, 0.4, 0.9, 1.05, 2.0, 5.0, 11.0, 48.0, 60.0, 185.0, 980.0, 1010.0, 30100.0, 2.001e6, INF, -1.0], dtype)
    emit("gammainc", [text(shape.unsqueeze(1)), text(at)], special.gammainc(shape.unsqueeze(1), at))
    emit("gammaincc", [text(shape.unsqueeze(1)), text(at)], special.gammaincc(shape.unsqueeze(1), at))
    leaf = at[1:13].clone().requires_grad_()
    torch.igamma(shape[2:10].unsqueeze(1), leaf).sum().backward()
    emit("igamma_gradient", [text(shape[2:10].unsqueeze(1)), text(leaf)], leaf.grad)
    a, b = tensor([0.0, 1.0, -2.5, NAN], dtype).unsqueeze(1), tensor([-1.0, -0.5, 0.0, 2.0, INF, NAN], dtype)
    emit("xlog1py", [text(a), text(b)], special.xlog1py(a, b))
    emit("xlogy", [text(a), text(b)], special.xlogy(a, b))
    s, q = tensor([0.5, 1.0, 1.25, 2.0, 3.0, 7.5], dtype).unsqueeze(1), tensor([-2.5, -1.0, 0.0, 0.1, 1.0, 3.5, 40.0], dtype)
    emit("zeta", [text(s), text(q)], special.zeta(s, q))
    x = tensor([3.0, 4.25, 10.0], dtype)
    emit("multigammaln", [text(x), ints(4)], special.multigammaln(x, 4))
    emit("polygamma", [text(x), ints(2)], special.polygamma(2, x))

    # In double whatever the dtype: PyTorch's recurrences in float lose digits that ours keep.
    x = tensor([-3.0, -1.0, -0.25, 0.0, 0.5, 0.875, 1.0, 2.5], dtype)
    n = tensor([-1.0, 0.0, 1.0, 2.0, 3.75, 5.0, 8.0, 13.0], dtype).unsqueeze(1)
    for name in ("chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w",
                 "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
                 "shifted_chebyshev_polynomial_w", "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l",
                 "legendre_polynomial_p"):
        emit(name, [text(x), text(n)], getattr(special, name)(x.double(), n.double()).to(dtype))
    x = tensor([-40.0, -9.5, -8.0, -7.0, -3.5, -1.0, 0.0, 0.5, 1.5, 2.0, 3.0, 7.5, 8.5, 30.0, NAN], dtype)
    emit("airy_ai", [text(x)], special.airy_ai(x.double()).to(dtype))

    x = tensor([0.0, -0.0, 1.0, -3.0, 0.1, 1e-20, 12345.678, INF, NAN], dtype)
    m, e = torch.frexp(x)
    emit("frexp", [text(x)], [m, torch.where(x.isfinite(), e, torch.zeros_like(e))])

    g = torch.Generator().manual_seed(3)
    x = torch.rand(4, 5, generator=g, dtype=torch.float64).to(dtype)
    for order in (1, 2):
        emit("gradient", [text(x), ints(order)], torch.gradient(x, edge_order=order))
        emit("gradient_spacing", [text(x), ints(1, order)], torch.gradient(x, spacing=0.5, dim=1, edge_order=order))
        points = [tensor([0.0, 1.0, 3.0, 3.5], dtype), tensor([-1.0, 0.0, 0.25, 4.0, 5.0], dtype)]
        emit("gradient_points", [text(x), text(points[0]), text(points[1]), ints(order)],
             torch.gradient(x, spacing=tuple(points), edge_order=order))
    for d in (0, 1):
        emit("cumulative_trapezoid", [text(x), ints(d)], torch.cumulative_trapezoid(x, dim=d))
    emit("cumulative_trapezoid_at", [text(x), text(points[1])], torch.cumulative_trapezoid(x, points[1]))
    emit("cumulative_trapezoid_at", [text(x), text(x.cumsum(1))], torch.cumulative_trapezoid(x, x.cumsum(1)))

    y = torch.cat([x.reshape(-1), tensor([0.0, 0.5, 1.0, 2.0], dtype)])  # PyTorch counts a NaN somewhere
    w = torch.arange(24, dtype=torch.float64).to(dtype)
    for density in (False, True):
        emit("histogram", [text(x), ints(6, density)], torch.histogram(x, 6, density=density))
        emit("histogram_range", [text(y), ints(4, 0, 1, density)], torch.histogram(y, 4, range=(0.0, 1.0), density=density))
        edges = tensor([0.1, 0.2, 0.5, 0.5, 0.9], dtype)
        emit("histogram_edges", [text(y), text(edges), text(w), ints(density)], torch.histogram(y, edges, weight=w, density=density))
    p = torch.rand(3, 5, 2, generator=g, dtype=torch.float64).to(dtype)
    v = torch.arange(15, dtype=torch.float64).to(dtype).view(3, 5)
    for density in (False, True):
        h, e = torch.histogramdd(p, [3, 2], range=[0.0, 1.0, 0.25, 0.5], density=density)
        emit("histogramdd", [text(p), ints(3, 2, density)], [h, *e])
        edges = [tensor([0.1, 0.5, 0.75], dtype), tensor([0.0, 0.25, 0.5, 1.0], dtype)]
        h, e = torch.histogramdd(p, edges, weight=v, density=density)
        emit("histogramdd_edges", [text(p), text(edges[0]), text(edges[1]), text(v), ints(density)], [h, *e])
    emit("histogram", [text(torch.ones(3, dtype=dtype)), ints(4, 0)], torch.histogram(torch.ones(3, dtype=dtype), 4))
