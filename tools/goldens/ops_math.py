#!/usr/bin/env python3
"""Makes tests/data/ops/math.txt: reductions, scans, order, products and matrix functions, with PyTorch's results, for
tests/ops/math_golden_test.cpp. The notation is that of ops_index.py; tensors of floating-point numbers are written with
as many digits as they need.

Needs python3-torch (1.13.1): /usr/bin/python3 tools/goldens/ops_math.py > tests/data/ops/math.txt
"""
import random
import warnings

import torch

warnings.filterwarnings("ignore")
rng = random.Random(11)
NAMES = {torch.float32: "Float", torch.float64: "Double", torch.int64: "Long", torch.int32: "Int", torch.uint8: "Byte",
         torch.bool: "Bool"}
FLOATS = [torch.float64, torch.float32]
NUMBERS = [torch.float64, torch.float32, torch.int64, torch.uint8]
SHAPES = [[2, 3, 4], [7], [], [3, 1, 2], [17]]
NAN, INF = float("nan"), float("inf")


def number(v):
    return repr(v) if isinstance(v, float) and (v != int(v) if v == v and abs(v) < 1e15 else True) else str(int(v))


def text(t):
    v = t.to(torch.float64).reshape(-1).tolist() if t.dtype != torch.int64 else t.reshape(-1).tolist()
    digits = 9 if t.dtype == torch.float32 else 17
    words = [number(float(f"{x:.{digits}g}")) if isinstance(x, float) else str(x) for x in v]
    return f"t:{NAMES[t.dtype]}:{','.join(map(str, t.shape))}:{','.join(words)}"


def ints(*v):
    return "i:" + ",".join(str(int(x)) for x in v)


def word(v):
    return f"s:{v}"


def values(shape, dtype, specials=False):
    n = 1
    for s in shape:
        n *= s
    if dtype == torch.bool:
        return torch.tensor([rng.random() < 0.5 for _ in range(n)]).reshape(shape)
    if not dtype.is_floating_point:
        return torch.tensor([rng.randint(0 if dtype == torch.uint8 else -9, 9) for _ in range(n)]).reshape(shape).to(dtype)
    v = [rng.randint(-64, 64) / 16 for _ in range(n)]
    if specials:
        for s in (NAN, INF, -INF, 0.0, -0.0):
            if n and rng.random() < 0.6:
                v[rng.randrange(n)] = s
    return torch.tensor(v, dtype=torch.float64).reshape(shape).to(dtype)


def distinct(shape, dtype):
    n = 1
    for s in shape:
        n *= s
    v = list(range(n))
    rng.shuffle(v)
    return (torch.tensor(v, dtype=torch.float64).reshape(shape) - n // 2).to(dtype)


def emit(name, args, result):
    results = result if isinstance(result, (list, tuple)) else [result]
    print(name, *args, "=>", *[text(r) for r in results])


def dims(x):
    return range(-1, max(x.dim(), 1)) if x.dim() else [0]


# ---- reductions: name, function of x, whether integers are taken
for name, f, dtypes in [("sum", torch.sum, NUMBERS), ("prod", torch.prod, NUMBERS), ("mean", torch.mean, FLOATS),
                        ("nansum", torch.nansum, NUMBERS), ("nanmean", torch.nanmean, FLOATS), ("median", torch.median, NUMBERS),
                        ("nanmedian", torch.nanmedian, NUMBERS), ("var", torch.var, FLOATS), ("std", torch.std, FLOATS),
                        ("amax", torch.amax, NUMBERS), ("amin", torch.amin, NUMBERS), ("all", torch.all, NUMBERS + [torch.bool]),
                        ("any", torch.any, NUMBERS + [torch.bool]), ("count_nonzero", torch.count_nonzero, NUMBERS),
                        ("argmax", torch.argmax, NUMBERS), ("argmin", torch.argmin, NUMBERS)]:
    for k, s in enumerate(SHAPES):
        for dtype in dtypes:
            x = values(s, dtype, specials=k % 2 == 0)
            emit(name, [text(x)], f(x))
for name, f, dtypes in [("sum_dim", torch.sum, NUMBERS), ("prod_dim", torch.prod, NUMBERS), ("mean_dim", torch.mean, FLOATS),
                        ("nansum_dim", torch.nansum, FLOATS), ("nanmean_dim", torch.nanmean, FLOATS), ("amax_dim", torch.amax, NUMBERS),
                        ("amin_dim", torch.amin, NUMBERS), ("all_dim", torch.all, NUMBERS), ("any_dim", torch.any, NUMBERS),
                        ("logsumexp", torch.logsumexp, FLOATS)]:
    for k, s in enumerate(SHAPES[:4] + [[2, 0]]):
        for dtype in dtypes:
            x = values(s, dtype, specials=k % 2 == 0)
            for d in dims(x):
                if s == [2, 0] and name in ("amax_dim", "amin_dim") and d != 0:
                    continue
                keep = rng.random() < 0.5
                emit(name, [text(x), ints(d, keep)], f(x, d, keepdim=keep))
for dtype in FLOATS:
    for s in SHAPES[:2] + [[4, 5]]:
        x = values(s, dtype)
        for correction in (0, 1, 2):
            d = rng.randrange(len(s))
            emit("var_correction", [text(x), ints(d, correction)], torch.var(x, d, correction=correction, keepdim=False))
            emit("std_mean", [text(x), ints(d, correction % 2)], torch.std_mean(x, d, unbiased=bool(correction % 2)))
        for p in (0, 0.5, 1, 2, 3, 4.5, INF, -INF):
            emit("norm", [text(x), word(p)], torch.norm(x, p))
            d = rng.randrange(len(s))
            emit("norm_dim", [text(x), word(p), ints(d, 1)], torch.norm(x, p, dim=d, keepdim=True))
        y = values(s, dtype)
        emit("dist", [text(x), text(y), word(2)], torch.dist(x, y, 2))
    x = values([4, 3], dtype)
    emit("renorm", [text(x), word(2), ints(0), word(3)], torch.renorm(x, 2, 0, 3))

# ---- values with indices
for name, f in [("max_dim", torch.max), ("min_dim", torch.min), ("cummax", torch.cummax), ("cummin", torch.cummin)]:
    for k, s in enumerate(SHAPES):
        for dtype in NUMBERS:
            x = values(s, dtype, specials=k % 2 == 0)
            for d in dims(x):
                emit(name, [text(x), ints(d)], f(x, d))
for name, f in [("median_dim", torch.median), ("nanmedian_dim", torch.nanmedian), ("sort", None), ("argsort", None), ("mode", torch.mode)]:
    for s in SHAPES + [[270]]:
        for dtype in NUMBERS[1:3]:
            x = distinct(s, dtype)
            if dtype.is_floating_point and len(s) > 1:
                x.reshape(-1)[rng.randrange(x.numel())] = NAN
            for d in dims(x)[-2:]:
                if name == "sort" or name == "argsort":
                    down = rng.random() < 0.5
                    v, i = torch.sort(x, d, down)
                    emit(name, [text(x), ints(d, down)], [v, i] if name == "sort" else i)
                elif name != "mode":
                    emit(name, [text(x), ints(d)], f(x, d))
for dtype in NUMBERS:
    x = values([40], dtype)
    emit("sort_values", [text(x), ints(0)], torch.sort(x)[0])
    x = values([2, 9], dtype)
    emit("mode_values", [text(x)], torch.mode(x)[0])
    for s in ([6], [3, 8], [40]):
        x = distinct(s, dtype if dtype != torch.uint8 else torch.int32)
        for d in range(len(s)):
            k = rng.randint(1, s[d])
            emit("topk", [text(x), ints(k, d, 1)], torch.topk(x, k, d))
            emit("topk", [text(x), ints(min(2, k), d, 0)], torch.topk(x, min(2, k), d, largest=False))
            emit("kthvalue", [text(x), ints(k, d)], torch.kthvalue(x, k, d))
for dtype in FLOATS:
    x = values([4, 5], dtype)
    q = torch.tensor([0.0, 0.25, 0.6, 1.0], dtype=dtype)
    for how in ("linear", "lower", "higher", "midpoint", "nearest"):
        emit("quantile", [text(x), text(q), ints(1), word(how)], torch.quantile(x, q, dim=1, interpolation=how))
    x[1, 2] = NAN
    emit("quantile", [text(x), text(q), ints(0), word("linear")], torch.quantile(x, q, dim=0))
    emit("nanquantile", [text(x), text(q), ints(0)], torch.nanquantile(x, q, dim=0))
    for bins, lo, hi in ((4, 0, 0), (5, -2, 2), (3, -10, 10)):
        y = values([30], dtype)
        emit("histc", [text(y), ints(bins, lo, hi)], torch.histc(y, bins, lo, hi))

# ---- unique, searches, counts
for dtype in NUMBERS:
    for s in ([12], [3, 4], [0]):
        x = values(s, dtype)
        emit("unique", [text(x)], torch.unique(x, return_inverse=True, return_counts=True))
        emit("unique_consecutive", [text(x)], torch.unique_consecutive(x, return_inverse=True, return_counts=True))
    x = torch.randint(0, 2, (5, 2), generator=torch.Generator().manual_seed(3)).to(dtype)
    for d in (0, 1):
        emit("unique_dim", [text(x), ints(d)], torch.unique(x, dim=d, return_inverse=True, return_counts=True))
        emit("unique_dim_consecutive", [text(x), ints(d)],
             torch.unique_consecutive(x, dim=d, return_inverse=True, return_counts=True))
    seq, v = torch.sort(values([9], dtype))[0], values([2, 5], dtype)
    for right in (False, True):
        emit("searchsorted", [text(seq), text(v), ints(right)], torch.searchsorted(seq, v, right=right))
        rows = torch.sort(values([2, 6], dtype), -1)[0]
        emit("searchsorted", [text(rows), text(v), ints(right)], torch.searchsorted(rows, v, right=right))
        emit("bucketize", [text(v), text(seq), ints(right)], torch.bucketize(v, seq, right=right))
    x = values([3, 4], dtype)
    emit("isin", [text(x), text(seq)], torch.isin(x, seq))
x = torch.tensor([3, 1, 1, 0, 5])
emit("bincount", [text(x), ints(0)], torch.bincount(x))
emit("bincount", [text(x), ints(8)], torch.bincount(x, minlength=8))
w = values([5], torch.float32)
emit("bincount_weights", [text(x), text(w)], torch.bincount(x, w))

# ---- scans
for name, f in [("cumsum", torch.cumsum), ("cumprod", torch.cumprod)]:
    for k, s in enumerate(SHAPES):
        for dtype in NUMBERS[:4] + [torch.bool]:
            x = values(s, dtype, specials=k % 2 == 0) if len(s) != 1 or dtype != torch.int32 else values(s, dtype)
            for d in dims(x):
                emit(name, [text(x), ints(d)], f(x, d))
for dtype in FLOATS:
    for s in SHAPES:
        x = values(s, dtype)
        for d in dims(x):
            emit("logcumsumexp", [text(x), ints(d)], torch.logcumsumexp(x, d))
    x = values([3, 5], dtype)
    emit("diff", [text(x), ints(1, -1)], torch.diff(x))
    emit("diff", [text(x), ints(2, 0)], torch.diff(x, 2, 0))
    emit("trapezoid", [text(x), ints(1)], torch.trapezoid(x, dim=1))

# ---- products
for dtype in FLOATS + [torch.int64]:
    a, b, v, w, m = [values(s, dtype) for s in ([3, 4], [4, 2], [4], [3], [2, 3, 4])]
    n = values([2, 4, 5], dtype)
    emit("addmv", [text(w), text(a), text(v)], torch.addmv(w, a, v, beta=2, alpha=3))
    emit("addr", [text(values([3, 4], dtype) * 0), text(w), text(v)], torch.addr(torch.zeros(3, 4, dtype=dtype), w, v))
    emit("baddbmm", [text(m[:, :, :1]), text(m), text(n)], torch.baddbmm(m[:, :, :1], m, n, beta=2, alpha=3))
    emit("addbmm", [text(w[:, None]), text(m), text(n)], torch.addbmm(w[:, None], m, n))
    emit("outer", [text(w), text(v)], torch.outer(w, v))
    emit("inner", [text(a), text(m)], torch.inner(a, m))
    emit("kron", [text(a), text(b)], torch.kron(a, b))
    emit("cross", [text(a), text(a.flip(0))], torch.cross(a, a.flip(0), 0))
    emit("trace", [text(a)], torch.trace(a))
    emit("tensordot", [text(m), text(n), ints(0, 2), ints(0, 1)], torch.tensordot(m, n, ([0, 2], [0, 1])))
    emit("chain_matmul", [text(w[None]), text(a), text(b)], torch.linalg.multi_dot([w[None], a, b]))
    for eq, ops in (("ij,jk->ik", (a, b)), ("ij,jk", (a, b)), ("bij,bjk->ik", (m, n)), ("...ij->...ji", (m,)), ("ij,j", (a, v)),
                    ("i,j->ji", (w, v)), ("aij,j,i->a", (m, v, w)), ("bij->", (m,)), ("ij,...j->i...", (a, m))):
        emit("einsum", [word(eq)] + [text(o) for o in ops], torch.einsum(eq, *ops))
for dtype in FLOATS:
    x = values([3, 6], dtype)
    emit("cov", [text(x)], torch.cov(x))
    emit("corrcoef", [text(x)], torch.corrcoef(x))

# ---- matrices
for dtype in FLOATS:
    for s in ([3, 3], [2, 4, 4], [1, 1], [2, 0, 0]):
        x = values(s, dtype) + 6 * torch.eye(s[-1], dtype=dtype)
        y = x @ x.mT
        b = values(s[:-1] + [2], dtype)
        emit("inverse", [text(x)], torch.inverse(x))
        emit("det", [text(x)], torch.det(x))
        emit("slogdet", [text(x)], torch.slogdet(x))
        emit("solve", [text(x), text(b)], torch.linalg.solve(x, b))
        emit("cholesky", [text(y)], torch.linalg.cholesky(y))
        emit("cholesky_upper", [text(y)], torch.linalg.cholesky(y, upper=True))
        emit("solve_triangular", [text(x), text(b), ints(1)], torch.linalg.solve_triangular(x, b, upper=True))
        emit("solve_triangular", [text(x), text(b), ints(0)], torch.linalg.solve_triangular(x, b, upper=False))
        emit("eigvalsh", [text(y)], torch.linalg.eigvalsh(y))
        emit("svdvals", [text(x)], torch.linalg.svdvals(x))
        emit("matrix_power", [text(x), ints(3)], torch.matrix_power(x, 3))
        emit("lu", [text(x)], torch.linalg.lu(x)) if s[-1] else None
        if s[-1]:
            emit("matrix_exp", [text(x * 0.125)], torch.matrix_exp(x * 0.125))
    for s in ([4, 3], [2, 3, 5]):
        x = values(s, dtype)
        b = values(s[:-1] + [2], dtype)
        q, r = torch.linalg.qr(x)
        emit("qr", [text(x)], [q, r])
        emit("pinv", [text(x)], torch.linalg.pinv(x))
        emit("matrix_rank", [text(x)], torch.linalg.matrix_rank(x))
        emit("lstsq", [text(x), text(b)], torch.linalg.lstsq(x, b)[0])
        for p in ("1", "-1", "2", "-2", "inf", "-inf", "fro", "nuc"):
            o = p if p in ("fro", "nuc") else float(p)
            emit("matrix_norm", [text(x), word(p)], torch.linalg.matrix_norm(x, o))

# ---- shapes and builders
for dtype in FLOATS + [torch.int64]:
    x = values([6, 5], dtype)
    emit("unfold", [text(x), ints(0, 3, 2)], x.unfold(0, 3, 2))
    emit("tensor_split", [text(x), ints(4, 0)], torch.tensor_split(x, 4, 0))
    emit("tensor_split_at", [text(x), ints(1, 3, -1), ints(1)], torch.tensor_split(x, (1, 3, -1), 1))
    emit("diagflat", [text(x[0]), ints(-1)], torch.diagflat(x[0], -1))
    emit("block_diag", [text(x[:2, :2]), text(x[0, :3]), text(x[0, 0])], torch.block_diag(x[:2, :2], x[0, :3], x[0, 0]))
    emit("cartesian_prod", [text(x[0]), text(x[1, :2])], torch.cartesian_prod(x[0], x[1, :2]))
    emit("combinations", [text(x[0]), ints(2, 0)], torch.combinations(x[0], 2))
    emit("combinations", [text(x[0]), ints(3, 1)], torch.combinations(x[0], 3, True))
    emit("vander", [text(x[0]), ints(4, 0)], torch.vander(x[0], 4))
    y = values([7, 3], dtype)
    emit("fill_diagonal_", [text(y), ints(5, 0)], y.clone().fill_diagonal_(5))
    emit("fill_diagonal_", [text(y), ints(5, 1)], y.clone().fill_diagonal_(5, True))
for r, c, o in ((3, 4, 0), (4, 3, 1), (2, 5, -1), (0, 3, 0), (3, 3, -5)):
    emit("tril_indices", [ints(r, c, o)], torch.tril_indices(r, c, o))
    emit("triu_indices", [ints(r, c, o)], torch.triu_indices(r, c, o))
emit("logspace", [ints(-2, 2, 7)], torch.logspace(-2, 2, 7))
for reduce in ("sum", "prod", "mean", "amax", "amin"):
    for include in (True, False):
        for dtype in FLOATS:
            x, src = values([3, 4], dtype), values([3, 4], dtype)
            at = torch.randint(0, 4, (3, 4), generator=torch.Generator().manual_seed(5))
            emit("scatter_reduce", [text(x), text(at), text(src), ints(1, include), word(reduce)],
                 x.scatter_reduce(1, at, src, reduce, include_self=include))
