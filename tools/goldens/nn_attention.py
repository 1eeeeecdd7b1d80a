#!/usr/bin/env python3
"""Makes tests/data/nn/attention.txt and tests/data/nn/transformer.txt: attention and transformers over a table of configurations,
for tests/nn/attention_test.cpp and tests/nn/transformer_test.cpp, in the notation of nn_recurrent.py.

Masks: entry (i, j) of an (L, S) mask is dropped where j > 0 and (7 i + 3 j) % 4 == 0 (3 dimensions: + 5 for every head of every
batch entry), or holds 0.1 (i - 2 j) % 7 (a float mask); padding drops the last key of odd batch entries, or of the only one.
Needs python3-torch (1.13.1): /usr/bin/python3 tools/goldens/nn_attention.py tests/data/nn
"""
import sys
import warnings

import torch

warnings.filterwarnings("ignore")
out = None


def digest(name, t):
    v = t.detach().double().reshape(-1)
    i = torch.arange(v.numel(), dtype=torch.float64)
    return f"{name} {v.numel()} {float(v.abs().sum()):.12g} {float((v * (1.7 * i + 0.3).cos()).sum()):.12g} {float((v * (0.9 * i).sin()).sum()):.12g}"


def uniform(*sizes):  # exact in float32, unlike normals
    return (torch.rand(*sizes) * 4 - 2).double()


def leaf(*sizes):
    return uniform(*sizes).requires_grad_()


def make_mask(kind, rows, columns, groups=0):
    if kind == 0:
        return None
    g = torch.arange(max(groups, 1)).reshape(-1, 1, 1)
    i, j = torch.arange(rows).reshape(1, -1, 1), torch.arange(columns).reshape(1, 1, -1)
    if kind == 1:
        m = (j > 0) & ((7 * i + 3 * j + 5 * g) % 4 == 0)
    else:
        m = ((i - 2 * j + 5 * g) % 7).double() * 0.1
    return m if groups else m[0]


def make_padding(on, batch, keys, unbatched=False):
    if not on:
        return None
    m = torch.zeros(batch, keys, dtype=torch.bool)
    m[1::2, -1] = True
    if unbatched:
        m[0, -1] = True
    return m[0] if unbatched else m


def finish(kind, settings, weights, results, inputs, net):
    loss = sum((r * uniform(*r.shape)).sum() for r in results if r is not None)
    loss.backward()
    words = [digest("w." + k, w) for k, w in weights]
    words += [digest(f"y{k}", r) for k, r in enumerate(results) if r is not None]
    words += [digest(f"dx{k}", x.grad) for k, x in enumerate(inputs)]
    words += [digest("d." + k, p.grad) for k, p in net.named_parameters()]
    print(kind, *[f"{k}={v}" for k, v in settings.items()], ":", *words, file=out)


def attention(embed=8, heads=2, kdim=0, vdim=0, bias=1, bias_kv=0, zero=0, dropout=0, batch_first=0, weights=1, average=1, mask=0,
              groups=0, padding=0, unbatched=0, own=0, queries=4, keys=5, batch=2):
    settings = dict(locals())
    if own:
        settings["keys"] = keys = queries
    torch.manual_seed(1)
    net = torch.nn.MultiheadAttention(embed, heads, dropout=dropout / 10, bias=bool(bias), add_bias_kv=bool(bias_kv),
                                      add_zero_attn=bool(zero), kdim=kdim or None, vdim=vdim or None, batch_first=bool(batch_first))
    initial = [(k, p.detach().clone()) for k, p in net.named_parameters()]
    net = net.double()
    def sized(length, width):
        return leaf(length, width) if unbatched else leaf(batch, length, width) if batch_first else leaf(length, batch, width)
    q = sized(queries, embed)
    inputs = [q] if own else [q, sized(keys, kdim or embed), sized(keys, vdim or embed)]
    torch.manual_seed(2)
    count = 1 if unbatched else batch
    y, w = net(*(inputs * 3 if own else inputs), key_padding_mask=make_padding(padding, count, keys, bool(unbatched)),
               need_weights=bool(weights), attn_mask=make_mask(mask, queries, keys, count * heads if groups else 0),
               average_attn_weights=bool(average))
    finish("MultiheadAttention", settings, initial, [y, w], inputs, net)


def transformer(kind, d=8, heads=2, ff=12, layers=2, decoders=2, norm_first=0, gelu=0, batch_first=0, mask=0, padding=0, dropout=0,
                norm=1, unbatched=0, steps=4, targets=3, batch=2):
    settings = dict(locals())
    del settings["kind"]
    torch.manual_seed(1)
    options = dict(dim_feedforward=ff, dropout=dropout / 10, activation="gelu" if gelu else "relu", batch_first=bool(batch_first),
                   norm_first=bool(norm_first))
    nn = torch.nn
    if kind == "TransformerEncoderLayer":
        net = nn.TransformerEncoderLayer(d, heads, **options)
    elif kind == "TransformerDecoderLayer":
        net = nn.TransformerDecoderLayer(d, heads, **options)
    elif kind == "TransformerEncoder":
        net = nn.TransformerEncoder(nn.TransformerEncoderLayer(d, heads, **options), layers, nn.LayerNorm(d) if norm else None)
    elif kind == "TransformerDecoder":
        net = nn.TransformerDecoder(nn.TransformerDecoderLayer(d, heads, **options), layers, nn.LayerNorm(d) if norm else None)
    else:
        net = nn.Transformer(d, heads, layers, decoders, **options)
    initial = [(k, p.detach().clone()) for k, p in net.named_parameters()]
    net = net.double()
    def sized(length):
        return leaf(length, d) if unbatched else leaf(batch, length, d) if batch_first else leaf(length, batch, d)
    x, t = sized(steps), sized(targets)
    torch.manual_seed(2)
    count = 1 if unbatched else batch
    pad = make_padding(padding, count, steps, bool(unbatched))
    own = make_mask(mask, steps, steps)
    causal = nn.Transformer.generate_square_subsequent_mask(targets).double() if mask else None
    if kind in ("TransformerEncoderLayer", "TransformerEncoder"):
        y = net(x, own, pad) if kind == "TransformerEncoderLayer" else net(x, own, pad)
        inputs = [x]
    elif kind in ("TransformerDecoderLayer", "TransformerDecoder"):
        y = net(t, x, causal, make_mask(mask, targets, steps), None, pad)
        inputs = [t, x]
    else:
        y = net(x, t, own, causal, make_mask(mask, targets, steps), pad, None, pad)
        inputs = [x, t]
    finish(kind, settings, initial, [y], inputs, net)


out = open(sys.argv[1] + "/attention.txt", "w")
attention()
attention(own=1)
attention(own=1, weights=0)
attention(weights=0)
attention(average=0)
attention(bias=0)
attention(kdim=6)
attention(vdim=3, weights=0)
attention(kdim=6, vdim=3, bias=0, bias_kv=1)
attention(bias_kv=1)
attention(zero=1)
attention(bias_kv=1, zero=1, mask=1, padding=1)
attention(bias_kv=1, zero=1, mask=2, padding=1, weights=0)
attention(bias_kv=1, own=1, mask=2, groups=1)
for weights in (0, 1):
    for own in (0, 1):
        attention(mask=1, weights=weights, own=own)
        attention(mask=2, weights=weights, own=own)
        attention(mask=1, groups=1, weights=weights, own=own)
        attention(mask=2, groups=1, weights=weights, own=own, padding=1)
        attention(padding=1, weights=weights, own=own, batch=3)
        attention(padding=1, mask=1, weights=weights, own=own, batch_first=1)
attention(batch_first=1, own=1)
attention(batch_first=1, kdim=6, vdim=3)
attention(unbatched=1)
attention(unbatched=1, own=1, mask=1, padding=1)
attention(unbatched=1, batch_first=1, weights=0, padding=1, groups=1, mask=2)
attention(dropout=5)
attention(dropout=5, own=1, weights=0, mask=1)
attention(embed=24, heads=3, queries=130, keys=270, weights=0, padding=1)
attention(embed=24, heads=3, queries=130, keys=270, weights=0, mask=1)
attention(embed=24, heads=3, queries=70, own=1, weights=0, mask=2)
attention(embed=24, heads=3, queries=70, keys=300)
attention(heads=8)
out = open(sys.argv[1] + "/transformer.txt", "w")
for kind in ["TransformerEncoderLayer", "TransformerDecoderLayer", "TransformerEncoder", "TransformerDecoder", "Transformer"]:
    transformer(kind)
    transformer(kind, gelu=1, norm_first=1)
    transformer(kind, mask=1, padding=1)
    transformer(kind, mask=2, batch_first=1, padding=1, norm_first=1)
    transformer(kind, unbatched=1, mask=2)
    transformer(kind, norm=0, layers=1)
    transformer(kind, dropout=3)
    transformer(kind, dropout=3, norm_first=1, batch_first=1, mask=1)
