#!/usr/bin/env python3
"""Makes tests/data/ops/index.txt: ops that move elements, with PyTorch's results, for tests/ops/golden_test.cpp.

One case a line: name, arguments and "=>" result, separated by blanks. Arguments and results are
  i:2,3            integers            f:0.5   a number       s:word
  t:Float:2,3:v,v  a tensor (values as integers)
  x:...            an index: i3 s1:5:2 N E T F or a tensor
Needs python3-torch (1.13.1): /usr/bin/python3 tools/goldens/ops_index.py > tests/data/ops/index.txt
"""
import random
import warnings

import torch

warnings.filterwarnings("ignore")
rng = random.Random(7)
NAMES = {torch.float32: "Float", torch.float64: "Double", torch.int64: "Long", torch.int32: "Int", torch.uint8: "Byte",
         torch.bool: "Bool", torch.float16: "Half", torch.bfloat16: "BFloat16", torch.int16: "Short", torch.int8: "Char"}
ALL = [torch.float32, torch.float64, torch.int64, torch.int32, torch.uint8, torch.bool, torch.bfloat16, torch.int16]
NUMBERS = [torch.float32, torch.float64, torch.int64, torch.int32, torch.uint8]


def text(t):
    values = ",".join(str(int(v)) for v in t.to(torch.float64).reshape(-1).tolist())
    return f"t:{NAMES[t.dtype]}:{','.join(map(str, t.shape))}:{values}"


def ints(v):
    return "i:" + ",".join(map(str, v if isinstance(v, (list, tuple)) else [v]))


def shape(rank, low=0, high=4):
    if rank == 0:
        return []
    s = [rng.randint(max(low, 1), high) for _ in range(rank)]
    if low == 0 and rng.random() < 0.12:
        s[rng.randrange(rank)] = 0
    return s


def values(sizes, dtype, low=-20, high=20):
    n = 1
    for s in sizes:
        n *= s
    if dtype == torch.uint8:
        low = 0
    if dtype == torch.bool:
        low, high = 0, 1
    return torch.tensor([rng.randint(low, high) for _ in range(n)], dtype=torch.float64).reshape(sizes).to(dtype)


def positions(sizes, bound, negative=False):
    return values(sizes, torch.int64, -bound if negative else 0, bound - 1)


def emit(name, args, result):
    print(name, *args, "=>", *[text(r) for r in (result if isinstance(result, (list, tuple)) else [result])])


# ---- x[...]

def random_index(sizes):
    """An index expression for a tensor of these sizes, as Python objects and as words."""
    objects, words = [], []
    dims = list(sizes)
    take = rng.randint(0, len(dims))
    ellipsis_at = rng.randint(0, take) if rng.random() < 0.4 else None
    broadcast = [rng.choice([1, 3]), rng.choice([1, 2])]
    position = 0
    for k in range(take + 1):
        if k == ellipsis_at:
            objects.append(Ellipsis)
            words.append("E")
            position = len(dims) - (take - k)
        while rng.random() < 0.15:
            objects.append(None)
            words.append("N")
        if rng.random() < 0.06:
            flag = rng.random() < 0.6
            objects.append(flag)
            words.append("T" if flag else "F")
        if k == take:
            break
        n = dims[position]
        position += 1
        kind = rng.random()
        if kind < 0.2 and n > 0:
            i = rng.randint(-n, n - 1)
            objects.append(i)
            words.append(f"i{i}")
        elif kind < 0.45:
            ends = [rng.choice([None, rng.randint(-n - 2, n + 2)]) for _ in range(2)]
            step = rng.choice([None, 1, 2, 3])
            objects.append(slice(ends[0], ends[1], step))
            words.append("s" + ":".join("" if e is None else str(e) for e in (*ends, step)))
        elif kind < 0.85 and n > 0:
            t = positions(broadcast[rng.randint(0, 2):], n, True)
            objects.append(t)
            words.append(text(t))
        else:
            t = values([n], torch.bool)
            objects.append(t)
            words.append(text(t))
    return objects, words


def masks():
    for sizes, of in (([3, 4], 2), ([2, 3, 4], 2), ([2, 3, 4], 3), ([4], 1), ([0, 3], 2), ([2, 3, 4, 2], 2)):
        for lead in (0, 1):
            if of + lead > len(sizes):
                continue
            m = values(sizes[lead:lead + of], torch.bool)
            yield sizes, [slice(None)] * lead + [m], ["s::"] * lead + [text(m)]


def indexing():
    cases = [(s, o, w) for s, o, w in masks()]
    while len(cases) < 420:
        sizes = shape(rng.randint(0, 4))
        objects, words = random_index(sizes)
        if objects:
            cases.append((sizes, objects, words))
    for sizes, objects, words in cases:
        x = values(sizes, rng.choice(ALL))
        try:
            y = x[tuple(objects)]
        except IndexError:
            continue
        word = ["x:" + w for w in words]
        emit("index", [text(x), *word], y)
        # Repeated positions: the value written last stays, in the order of the index; PyTorch writes in that order on one thread.
        wanted = list(y.shape)
        if wanted and rng.random() < 0.3:
            wanted[rng.randrange(len(wanted))] = 1
        if rng.random() < 0.3:
            wanted = wanted[rng.randint(0, len(wanted)):]
        if rng.random() < 0.2:
            wanted = [1] + wanted
        value = values(wanted, x.dtype)
        z = x.clone()
        z[tuple(objects)] = value
        emit("index_put_", [text(x), text(value), *word], z)
        tensors = [o for o in objects if isinstance(o, torch.Tensor)]
        if x.dtype in NUMBERS and tensors and len(tensors) == len(objects):
            source = value.reshape(y.shape) if value.numel() == y.numel() else torch.tensor(2, dtype=x.dtype)
            z = x.clone().index_put_(tuple(objects), source, True)
            emit("index_put_accumulate", [text(x), text(source), *word], z)


# ---- along one dimension

def along():
    for _ in range(60):
        rank = rng.randint(0, 3)
        sizes = shape(rank, 1)
        dim = rng.randint(-max(rank, 1), max(rank, 1) - 1)
        n = sizes[dim] if rank else 1
        dtype = rng.choice(NUMBERS)
        x = values(sizes, dtype)
        k = 1 if rank == 0 else rng.choice([0, 1, 2, 5])
        index = positions([k], n)
        emit("index_select", [text(x), ints(dim), text(index)], x.index_select(dim, index))
        if rank:
            slices = list(sizes)
            slices[dim] = k
            source = values(slices, dtype)
            emit("index_add", [text(x), ints(dim), text(index), text(source), "i:2"], x.index_add(dim, index, source, alpha=2))
            emit("index_copy", [text(x), ints(dim), text(index), text(source)], x.index_copy(dim, index, source))
    for _ in range(20):
        sizes = shape(rng.randint(0, 3), 1)
        dim = rng.randrange(max(len(sizes), 1))
        index = positions([3], sizes[dim] if sizes else 1, True)
        x = values(sizes, rng.choice(ALL))
        emit("index_fill", [text(x), ints(dim), text(index), "i:1"], x.index_fill(dim, index, 1))


def gathers():
    for _ in range(70):
        rank = rng.randint(0, 4)
        sizes = shape(rank, 1)
        dim = rng.randint(-max(rank, 1), max(rank, 1) - 1)
        dtype = rng.choice(NUMBERS)
        x = values(sizes, dtype)
        index_sizes = [rng.randint(1, s) for s in sizes]
        if rank:
            index_sizes[dim] = rng.choice([0, 1, 3, 6])
        index = positions(index_sizes, sizes[dim] if rank else 1)
        emit("gather", [text(x), ints(dim), text(index)], x.gather(dim, index))
        source = values([s + rng.randint(0, 1) for s in index_sizes], dtype)
        emit("scatter", [text(x), ints(dim), text(index), text(source)], x.scatter(dim, index, source))
        emit("scatter_value", [text(x), ints(dim), text(index), "i:7"], x.scatter(dim, index, 7))
        emit("scatter_add", [text(x), ints(dim), text(index), text(source)], x.scatter_add(dim, index, source))
        if dtype != torch.uint8:
            small = values(source.shape, dtype, -2, 2)
            emit("scatter_reduce", [text(x), ints(dim), text(index), text(small), "s:multiply"],
                 x.scatter(dim, index, small, reduce="multiply"))


def flattened():
    for _ in range(25):
        sizes = shape(rng.randint(0, 3), 1)
        dtype = rng.choice(NUMBERS)
        x = values(sizes, dtype)
        index = positions(shape(rng.randint(0, 2)), x.numel(), True)
        emit("take", [text(x), text(index)], x.take(index))
        source = values(index.shape, dtype)
        emit("put", [text(x), text(index), text(source), "i:1"], x.put(index, source, accumulate=True))
        unique = torch.tensor(rng.sample(range(x.numel()), min(3, x.numel())))
        source = values(unique.shape, dtype)
        emit("put", [text(x), text(unique), text(source), "i:0"], x.put(unique, source))


def masked():
    for _ in range(30):
        sizes = shape(rng.randint(0, 3))
        dtype = rng.choice(ALL)
        x = values(sizes, dtype)
        mask_sizes = [rng.choice([1, s]) for s in sizes][rng.randint(0, 1) if sizes else 0:]
        mask = values(mask_sizes, torch.bool)
        emit("masked_fill", [text(x), text(mask), "i:1"], x.masked_fill(mask, 1))
        emit("masked_select", [text(x), text(mask)], x.masked_select(mask))
        count = int(mask.expand(sizes).sum())
        source = values([count + rng.randint(0, 2)], dtype)
        emit("masked_scatter", [text(x), text(mask), text(source)], x.masked_scatter(mask, source))
        emit("nonzero", [text(x)], x.nonzero())
        emit("where", [text(x)], torch.where(x))


# ---- arrangements

def joins():
    for _ in range(40):
        rank = rng.randint(1, 4)
        sizes = shape(rank)
        dim = rng.randint(-rank, rank - 1)
        dtypes = [rng.choice(ALL)] * 3 if rng.random() < 0.7 else [rng.choice(ALL) for _ in range(3)]
        parts = []
        for k in range(rng.randint(1, 3)):
            own = list(sizes)
            own[dim] = rng.randint(0, 3)
            parts.append(values(own, dtypes[k]))
        if rng.random() < 0.2:
            parts.insert(rng.randint(0, len(parts)), values([0], dtypes[0]))
        emit("cat", [ints(dim), *map(text, parts)], torch.cat(parts, dim))
        equal = [values(sizes, dtypes[k]) for k in range(rng.randint(1, 3))]
        dim = rng.randint(-rank - 1, rank)
        emit("stack", [ints(dim), *map(text, equal)], torch.stack(equal, dim))
    for name in ("hstack", "vstack", "dstack", "column_stack"):
        for rank in (0, 1, 2, 3):
            parts = [values([2] * rank, torch.int64) for _ in range(3)]
            emit(name, map(text, parts), getattr(torch, name)(parts))


def arranged():
    for _ in range(30):
        rank = rng.randint(0, 3)
        sizes = shape(rank)
        dtype = rng.choice(ALL)
        x = values(sizes, dtype)
        repeats = [rng.randint(0 if rng.random() < 0.2 else 1, 3) for _ in range(rank + rng.randint(0, 2))]
        emit("repeat", [text(x), ints(repeats)], x.repeat(repeats))
        emit("tile", [text(x), ints(repeats[:2])], x.tile(repeats[:2]))
        emit("repeat_interleave", [text(x), "i:2"], x.repeat_interleave(2))
        if not rank:
            continue
        dims = rng.sample(range(rank), rng.randint(0, rank))
        emit("flip", [text(x), ints(dims)], x.flip(dims))
        shifts = [rng.randint(-5, 5) for _ in dims]
        if dims:
            emit("roll", [text(x), ints(shifts), ints(dims)], x.roll(shifts, dims))
        emit("roll", [text(x), ints([3]), "i:"], x.roll(3))
        dim = rng.randrange(rank)
        counts = values([sizes[dim]], torch.int64, 0, 3)
        emit("repeat_interleave_dim", [text(x), text(counts), ints(dim)], x.repeat_interleave(counts, dim))
        order = list(range(rank))
        rng.shuffle(order)
        emit("movedim", [text(x), ints(dims), ints(order[:len(dims)])], torch.movedim(x, dims, order[:len(dims)]))
        if rank >= 2:
            k = rng.randint(-4, 4)
            emit("tril", [text(x), ints(k)], x.tril(k))
            emit("triu", [text(x), ints(k)], x.triu(k))
            emit("rot90", [text(x), ints(k)], x.rot90(k))
        if rank <= 2:
            k = rng.randint(-1, 1)
            if min(sizes) > 1:
                emit("diag", [text(x), ints(k)], x.diag(k))
        emit("diag_embed", [text(x), ints([k := rng.randint(-2, 2), -2, -1])], torch.diag_embed(x, k))
    for sizes in ([[2], [3]], [[2], [], [4]], [[3]]):
        parts = [values(s, torch.int64) for s in sizes]
        for indexing_name in ("ij", "xy"):
            emit("meshgrid", [f"s:{indexing_name}", *map(text, parts)], torch.meshgrid(parts, indexing=indexing_name))


for make in (indexing, along, gathers, flattened, masked, joins, arranged):
    make()
