#!/usr/bin/env python3
"""Makes tests/data/nn/norm.txt and tests/data/nn/loss.txt: normalisations and distances, and losses, as PyTorch computes them, with their
gradients, for tests/nn/norm_loss_golden_test.cpp.

One case a line: name, arguments, "=>", results. Arguments are
  f:0.5,2          numbers             s:word
  d:2,3:5:-1,1     float64 of sizes (2, 3), the values of seed 5 in [-1, 1), differentiated
  c:2,3:5:-1,1     the same, a constant
  k:2,3:5:0,4      int64 in 0 .. 4
Values come from one integer formula, so that the file need not hold them; so do the cotangents of the results. Results are "sizes:values":
the outputs, then the gradients of the d: arguments under those cotangents ("-" for none).
Needs python3-torch (1.13.1): /usr/bin/python3 tools/goldens/nn_norm_loss.py
"""
import os
import warnings

import torch
import torch.nn.functional as F

warnings.filterwarnings("ignore")
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "data", "nn")
REDUCTIONS = ["none", "mean", "sum"]


def fractions(n, seed):
    return torch.tensor([((k * 7919 + k * k * (31 * seed + 5) + seed * 104729 + 13) % 1009) for k in range(n)], dtype=torch.float64)


def count(sizes):
    n = 1
    for s in sizes:
        n *= s
    return n


def make(kind, sizes, seed, low, high):
    u = fractions(count(sizes), seed)
    if kind == "k":
        return (low + u % (high - low + 1)).to(torch.int64).reshape(sizes)
    return (low + u * ((high - low) / 1009)).reshape(sizes)


def text(t):
    if t is None:
        return "-"
    t = t.detach().to(torch.float64)
    return ",".join(map(str, t.shape)) + ":" + ",".join(f"{v:.9g}" for v in t.reshape(-1).tolist())


class D:
    """An argument that is a tensor."""

    def __init__(self, sizes, seed, low=-1.0, high=1.0, kind="d"):
        self.word = f"{kind}:{','.join(map(str, sizes))}:{seed}:{low:g},{high:g}"
        self.value = make(kind, sizes, seed, low, high)
        if kind == "d":
            self.value.requires_grad_(True)


def C(sizes, seed, low=-1.0, high=1.0):
    return D(sizes, seed, low, high, "c")


def K(sizes, seed, low, high):
    return D(sizes, seed, low, high, "k")


def emit(name, args, fn, numbers=(), words=()):
    outputs = fn(*[a.value for a in args])
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    leaves = [a.value for a in args if a.word[0] == "d"]
    tracked = [(k, o) for k, o in enumerate(outputs) if o.requires_grad]
    grads = []
    if tracked and leaves:
        cotangents = [make("c", list(o.shape), 50 + k, -1, 1).to(o.dtype) for k, o in tracked]
        grads = torch.autograd.grad([o for _, o in tracked], leaves, cotangents, allow_unused=True)
    line = [name] + [f"f:{','.join(repr(float(n)) for n in numbers)}"] * bool(numbers) + [f"s:{w}" for w in words]
    print(*line, *[a.word for a in args], "=>", *[text(o) for o in outputs], *[text(g) for g in grads], file=out)


# ---- normalisations
out = open(os.path.join(DATA, "norm.txt"), "w")
for sizes in ([4, 3], [2, 3, 5], [3, 2, 2, 4], [2, 3, 1, 2, 3], [5, 1, 3]):
    c = sizes[1]
    for training in (1, 0):
        for affine in (1, 0):
            for momentum, eps in ((0.1, 1e-5), (0.6, 0.1))[:1 + affine]:
                def run(x, w, b, mean, var):
                    mean, var = mean.clone(), var.clone()
                    for _ in range(3 if training else 1):
                        y = F.batch_norm(x, mean, var, w if affine else None, b if affine else None, bool(training), momentum, eps)
                    return y, mean, var
                emit("batch_norm", [D(sizes, 1, -2, 3), D([c], 2), D([c], 3), C([c], 4), C([c], 5, 0.2, 2)], run,
                     [training, affine, momentum, eps])
for sizes in ([2, 3, 5], [2, 3, 2, 4], [1, 2, 3, 2, 2]):
    c = sizes[1]
    for own in (1, 0):
        for affine in (1, 0):
            def run(x, w, b, mean, var):
                mean, var = mean.clone(), var.clone()
                for _ in range(2 if own else 1):
                    y = F.instance_norm(x, mean, var, w if affine else None, b if affine else None, bool(own), 0.3, 1e-3)
                return y, mean, var
            emit("instance_norm", [D(sizes, 1, -2, 3), D([c], 2), D([c], 3), C([c], 4), C([c], 5, 0.2, 2)], run,
                 [own, affine, 0.3, 1e-3])
for sizes, groups in (([2, 4], 2), ([2, 6, 5], 3), ([2, 4, 3, 2], 1), ([1, 4, 2, 3], 4), ([2, 2, 2, 1, 3], 2)):
    for affine in (1, 0):
        emit("group_norm", [D(sizes, 1, -2, 3), D([sizes[1]], 2), D([sizes[1]], 3)],
             lambda x, w, b: F.group_norm(x, groups, w if affine else None, b if affine else None, 1e-3), [groups, affine, 1e-3])
for sizes, rank in (([4, 5], 1), ([2, 3, 7], 2), ([2, 3, 4], 3), ([17], 1), ([2, 33], 1)):
    shape = sizes[len(sizes) - rank:]
    for affine in (1, 0):
        emit("layer_norm", [D(sizes, 1, -2, 3), D(shape, 2), D(shape, 3)],
             lambda x, w, b: F.layer_norm(x, shape, w if affine else None, b if affine else None, 1e-4), [rank, affine, 1e-4])
for sizes in ([2, 5, 3], [1, 4, 2, 3]):
    for size, alpha, beta, k in ((1, 0.2, 0.75, 1), (2, 0.3, 0.5, 2), (3, 1e-4, 0.75, 1), (5, 1, 1.25, 0.5)):
        emit("local_response_norm", [D(sizes, 1, -2, 3)], lambda x: F.local_response_norm(x, size, alpha, beta, k), [size, alpha, beta, k])
for p, dim in ((2, 1), (1, 0), (3, -1), (float("inf"), 1), (0.5, 1)):
    emit("normalize", [D([3, 4, 2], 1, -2, 3)], lambda x: F.normalize(x, p, dim), [p, dim])

# ---- distances
for dim in (1, 0, -1):
    emit("cosine_similarity", [D([3, 4, 2], 1), D([3, 4, 2], 2)], lambda a, b: F.cosine_similarity(a, b, dim), [dim])
emit("cosine_similarity", [D([3, 4], 1), D([4], 2)], lambda a, b: F.cosine_similarity(a, b, 1), [1])
for p in (1, 2, 3.5, float("inf")):
    for keep in (0, 1):
        emit("pairwise_distance", [D([4, 3], 1), D([4, 3], 2)], lambda a, b: F.pairwise_distance(a, b, p, 1e-3, bool(keep)), [p, 1e-3, keep])
    emit("pdist", [D([5, 3], 1)], lambda a: F.pdist(a, p), [p])
    emit("cdist", [D([2, 3, 4], 1), D([2, 2, 4], 2)], lambda a, b: torch.cdist(a, b, p, compute_mode="donot_use_mm_for_euclid_dist"), [p])

# ---- losses
out = open(os.path.join(DATA, "loss.txt"), "w")
for r, reduction in enumerate(REDUCTIONS):
    x, t, w = D([3, 5], 1, -2, 2), D([3, 5], 2, -2, 2), C([5], 3, 0.2, 2)
    p, q = D([3, 5], 4, 0.05, 0.95), C([3, 5], 5, 0.05, 0.95)
    emit("l1_loss", [x, t], lambda a, b: F.l1_loss(a, b, reduction=reduction), [r])
    emit("mse_loss", [x, t], lambda a, b: F.mse_loss(a, b, reduction=reduction), [r])
    for beta in (1, 0.3, 0):
        emit("smooth_l1_loss", [x, t], lambda a, b: F.smooth_l1_loss(a, b, reduction=reduction, beta=beta), [r, beta])
    for delta in (1, 0.4):
        emit("huber_loss", [x, t], lambda a, b: F.huber_loss(a, b, reduction=reduction, delta=delta), [r, delta])
    for weighted in (0, 1):
        emit("binary_cross_entropy", [p, q, w], lambda a, b, c: F.binary_cross_entropy(a, b, c if weighted else None, reduction=reduction), [r, weighted])
        for positive in (0, 1):
            emit("binary_cross_entropy_with_logits", [x, q, w, C([5], 6, 0.5, 3)],
                 lambda a, b, c, d: F.binary_cross_entropy_with_logits(a, b, c if weighted else None, reduction=reduction, pos_weight=d if positive else None),
                 [r, weighted, positive])
        emit("multilabel_soft_margin_loss", [x, K([3, 5], 7, 0, 1), w],
             lambda a, b, c: F.multilabel_soft_margin_loss(a, b.double(), c if weighted else None, reduction=reduction), [r, weighted])
    for log in (0, 1):
        emit("kl_div", [x, p], lambda a, b: F.kl_div(a, b, reduction=reduction, log_target=bool(log)), [r, log])
        for full in (0, 1):
            emit("poisson_nll_loss", [D([3, 5], 1, 0.1, 2), C([3, 5], 2, 0.1, 4)],
                 lambda a, b: F.poisson_nll_loss(a, b, bool(log), bool(full), eps=1e-3, reduction=reduction), [r, log, full, 1e-3])
        emit("gaussian_nll_loss", [x, t, D([3, 5] if log else [3, 1], 8, 0.1, 2)],
             lambda a, b, c: F.gaussian_nll_loss(a, b, c, full=bool(log), reduction=reduction), [r, log])
    emit("soft_margin_loss", [x, K([3, 5], 9, 0, 1)], lambda a, b: F.soft_margin_loss(a, 2.0 * b - 1, reduction=reduction), [r])
    for margin in (1, 0.3):
        emit("hinge_embedding_loss", [x, K([3, 5], 9, 0, 1)], lambda a, b: F.hinge_embedding_loss(a, 2.0 * b - 1, margin, reduction=reduction), [r, margin])
        emit("margin_ranking_loss", [D([7], 1), D([7], 2), K([7], 9, 0, 1)],
             lambda a, b, c: F.margin_ranking_loss(a, b, 2.0 * c - 1, margin, reduction=reduction), [r, margin])
        emit("cosine_embedding_loss", [D([5, 3], 1), D([5, 3], 2), K([5], 9, 0, 1)],
             lambda a, b, c: F.cosine_embedding_loss(a, b, 2 * c - 1, margin - 1, reduction=reduction), [r, margin - 1])
        for power in (1, 2):
            for weighted in (0, 1):
                emit("multi_margin_loss", [D([4, 5], 1), K([4], 9, 0, 4), w],
                     lambda a, b, c: F.multi_margin_loss(a, b, power, margin, c if weighted else None, reduction=reduction), [r, power, margin, weighted])
        for swap in (0, 1):
            emit("triplet_margin_loss", [D([4, 3], 1), D([4, 3], 2), D([4, 3], 3)],
                 lambda a, b, c: F.triplet_margin_loss(a, b, c, margin, 3, 1e-3, bool(swap), reduction=reduction), [r, margin, 3, 1e-3, swap])
            emit("triplet_margin_with_distance_loss", [D([4, 3], 1), D([4, 3], 2), D([4, 3], 3)],
                 lambda a, b, c: F.triplet_margin_with_distance_loss(a, b, c, distance_function=lambda u, v: (u - v).abs().sum(-1),
                                                                     margin=margin, swap=bool(swap), reduction=reduction), [r, margin, swap])
    emit("multilabel_margin_loss", [D([4, 5], 1), K([4, 5], 11, -1, 4)], lambda a, b: F.multilabel_margin_loss(a, b, reduction=reduction), [r])
    for sizes in ([4, 5], [2, 3, 4], [2, 3, 2, 3], [5]):
        classes = sizes[1] if len(sizes) > 1 else sizes[0]
        target = [sizes[0]] + sizes[2:] if len(sizes) > 1 else []
        for weighted in (0, 1):
            for ignore in (-100, 1):
                args = [D(sizes, 1, -3, 3), K(target, 12, 0, classes - 1), C([classes], 3, 0.2, 2)]
                if len(sizes) > 1:
                    emit("nll_loss", args, lambda a, b, c: F.nll_loss(a, b, c if weighted else None, ignore_index=ignore, reduction=reduction), [r, weighted, ignore])
                for smoothing in (0, 0.2):
                    emit("cross_entropy", args, lambda a, b, c: F.cross_entropy(a, b, c if weighted else None, ignore_index=ignore, reduction=reduction,
                                                                               label_smoothing=smoothing), [r, weighted, ignore, smoothing])
    for sizes in ([4, 5], [2, 3, 4]):
        for weighted in (0, 1):
            for smoothing in (0, 0.2):
                emit("cross_entropy_probabilities", [D(sizes, 1, -3, 3), D(sizes, 2, 0.1, 1), C([sizes[1]], 3, 0.2, 2)],
                     lambda a, b, c: F.cross_entropy(a, b, c if weighted else None, reduction=reduction, label_smoothing=smoothing), [r, weighted, smoothing])
    for zero in (0, 1):
        for blank, inputs, lengths in ((0, (6, 5), (3, 2)), (3, (6, 6), (1, 3)), (0, (4, 1), (2, 0))) + (((0, (2, 6), (3, 2)),) if zero else ()):
            # Gradients go through log_softmax: PyTorch's own are only meant for that.
            emit("ctc_loss", [D([6, 2, 4], 1, -2, 2), K([2, 3], 13, 1 if blank == 0 else 0, 3 if blank == 0 else 2)],
                 lambda a, b: F.ctc_loss(a.log_softmax(2), b, torch.tensor(inputs), torch.tensor(lengths), blank, reduction, bool(zero)),
                 [r, blank, zero, *inputs, *lengths])
emit("kl_div_batchmean", [D([3, 5], 1), D([3, 5], 4, 0.05, 0.95)], lambda a, b: F.kl_div(a, b, reduction="batchmean"))

# ---- adaptive softmax, with the initial weights of seed 0
for cutoffs, div, bias in (([3], 4, 0), ([2, 5], 2, 1), ([2, 5, 8], 1.5, 0)):
    def run(x, y):
        torch.manual_seed(0)
        net = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 10, cutoffs, div, bool(bias))
        out = net(x.float(), y)
        return out.output, out.loss, net.log_prob(x.float()), net.predict(x.float())
    emit("adaptive_log_softmax", [D([6, 8], 1, -2, 2), K([6], 12, 0, 9)], run, [div, bias, *cutoffs])
