#!/usr/bin/env python3
"""Writes tests/data/layers/examples.txt: the losses of the first five steps of the models in examples/resnet18 and examples/unet, as
PyTorch trains them from the same seed. Run with a Python that has PyTorch 1.13."""
import os

import torch
from torch import nn
import torch.nn.functional as F

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "data", "layers", "examples.txt")


def conv(i, o, k, s, p):
    return nn.Conv2d(i, o, k, stride=s, padding=p, bias=False)


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1, self.conv2, self.bn2 = conv(i, o, 3, stride, 1), nn.BatchNorm2d(o), conv(o, o, 3, 1, 1), nn.BatchNorm2d(o)
        self.downsample = nn.Sequential(conv(i, o, 1, stride, 0), nn.BatchNorm2d(o)) if stride != 1 or i != o else nn.Identity()

    def forward(self, x):
        return (self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())) + self.downsample(x)).relu()


class ResNet18(nn.Module):
    def __init__(self, classes, width):
        super().__init__()
        self.conv1, self.bn1 = conv(3, width, 7, 2, 3), nn.BatchNorm2d(width)
        self.layer1 = nn.Sequential(Block(width, width, 1), Block(width, width, 1))
        self.layer2, self.layer3, self.layer4 = [nn.Sequential(Block(w, 2 * w, 2), Block(2 * w, 2 * w, 1)) for w in (width, 2 * width, 4 * width)]
        self.fc = nn.Linear(8 * width, classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        y = F.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1)
        y = self.layer4(self.layer3(self.layer2(self.layer1(y))))
        return self.fc(F.adaptive_avg_pool2d(y, 1).flatten(1))


def twice(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1, padding_mode="reflect"), nn.BatchNorm2d(o), nn.ReLU(),
                         nn.Conv2d(o, o, 3, padding="same"), nn.BatchNorm2d(o), nn.ReLU())


class UNet(nn.Module):
    def __init__(self, channels, classes, w):
        super().__init__()
        self.down1, self.down2, self.bottom = twice(channels, w), twice(w, 2 * w), twice(2 * w, 4 * w)
        self.lift2, self.up2 = nn.ConvTranspose2d(4 * w, 2 * w, 2, stride=2), twice(4 * w, 2 * w)
        self.lift1, self.up1, self.head = nn.Conv2d(2 * w, w, 1), twice(2 * w, w), nn.Conv2d(w, classes, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.bottom(F.avg_pool2d(b, 2))
        d = self.up2(torch.cat([b, self.lift2(c)], 1))
        wide = F.interpolate(self.lift1(d), scale_factor=(2.0, 2.0), mode="bilinear", align_corners=False)
        return self.head(self.up1(torch.cat([a, wide], 1)))


def discs(n):
    mask = torch.zeros(n, 32, 32, dtype=torch.int64)
    for k in range(n):
        for i in range(32):
            for j in range(32):
                di, dj, r = i - (8 + 5 * k % 17), j - (10 + 7 * k % 13), 4 + k % 5
                mask[k, i, j] = di * di + dj * dj <= r * r
    return mask.unsqueeze(1).float() + torch.randn(n, 1, 32, 32) * 0.5, mask


def train(net, optimizer, x, y, steps=5):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return " ".join("%.7f" % v for v in losses)


torch.manual_seed(1)  # seed 0 leads to a rectifier at its kink, where single precision decides
net = ResNet18(10, 16)
x, y = torch.randn(8, 3, 64, 64), torch.arange(8)
lines = ["resnet18 " + train(net, torch.optim.SGD(net.parameters(), 0.01, momentum=0.9), x, y)]
torch.manual_seed(0)
net = UNet(1, 2, 8)
x, y = discs(4)
lines.append("unet " + train(net, torch.optim.Adam(net.parameters(), 1e-3), x, y))
with open(OUT, "w") as f:
    f.write("\n".join(lines) + "\n")
print("\n".join(lines))
