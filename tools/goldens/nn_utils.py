#!/usr/bin/env python3
"""Writes tests/data/nn_utils/values.txt: what PyTorch's torch.nn.utils do to small layers, from one seed.

A line is a name, a tensor's sizes, a colon and its elements (see nn_init.py). Run with Debian's python3-torch 1.13.1.
"""
import os

import torch
from torch import nn
from torch.nn import utils
from torch.nn.utils import prune

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "data", "nn_utils", "values.txt")
lines = []


def write(name, t):
    values = " ".join(f"{v:.9g}" for v in t.detach().reshape(-1).tolist())
    lines.append(f"{name}{''.join(' ' + str(n) for n in t.shape)} : {values}")


def state(name, m):
    for key, t in list(m.named_parameters()) + list(m.named_buffers()):
        write(f"{name}.{key}", t)


def run(name, m, x, cotangent):
    """Output and gradients of a call."""
    y = m(x)
    m.zero_grad()
    y.backward(cotangent)
    write(name + ".out", y)
    for key, p in m.named_parameters():
        write(f"{name}.grad.{key}", p.grad)


torch.manual_seed(3)
x, c = torch.randn(3, 4), torch.randn(3, 5)
image, ci = torch.randn(2, 4, 5, 4), torch.randn(2, 6, 3, 2)

for dim in (0, 1, None):
    m = utils.weight_norm(nn.Linear(4, 5), dim=dim)
    state(f"weight_norm_{dim}", m)
    with torch.no_grad():
        m.weight_g.mul_(1.5)
        m.weight_v.add_(0.25)
    run(f"weight_norm_{dim}", m, x, c)
    utils.remove_weight_norm(m)
    state(f"removed_{dim}", m)
m = utils.weight_norm(nn.Conv2d(4, 6, 3, groups=2), dim=1)
state("weight_norm_conv", m)
run("weight_norm_conv", m, image, ci)

for steps in (1, 3):
    m = utils.spectral_norm(nn.Linear(4, 5), n_power_iterations=steps)
    state(f"spectral_norm_{steps}", m)
    m(x)
    run(f"spectral_norm_{steps}", m, x, c)
    state(f"spectral_norm_{steps}_after", m)
    m.eval()
    write(f"spectral_norm_{steps}.eval", m(x))
    state(f"spectral_norm_{steps}_eval", m)
    utils.remove_spectral_norm(m)
    state(f"spectral_norm_{steps}_removed", m)
m = utils.spectral_norm(nn.Conv2d(4, 6, 3, bias=False), dim=1)
m(image)
state("spectral_norm_conv", m)

m = nn.Linear(4, 5)
prune.l1_unstructured(m, "weight", 0.3)
state("l1", m)
prune.l1_unstructured(m, "weight", 4)
state("l1_again", m)
run("l1_again", m, x, c)
prune.remove(m, "weight")
state("l1_removed", m)
m = nn.Linear(4, 5)
prune.random_unstructured(m, "weight", 0.4)
state("random", m)
m = nn.Conv2d(4, 6, 3)
prune.ln_structured(m, "weight", 0.5, 2, 0)
write("ln", m.weight_mask)
prune.ln_structured(m, "weight", 1, float("inf"), 1)
write("ln_again", m.weight_mask)
m = nn.Linear(4, 5)
prune.random_structured(m, "weight", 2, 1)
write("random_structured", m.weight_mask)
m = nn.Linear(4, 5)
prune.ln_structured(m, "weight", 2, 1, -1)
write("ln_last", m.weight_mask)

conv, bn = nn.Conv2d(4, 6, 3, bias=False).eval(), nn.BatchNorm2d(6)
bn(torch.randn(3, 6, 2, 2))
nn.init.uniform_(bn.weight)
nn.init.uniform_(bn.bias)
bn.eval()
state("fuse_bn", bn)
state("fused_conv", utils.fusion.fuse_conv_bn_eval(conv, bn))
linear, bn = nn.Linear(4, 5).eval(), nn.BatchNorm1d(5)
bn(torch.randn(8, 5))
bn.eval()
state("fused_linear", utils.fusion.fuse_linear_bn_eval(linear, bn))

for norm in (1, 2, 3, 0.5, float("inf")):
    ps = [torch.zeros(3, 4), torch.zeros(5), torch.zeros(())]
    for p in ps:
        p.grad = torch.randn(p.shape)
    total = utils.clip_grad_norm_(ps, 0.7, norm)
    write(f"clip_{norm}", total)
    for p in ps:
        write(f"clip_{norm}.grad", p.grad)
write("after", torch.rand(4))

os.makedirs(os.path.dirname(OUT), exist_ok=True)
with open(OUT, "w") as f:
    f.write("\n".join(lines) + "\n")
