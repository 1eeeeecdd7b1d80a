#!/usr/bin/env python3
"""Makes tests/data/nn/activation.txt: activations with options, PyTorch's results and derivatives, for
tests/nn/activation_test.cpp.

First "x ..." and "g ...", the input (2, 4, 3) and the cotangent; then one case a line: name, options ":" result ":" dx (":" dweight).
Cases that draw do so after manual_seed(0); their result shapes may differ (glu).
Needs python3-torch (1.13.1): /usr/bin/python3 tools/goldens/nn_activation.py > tests/data/nn/activation.txt
"""
import warnings

import torch
import torch.nn.functional as F

warnings.filterwarnings("ignore")
torch.manual_seed(7)
x = (torch.randn(2, 4, 3, dtype=torch.float64) * 2).float().double()
x[0, 0] = torch.tensor([-0.5, 0.25, 3.5])  # some of them on, some beyond the bends of the defaults
x[1, 3] = torch.tensor([-3.5, 1.0, 21.0])
g = torch.randn(2, 4, 3, dtype=torch.float64).float().double()


def row(t):
    return " ".join(f"{v:.12g}" for v in t.detach().reshape(-1).tolist())


print("x", row(x))
print("g", row(g))


def case(name, options, f, weight=None):
    torch.manual_seed(0)
    v = x.clone().requires_grad_()
    inputs = [v]
    if weight is not None:
        w = torch.tensor(weight, dtype=torch.float64, requires_grad=True)
        inputs.append(w)
    y = f(*inputs)
    cot = g.reshape(-1)[:y.numel()].reshape(y.shape)
    grads = torch.autograd.grad(y, inputs, cot)
    print(name, *options, ":", row(y), *(": " + row(d) for d in grads))


case("elu", [], F.elu)
case("elu", [0.3], lambda v: F.elu(v, 0.3))
case("elu", [-1.5], lambda v: F.elu(v, -1.5))
case("selu", [], F.selu)
case("celu", [], F.celu)
case("celu", [2.5], lambda v: F.celu(v, 2.5))
case("celu", [-1.5], lambda v: F.celu(v, -1.5))
case("gelu", [], F.gelu)
case("gelu_tanh", [], lambda v: F.gelu(v, approximate="tanh"))
case("silu", [], F.silu)
case("mish", [], F.mish)
case("glu", [1], lambda v: F.glu(v, 1))
case("glu", [-3], lambda v: F.glu(v, -3))
case("relu", [], F.relu)
case("relu6", [], F.relu6)
case("leaky_relu", [], F.leaky_relu)
case("leaky_relu", [0.4], lambda v: F.leaky_relu(v, 0.4))
case("leaky_relu", [-0.4], lambda v: F.leaky_relu(v, -0.4))
case("prelu", [], F.prelu, [0.3])
case("prelu", [4], F.prelu, [0.3, -0.2, 0.1, 1.5])
case("rrelu", [0.1, 0.6, 0], lambda v: F.rrelu(v, 0.1, 0.6))
case("rrelu", [0.1, 0.6, 1], lambda v: F.rrelu(v, 0.1, 0.6, training=True))
case("hardtanh", [], F.hardtanh)
case("hardtanh", [-0.5, 2.0], lambda v: F.hardtanh(v, -0.5, 2.0))
case("hardsigmoid", [], F.hardsigmoid)
case("hardswish", [], F.hardswish)
case("hardshrink", [], F.hardshrink)
case("hardshrink", [1.0], lambda v: F.hardshrink(v, 1.0))
case("softshrink", [], F.softshrink)
case("softshrink", [1.0], lambda v: F.softshrink(v, 1.0))
case("softplus", [], F.softplus)
case("softplus", [2.0, 3.0], lambda v: F.softplus(v, 2.0, 3.0))
case("logsigmoid", [], F.logsigmoid)
case("softsign", [], F.softsign)
case("tanhshrink", [], F.tanhshrink)
case("sigmoid", [], torch.sigmoid)
case("tanh", [], torch.tanh)
case("threshold", [0.25, 20.0], lambda v: F.threshold(v, 0.25, 20.0))
case("threshold", [0.25, -2.0], lambda v: F.threshold(v, 0.25, -2.0))
for d in (0, 1, -1):
    case("softmax", [d], lambda v: F.softmax(v, d))
    case("softmin", [d], lambda v: F.softmin(v, d))
    case("log_softmax", [d], lambda v: F.log_softmax(v, d))
case("softmax", [], lambda v: F.softmax(v))
case("softmin", [], lambda v: F.softmin(v))
case("log_softmax", [], lambda v: F.log_softmax(v))
case("softmax2d", [], lambda v: torch.nn.Softmax2d()(v))
case("gumbel_softmax", [1.0, 0, -1], lambda v: F.gumbel_softmax(v))
case("gumbel_softmax", [0.5, 1, 1], lambda v: F.gumbel_softmax(v, 0.5, True, dim=1))
case("crelu", [], lambda v: torch.cat((F.relu(v[:1]), F.relu(-v[:1])), 1))
