#!/usr/bin/env python3
"""Writes tests/data/nn_init/values.txt: default initialisations and nn.init functions of PyTorch, one after the other from one seed.

A line is a name, a tensor's sizes, a colon and its elements. The generator is seeded once, so each line also checks how much of the
stream those before it consumed. Run with Debian's python3-torch 1.13.1.
"""
import os

import torch
from torch import nn

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "data", "nn_init", "values.txt")
lines = []


def write(name, t):
    values = " ".join(f"{v:.9g}" for v in t.detach().reshape(-1).tolist())
    lines.append(f"{name} {' '.join(map(str, t.shape))} : {values}")


def module(name, m):
    for key, p in m.named_parameters():
        write(f"{name}.{key}", p)


torch.manual_seed(0)
module("linear", nn.Linear(7, 5))
module("linear_no_bias", nn.Linear(3, 4, bias=False))
module("conv1d", nn.Conv1d(4, 3, 3))
module("conv2d", nn.Conv2d(2, 3, (3, 2)))
module("conv2d_groups", nn.Conv2d(4, 6, 3, groups=2))
module("conv3d", nn.Conv3d(1, 2, 2))
module("batch_norm", nn.BatchNorm2d(3))
init = nn.init
cases = {
    "uniform": lambda t: init.uniform_(t, -2, 3),
    "normal": lambda t: init.normal_(t, 1, 0.5),
    "trunc_normal": lambda t: init.trunc_normal_(t, 0.1, 1, -0.5, 1.5),
    "xavier_uniform": lambda t: init.xavier_uniform_(t, 1.5),
    "xavier_normal": lambda t: init.xavier_normal_(t),
    "kaiming_uniform": lambda t: init.kaiming_uniform_(t, 0.2, "fan_out", "leaky_relu"),
    "kaiming_normal": lambda t: init.kaiming_normal_(t, nonlinearity="relu"),
    "orthogonal": lambda t: init.orthogonal_(t, 2.0),
    "sparse": lambda t: init.sparse_(t, 0.3, 0.1),
    "eye": init.eye_,
}
for name, f in cases.items():
    for sizes in ((6, 4), (3, 5)):
        write(name, f(torch.empty(sizes)))
write("xavier_normal_4d", init.xavier_normal_(torch.empty(2, 3, 2, 2)))
write("orthogonal_4d", init.orthogonal_(torch.empty(3, 2, 2, 2)))
write("dirac", init.dirac_(torch.empty(4, 3, 3)))
write("dirac_groups", init.dirac_(torch.empty(4, 2, 3, 2), groups=2))
write("after", torch.rand(4))

os.makedirs(os.path.dirname(OUT), exist_ok=True)
with open(OUT, "w") as f:
    f.write("\n".join(lines) + "\n")
