#!/usr/bin/env python3
"""The models of char_lm and transformer_lm in PyTorch, trained from the same seed on the same windows: what the examples' validation
losses are compared with.  reference.py char|transformer [--epochs N] [--limit N] [--width N] [--batch-size N] [--steps N] [--threads N]"""
import argparse
import gzip
import math
import os

import torch
from torch import nn

p = argparse.ArgumentParser()
p.add_argument("model", choices=["char", "transformer"])
p.add_argument("--epochs", type=int, default=5)
p.add_argument("--limit", type=int, default=0)
for name in ("width", "batch-size", "steps"):
    p.add_argument("--" + name, type=int, default=0, help="default: the example's")
p.add_argument("--threads", type=int, default=0)
a = p.parse_args()
if a.threads:
    torch.set_num_threads(a.threads)
text = gzip.open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "moby-dick.txt.gz")).read().decode()
characters = sorted(set(text))
number = {c: k for k, c in enumerate(characters)}
numbers = torch.tensor([number[c] for c in text])
held_out = len(numbers) // 20
learned = len(numbers) - held_out


def streams(t, batch, steps):
    length = (len(t) - 1) // batch
    s = torch.stack([t[b * length:b * length + length + 1] for b in range(batch)], 1)
    return [(s[k * steps:(k + 1) * steps], s[k * steps + 1:(k + 1) * steps + 1]) for k in range(length // steps)]


class Char(nn.Module):
    width, batch, steps, lr = 256, 32, 64, 0.003

    def __init__(self, n):
        super().__init__()
        width = self.width
        self.embedding = nn.Embedding(n, width // 2 + 1)
        self.lstm = nn.LSTM(width // 2 + 1, width, 2, dropout=0.2)
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(width, n)
        self.state = None

    def forward(self, x):
        y, last = self.lstm(self.embedding(x), self.state)
        self.state = tuple(s.detach() for s in last)
        return self.head(self.drop(y))


class Transformer(nn.Module):
    width, batch, steps, lr = 128, 16, 128, 0.001

    def __init__(self, n):
        super().__init__()
        width = self.width
        self.embedding = nn.Embedding(n, width)
        self.position = nn.Embedding(self.steps, width)
        self.drop = nn.Dropout(0.1)
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, 0.1, "gelu", norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 4, nn.LayerNorm(width))
        self.head = nn.Linear(width, n)
        with torch.no_grad():
            self.embedding.weight.mul_(0.02)
            self.position.weight.mul_(0.02)

    def forward(self, x):
        n = len(x)
        x = self.drop(self.embedding(x) + self.position(torch.arange(n)).unsqueeze(1))
        return self.head(self.encoder(x, nn.Transformer.generate_square_subsequent_mask(n)))


def loss_of(model, x, y):
    return nn.functional.cross_entropy(model(x).flatten(0, 1), y.reshape(-1))


def evaluate(model, windows):
    model.eval()
    model.state = None
    with torch.no_grad():
        total = sum(float(loss_of(model, x, y)) for x, y in windows)
    model.train()
    return total / len(windows)


torch.manual_seed(1)
kind = Char if a.model == "char" else Transformer
kind.width, kind.batch, kind.steps = a.width or kind.width, a.batch_size or kind.batch, a.steps or kind.steps
model = kind(len(characters))
training = streams(numbers[:learned], model.batch, model.steps)
validation = streams(numbers[learned:], min(model.batch, 16), model.steps)
if a.limit:
    training = training[:a.limit]
adam = torch.optim.Adam(model.parameters(), model.lr)
for epoch in range(a.epochs):
    model.state = None
    total = 0
    for k, (x, y) in enumerate(training):
        adam.param_groups[0]["lr"] = model.lr * (1 - 0.95 * (epoch * len(training) + k) / (a.epochs * len(training)))
        adam.zero_grad()
        loss = loss_of(model, x, y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        adam.step()
        total += float(loss)
    v = evaluate(model, validation)
    print(f"epoch {epoch + 1}: training loss {total / len(training):.4f}, validation loss {v:.4f}, perplexity {math.exp(v):.3f}", flush=True)
