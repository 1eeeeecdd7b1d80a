#!/usr/bin/env python3
"""Makes tests/data/nn/recurrent.txt: recurrent layers and cells over a table of configurations, for
tests/nn/recurrent_test.cpp.

One line a configuration: class and settings as key=value, then ":" and for every tensor its name, number of elements, sum of
absolute values and two weighted sums (weights cos(1.7 i + 0.3) and sin(0.9 i)). The module is made from seed 1, the data from the
generator that follows, in float32, and everything computed in float64.
Needs python3-torch (1.13.1): /usr/bin/python3 tools/goldens/nn_recurrent.py > tests/data/nn/recurrent.txt
"""
import warnings

import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

warnings.filterwarnings("ignore")


def digest(name, t):
    v = t.detach().double().reshape(-1)
    i = torch.arange(v.numel(), dtype=torch.float64)
    return f"{name} {v.numel()} {float(v.abs().sum()):.12g} {float((v * (1.7 * i + 0.3).cos()).sum()):.12g} {float((v * (0.9 * i).sin()).sum()):.12g}"


def uniform(*sizes):  # exact in float32, unlike normals
    return (torch.rand(*sizes) * 4 - 2).double()


def leaf(*sizes):
    return uniform(*sizes).requires_grad_()


def case(kind, input=3, hidden=4, layers=1, bias=1, batch_first=0, bidirectional=0, proj=0, relu=0, dropout=0, steps=5, batch=3,
         unbatched=0, packed=0, state=1):
    settings = dict(input=input, hidden=hidden, layers=layers, bias=bias, batch_first=batch_first, bidirectional=bidirectional,
                    proj=proj, relu=relu, dropout=dropout, steps=steps, batch=batch, unbatched=unbatched, packed=packed, state=state)
    torch.manual_seed(1)
    options = dict(num_layers=layers, bias=bool(bias), batch_first=bool(batch_first), dropout=dropout / 10,
                   bidirectional=bool(bidirectional))
    if kind == "LSTM":
        options["proj_size"] = proj
    if kind == "RNN":
        options["nonlinearity"] = "relu" if relu else "tanh"
    net = getattr(torch.nn, kind)(input, hidden, **options)
    weights = [p.detach().clone() for p in net.parameters()]
    net = net.double()
    sizes = [steps, input] if unbatched else [batch, steps, input] if batch_first else [steps, batch, input]
    x = leaf(*sizes)
    count = layers * (2 if bidirectional else 1)
    out = proj or hidden
    def states(width):
        return leaf(*([count, width] if unbatched else [count, batch, width]))
    hx = None
    if state:
        hx = (states(out), states(hidden)) if kind == "LSTM" else states(hidden)
    if packed:
        lengths = torch.tensor([(3 * b + 2) % steps + 1 for b in range(batch)])
        if packed == 2:
            lengths = lengths.sort(descending=True).values
        given = pack_padded_sequence(x, lengths, bool(batch_first), enforce_sorted=packed == 2)
    else:
        given = x
    torch.manual_seed(2)
    y, final = net(given, hx)
    if packed:
        y = y.data
    results = [y] + (list(final) if kind == "LSTM" else [final])
    loss = sum((r * uniform(*r.shape)).sum() for r in results)
    loss.backward()
    words = [digest(f"w{k}", w) for k, w in enumerate(weights)] + [digest(f"y{k}", r) for k, r in enumerate(results)]
    words.append(digest("dx", x.grad))
    if state:
        words += [digest(f"dh{k}", s.grad) for k, s in enumerate(hx if kind == "LSTM" else [hx])]
    words += [digest(f"dw{k}", p.grad) for k, p in enumerate(net.parameters())]
    print(kind, *[f"{k}={v}" for k, v in settings.items()], ":", *words)


def cell(kind, input=3, hidden=4, bias=1, relu=0, batch=3, unbatched=0, state=1):
    settings = dict(input=input, hidden=hidden, bias=bias, relu=relu, batch=batch, unbatched=unbatched, state=state)
    torch.manual_seed(1)
    options = {"nonlinearity": "relu" if relu else "tanh"} if kind == "RNNCell" else {}
    net = getattr(torch.nn, kind)(input, hidden, bias=bool(bias), **options)
    weights = [p.detach().clone() for p in net.parameters()]
    net = net.double()
    x = leaf(input) if unbatched else leaf(batch, input)
    def states():
        return leaf(hidden) if unbatched else leaf(batch, hidden)
    hx = None
    if state:
        hx = (states(), states()) if kind == "LSTMCell" else states()
    torch.manual_seed(2)
    results = net(x, hx)
    results = list(results) if kind == "LSTMCell" else [results]
    loss = sum((r * uniform(*r.shape)).sum() for r in results)
    loss.backward()
    words = [digest(f"w{k}", w) for k, w in enumerate(weights)] + [digest(f"y{k}", r) for k, r in enumerate(results)]
    words.append(digest("dx", x.grad))
    if state:
        words += [digest(f"dh{k}", s.grad) for k, s in enumerate(hx if kind == "LSTMCell" else [hx])]
    words += [digest(f"dw{k}", p.grad) for k, p in enumerate(net.parameters())]
    print(kind, *[f"{k}={v}" for k, v in settings.items()], ":", *words)


for kind in ["RNN", "LSTM", "GRU"]:
    case(kind)
    case(kind, state=0)
    case(kind, steps=1)
    case(kind, bias=0, layers=2)
    case(kind, bidirectional=1)
    case(kind, bidirectional=1, layers=3, batch_first=1)
    case(kind, layers=2, dropout=5)
    case(kind, layers=2, dropout=5, batch_first=1, bidirectional=1)
    case(kind, unbatched=1, bidirectional=1, layers=2)
    case(kind, unbatched=1, batch_first=1)
    case(kind, packed=1)
    case(kind, packed=1, batch=7, steps=6, bidirectional=1, layers=2, batch_first=1)
    case(kind, packed=1, bidirectional=1, layers=2, state=0, dropout=3)
    case(kind, input=5, hidden=33, batch=1, steps=7)
    case(kind, input=17, hidden=70, batch=9, steps=4, bidirectional=1)
    case(kind, input=17, hidden=70, batch=19, steps=5, packed=2, bidirectional=1)
    case(kind, input=1, hidden=1, batch=1)
case("RNN", relu=1)
case("RNN", relu=1, bidirectional=1, layers=2, packed=1)
case("RNN", relu=1, input=17, hidden=70, batch=9)
case("LSTM", proj=2)
case("LSTM", proj=3, bidirectional=1, layers=2)
case("LSTM", proj=2, bias=0, layers=2, batch_first=1)
case("LSTM", proj=2, packed=1, bidirectional=1, layers=2)
case("LSTM", proj=1, unbatched=1, state=0)
case("LSTM", proj=20, hidden=70, batch=9)
for kind in ["RNNCell", "LSTMCell", "GRUCell"]:
    cell(kind)
    cell(kind, state=0)
    cell(kind, bias=0)
    cell(kind, unbatched=1)
    cell(kind, input=17, hidden=70, batch=19)
cell("RNNCell", relu=1)
