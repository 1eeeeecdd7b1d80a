#!/usr/bin/env python3
"""Writes tests/data/layers/*.txt: outputs and gradients PyTorch gives for padding, pooling, convolution, embedding, dropout and vision
functionals over a table of configurations.

One line is one case: `name key=value ... x:sizes ... => y:sizes:values dx:values ...`. Inputs are not stored: input k of a case has
element i = ((7919 i + 104729 k + 13) mod 2003) / 1001 - 1, and so has the cotangent, with k = 100. Integer inputs are arguments.
Run with a Python that has PyTorch 1.13: `python3 tools/goldens/nn_layers.py`.
"""
import os

import torch
import torch.nn.functional as F

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "data", "layers")


def filled(k, sizes):
    n = 1
    for s in sizes:
        n *= s
    i = torch.arange(n, dtype=torch.int64)
    return (((7919 * i + 104729 * k + 13) % 2003).double() / 1001 - 1).reshape(sizes)


def text(value):
    if isinstance(value, (list, tuple)):
        return ",".join("None" if v is None else str(v) for v in value)
    return str(value)


def numbers(t):
    return ",".join("%.7g" % v for v in t.detach().reshape(-1).tolist())


class Table:
    def __init__(self, name):
        self.name, self.lines = name, []

    def add(self, name, fn, shapes, **args):
        """fn(inputs..., **args) with the inputs `shapes`; the arguments reach the line as they are, but for `_...`."""
        x = [filled(k, s).requires_grad_() for k, s in enumerate(shapes)]
        y = fn(*x, **args)
        words = [name] + ["%s=%s" % (k, text(v)) for k, v in args.items() if v is not None]
        words += ["x:" + text(s) for s in shapes] + ["=>"]
        words.append("y:%s:%s" % (text(list(y.shape)), numbers(y)))
        if y.requires_grad:
            y.backward(filled(100, list(y.shape)))
            words += ["d:" + (numbers(t.grad) if t.grad is not None else "") for t in x]
        self.lines.append(" ".join(words))

    def write(self):
        os.makedirs(OUT, exist_ok=True)
        with open(os.path.join(OUT, self.name + ".txt"), "w") as f:
            f.write("\n".join(self.lines) + "\n")
        print(self.name, len(self.lines), "cases", sum(map(len, self.lines)), "bytes")


def padding():
    t = Table("padding")

    def pad(x, pad, mode="constant", value=0.0):
        return F.pad(x, pad, mode, value if mode == "constant" else 0)

    for p, shape in [([1, 2], [3]), ([-1, 2], [2, 3]), ([1, 0, 2, 1], [2, 2, 3]), ([0, 1, -1, 2, 1, 1], [2, 3, 4]),
                     ([1, 1, 0, 2, 1, 0, 2, 1], [1, 2, 2, 3]), ([-2, -1], [1, 2, 5]), ([3, -2], [1, 5])]:
        t.add("pad", pad, [shape], pad=p, mode="constant", value=1.5)
    for mode in ["reflect", "replicate", "circular"]:
        for p, shape in [([2, 1], [2, 3, 4]), ([0, 3], [2, 4]), ([1, -1], [1, 2, 5]), ([-1, 2], [1, 2, 5]), ([1, 2, 3, 0], [1, 2, 4, 3]),
                         ([2, 2, 1, 1], [2, 3, 5]), ([-1, 1, 1, -1], [1, 2, 4, 5]), ([1, 2, 2, 0, 1, 1], [1, 2, 3, 4, 3]),
                         ([1, 0, 0, 1, 1, 1], [1, 2, 3, 2])]:
            if mode == "circular" and ((any(v < 0 for v in p) and len(p) > 2) or len(shape) - 2 != len(p) // 2):
                continue
            t.add("pad", pad, [shape], pad=p, mode=mode)
    t.write()


def pooling():
    t = Table("pooling")

    def named(f):
        def call(x, **o):
            return f(x, **{k: v for k, v in o.items()})
        return call
    sizes = {1: [2, 2, 11], 2: [2, 2, 7, 9], 3: [1, 2, 5, 6, 7]}
    for d in (1, 2, 3):
        mp, ap = getattr(F, "max_pool%dd" % d), getattr(F, "avg_pool%dd" % d)
        for o in [dict(kernel_size=[2] * d), dict(kernel_size=[3] * d, stride=[2] * d, padding=[1] * d), dict(kernel_size=[3, 2, 3][:d], stride=[2, 1, 3][:d]),
                  dict(kernel_size=[3] * d, stride=[2] * d, padding=[1, 0, 1][:d], dilation=[1, 2, 1][:d], ceil_mode=True)]:
            t.add("max_pool%dd" % d, named(mp), [sizes[d]], **o)
        t.add("max_pool%dd" % d, named(mp), [sizes[d][1:]], kernel_size=[3] * d, stride=[2] * d)
        for o in [dict(kernel_size=[2] * d), dict(kernel_size=[3] * d, stride=[2] * d, padding=[1] * d, count_include_pad=False),
                  dict(kernel_size=[3] * d, stride=[2] * d, padding=[1] * d, ceil_mode=True),
                  dict(kernel_size=[3, 2, 3][:d], stride=[2, 1, 3][:d], ceil_mode=True, count_include_pad=False)]:
            t.add("avg_pool%dd" % d, named(ap), [sizes[d]], **o)
            if d > 1:
                t.add("avg_pool%dd" % d, named(ap), [sizes[d][1:]], divisor_override=3, **o)
        aa, am = getattr(F, "adaptive_avg_pool%dd" % d), getattr(F, "adaptive_max_pool%dd" % d)
        for out in [[3] * d, [1] * d, [4, 5, 3][:d], [13, 2, 9][:d]] + ([[None, 4, None][:d]] if d > 1 else []):
            t.add("adaptive_avg_pool%dd" % d, lambda x, output_size, f=aa: f(x, output_size), [sizes[d]], output_size=out)
            t.add("adaptive_max_pool%dd" % d, lambda x, output_size, f=am: f(x, output_size), [sizes[d]], output_size=out)
        t.add("adaptive_avg_pool%dd" % d, lambda x, output_size, f=aa: f(x, output_size), [sizes[d][1:]], output_size=[3] * d)

        def unpool(x, kernel_size, stride=None, padding=0, output_size=None, d=d):
            y, i = getattr(F, "max_pool%dd" % d)(x, kernel_size, stride, padding, return_indices=True)
            return getattr(F, "max_unpool%dd" % d)(y * 1, i, kernel_size, stride, padding, output_size)
        t.add("max_unpool%dd" % d, unpool, [{1: [2, 2, 10], 2: [2, 2, 6, 8], 3: [1, 2, 4, 6, 4]}[d]], kernel_size=[2] * d)
        t.add("max_unpool%dd" % d, unpool, [{1: [2, 2, 10], 2: [2, 2, 7, 10], 3: [1, 2, 4, 7, 4]}[d]], kernel_size=[3] * d, stride=[3] * d, padding=[1] * d)
        t.add("max_unpool%dd" % d, unpool, [sizes[d]], kernel_size=[2] * d, stride=[2] * d, output_size=sizes[d][2:])
        t.add("max_unpool%dd" % d, unpool, [sizes[d][1:]], kernel_size=[2] * d, stride=[2] * d, output_size=sizes[d][2:])
    for d in (1, 2):
        f = getattr(F, "lp_pool%dd" % d)
        for p in (1.0, 2.0, 3.0, 1.5, 0.5):
            for o in [dict(kernel_size=[2] * d), dict(kernel_size=[3, 2][:d], stride=[2, 1][:d])]:
                t.add("lp_pool%dd" % d, lambda x, norm_type, kernel_size, stride=None, d=d: getattr(F, "lp_pool%dd" % d)(
                    x.abs() + 0.25, norm_type, kernel_size if d == 2 else kernel_size[0],
                    stride if d == 2 or stride is None else stride[0]), [sizes[d]], norm_type=p, **o)
    for d in (2, 3):
        for shape, k, out in [(sizes[d], [2] * d, [3, 4, 3] if d == 3 else [5, 6]), (sizes[d][1:], [2, 3, 2][:d], [3, 2, 4][:d]),
                              (sizes[d], [3] * d, [1] * d)]:
            n = 1 if len(shape) == d + 1 else shape[0]
            samples = ((filled(7, [n, 2, d]) + 1) / 2 * 0.99).tolist()
            flat = [v for a in samples for b in a for v in b]

            def fractional(x, kernel_size, output_size, samples, d=d, n=n):
                u = torch.tensor(samples, dtype=torch.float64).reshape(n, 2, d)
                return getattr(F, "fractional_max_pool%dd" % d)(x, kernel_size, output_size, _random_samples=u)
            t.add("fractional_max_pool%dd" % d, fractional, [shape], kernel_size=k, output_size=out, samples=flat)
    t.write()


def convolution():
    t = Table("convolution")
    x = {1: [2, 4, 9], 2: [1, 4, 6, 7], 3: [1, 4, 4, 4, 5]}

    def module(x, w, b=None, d=1, padding_mode="zeros", transposed=False, output_size=None, bias=True, **o):
        name = ("ConvTranspose%dd" if transposed else "Conv%dd") % d
        g = o.get("groups", 1)
        cin = w.shape[0] if transposed else w.shape[1] * g
        cout = w.shape[1] * g if transposed else w.shape[0]
        m = getattr(torch.nn, name)(cin, cout, tuple(w.shape[2:]), bias=b is not None, padding_mode=padding_mode, **o).double()
        m.weight.requires_grad_(False)
        del m.weight
        m.weight = w
        if b is not None:
            del m.bias
            m.bias = b
        return m(x, output_size) if transposed and output_size is not None else m(x)
    for d in (1, 2, 3):
        k = [3, 2, 3][:d]
        for o in [dict(), dict(stride=[2, 1, 2][:d], padding=[1, 0, 2][:d]), dict(dilation=[2, 1, 1][:d], padding=[2, 1, 1][:d], groups=2),
                  dict(padding="same", dilation=[1, 2, 1][:d])]:
            g = o.get("groups", 1)
            t.add("conv", module, [x[d], [2, 4 // g] + k, [2]], d=d, **o)
            t.add("conv", module, [x[d][1:], [2, 4 // g] + k], d=d, **o)
        for mode in ("reflect", "replicate", "circular"):
            t.add("conv", module, [x[d], [2, 4] + k, [2]], d=d, padding_mode=mode, padding=[2, 1, 1][:d])
            t.add("conv", module, [x[d], [2, 4] + [2] * d], d=d, padding_mode=mode, padding="same", dilation=[1, 2, 1][:d])
        small = {1: [2, 4, 5], 2: [1, 4, 3, 4], 3: [1, 4, 2, 3, 2]}
        for o in [dict(), dict(stride=[2, 3, 2][:d], padding=[1, 0, 1][:d], output_padding=[1, 2, 0][:d]),
                  dict(stride=[2, 2, 1][:d], dilation=[2, 1, 3][:d], groups=2)]:
            g = o.get("groups", 1)
            t.add("conv", module, [small[d], [4, 4 // g] + k, [4]], d=d, transposed=True, **o)
            t.add("conv", module, [small[d][1:], [4, 4 // g] + k], d=d, transposed=True, **o)
        o = dict(stride=[3] * d, padding=[1] * d, dilation=[2, 1, 2][:d])
        least = [(n - 1) * 3 - 2 + [2, 1, 2][i] * (k[i] - 1) + 1 for i, n in enumerate(small[d][2:])]
        t.add("conv", module, [small[d], [4, 3] + k, [3]], d=d, transposed=True, output_size=[n + 1 for n in least], **o)
        t.add("conv", module, [small[d], [4, 3] + k, [3]], d=d, transposed=True, output_size=small[d][:1] + [3] + [n + 2 for n in least], **o)
    t.write()


def embedding():
    t = Table("embedding")

    def emb(w, index, shape, **o):
        return F.embedding(torch.tensor(index).reshape(shape), w * 1 if o.get("max_norm") is None else w, **o)
    index = [1, 2, 4, 5, 4, 3, 2, 0]
    for o in [dict(), dict(padding_idx=2), dict(padding_idx=-2, scale_grad_by_freq=True), dict(scale_grad_by_freq=True)]:
        t.add("embedding", emb, [[6, 3]], index=index, shape=[2, 4], **o)
    t.add("embedding", emb, [[6, 3]], index=[3], shape=[1, 1, 1])

    def renormed(w, index, shape, max_norm, norm_type):
        table = w.detach().clone()
        return F.embedding(torch.tensor(index).reshape(shape), table, max_norm=max_norm, norm_type=norm_type) + 0 * w.sum()
    for p in (2.0, 1.0, 3.5, float("inf")):
        t.add("embedding_renorm", renormed, [[6, 3]], index=index, shape=[8], max_norm=0.5, norm_type=p)

    def bag(w, s=None, index=None, shape=None, offsets=None, mode="mean", **o):
        i = torch.tensor(index, dtype=torch.int64).reshape(shape)
        if o.get("scale_grad_by_freq"):
            # 1.13's embedding_bag divides by the frequencies of other rows; embedding does what the documentation says.
            ends = list(range(0, 9, shape[1])) if offsets is None else offsets + [8]
            rows = F.embedding(i.reshape(-1), w, scale_grad_by_freq=True)
            zero = 0 * w.sum(0)
            return torch.stack([zero if a == b else rows[a:b].sum(0) if mode == "sum" else rows[a:b].mean(0)
                                for a, b in zip(ends, ends[1:])])
        return F.embedding_bag(i, w * 1, None if offsets is None else torch.tensor(offsets), mode=mode,
                               per_sample_weights=None if s is None else s.reshape(shape), **o)
    for mode in ("sum", "mean", "max"):
        for o in [dict(offsets=[0, 4], shape=[8]), dict(offsets=[0, 0, 3, 3, 8], shape=[8]), dict(shape=[2, 4]), dict(shape=[4, 2], padding_idx=4),
                  dict(offsets=[0, 3, 3, 8], shape=[8], include_last_offset=True), dict(offsets=[0, 1, 5], shape=[8], padding_idx=-5)]:
            t.add("embedding_bag", bag, [[6, 3]], index=index, mode=mode, **o)
            if mode == "sum":
                t.add("embedding_bag", bag, [[6, 3], [8]], index=index, mode=mode, **o)
            if mode != "max" and "padding_idx" not in o and not o.get("include_last_offset"):
                t.add("embedding_bag", bag, [[6, 3]], index=index, mode=mode, scale_grad_by_freq=True, **o)
    t.write()


def vision():
    t = Table("vision")
    sizes = {1: [1, 2, 7], 2: [1, 2, 5, 6], 3: [1, 1, 3, 4, 5]}
    for d, modes in ((1, ["linear"]), (2, ["bilinear", "bicubic"]), (3, ["trilinear"])):
        def run(x, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None, antialias=False):
            return F.interpolate(x, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)
        targets = [dict(size=[9, 8, 7][:d]), dict(size=[3, 4, 2][:d]), dict(scale_factor=[2.0, 1.5, 2.0][:d]),
                   dict(scale_factor=[0.6, 0.7, 0.5][:d]), dict(scale_factor=[1.3, 0.6, 1.7][:d], recompute_scale_factor=True)]
        for target in targets:
            for mode in ["nearest", "nearest-exact", "area"]:
                t.add("interpolate", run, [sizes[d]], mode=mode, **target)
            for mode in modes:
                for align in (False, True):
                    t.add("interpolate", run, [sizes[d]], mode=mode, align_corners=align, **target)
        if d == 2:
            for mode in modes:
                for target in targets[:4] + [dict(size=[2, 2])]:
                    t.add("interpolate", run, [[1, 1, 8, 9]], mode=mode, align_corners=False, antialias=True, **target)
                t.add("interpolate", run, [[1, 1, 8, 9]], mode=mode, align_corners=True, antialias=True, size=[3, 4])
            for mode in modes:
                t.add("interpolate", run, [[1, 1, 3, 1]], mode=mode, align_corners=True, size=[1, 3])

    def sample(x, g, mode="bilinear", padding_mode="zeros", align_corners=False):
        return F.grid_sample(x, g * 1.7, mode, padding_mode, align_corners)
    for padding_mode in ("zeros", "border", "reflection"):
        for align in (False, True):
            for mode in ("bilinear", "nearest", "bicubic"):
                t.add("grid_sample", sample, [[2, 2, 4, 5], [2, 2, 3, 2]], mode=mode, padding_mode=padding_mode, align_corners=align)
                if mode != "bicubic":
                    t.add("grid_sample", sample, [[1, 2, 3, 4, 3], [1, 2, 2, 2, 3]], mode=mode, padding_mode=padding_mode, align_corners=align)
    for align in (False, True):
        t.add("affine_grid", lambda theta, size, align_corners: F.affine_grid(theta, size, align_corners), [[2, 2, 3]], size=[2, 1, 3, 4], align_corners=align)
        t.add("affine_grid", lambda theta, size, align_corners: F.affine_grid(theta, size, align_corners), [[1, 3, 4]], size=[1, 1, 2, 1, 3], align_corners=align)
    t.add("pixel_shuffle", lambda x, factor: F.pixel_shuffle(x, factor), [[1, 8, 2, 3]], factor=2)
    t.add("pixel_shuffle", lambda x, factor: F.pixel_shuffle(x, factor), [[9, 2, 1]], factor=3)
    t.add("pixel_unshuffle", lambda x, factor: F.pixel_unshuffle(x, factor), [[1, 2, 4, 6]], factor=2)
    t.add("channel_shuffle", lambda x, groups: x.reshape(2, groups, 2, 2, 2).transpose(1, 2).reshape(x.shape), [[2, 6, 2, 2]], groups=3)
    for o in [dict(kernel_size=[2, 3]), dict(kernel_size=[2, 2], stride=[2, 1], padding=[1, 0]), dict(kernel_size=[3, 2], dilation=[1, 2], padding=[2, 1], stride=[2, 2])]:
        t.add("unfold", lambda x, kernel_size, dilation=1, padding=0, stride=1: F.unfold(x, kernel_size, dilation, padding, stride), [[2, 2, 4, 5]], **o)
        columns = F.unfold(torch.zeros(1, 2, 4, 5), **o).shape
        t.add("fold", lambda x, output_size, kernel_size, dilation=1, padding=0, stride=1: F.fold(x, output_size, kernel_size, dilation, padding, stride),
              [[2, columns[1], columns[2]]], output_size=[4, 5], **o)
    t.add("bilinear", lambda a, b, w, c: F.bilinear(a, b, w, c), [[3, 2], [3, 4], [5, 2, 4], [5]])
    t.add("bilinear", lambda a, b, w: F.bilinear(a, b, w), [[2, 3, 2], [2, 3, 4], [5, 2, 4]])
    t.write()


def random():
    """After manual_seed(3): the elements dropout keeps and first parameters of modules."""
    t = Table("random")
    for name in ("dropout", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"):
        shape = [2, 3, 2, 2, 2] if name == "dropout3d" else [3, 5, 2, 2]

        def run(x, p, name=name):
            torch.manual_seed(3)
            return getattr(F, name)(x, p, True)
        t.add(name, run, [shape], p=0.3)

    def made(make, name):
        def run(x):
            torch.manual_seed(3)
            m = make().double()
            return torch.cat([p.reshape(-1) for p in m.parameters()])
        torch.manual_seed(3)
        t.lines.append(" ".join(["module_" + name, "=>", "y:%s" % run(None).numel() + ":" + numbers(run(None))]))
    n = torch.nn
    made(lambda: n.ConvTranspose1d(2, 4, 3), "ConvTranspose1d")
    made(lambda: n.ConvTranspose2d(2, 4, [3, 2], groups=2), "ConvTranspose2d")
    made(lambda: n.ConvTranspose3d(2, 1, [1, 3, 2]), "ConvTranspose3d")
    made(lambda: n.Embedding(7, 3, padding_idx=2), "Embedding")
    made(lambda: n.EmbeddingBag(5, 2), "EmbeddingBag")
    made(lambda: n.Bilinear(2, 3, 4), "Bilinear")
    t.write()


if __name__ == "__main__":
    padding(), pooling(), convolution(), embedding(), vision(), random()
