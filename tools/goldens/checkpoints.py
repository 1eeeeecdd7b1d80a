#!/usr/bin/python3
"""Writes tests/data/serialize/python_*.pt: what Python's torch.save makes of values, modules and optimizers. The files of LibTorch
beside them come from checkpoints/main.cpp."""
import collections
import io
import os
import pickle
import zipfile
import torch

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "data", "serialize")
os.makedirs(OUT, exist_ok=True)


def save(value, name):
    torch.save(value, os.path.join(OUT, name + ".pt"))


torch.manual_seed(0)
net = torch.nn.Sequential(collections.OrderedDict(fc=torch.nn.Linear(3, 2), bn=torch.nn.BatchNorm1d(2)))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
net(torch.arange(12.0).reshape(4, 3)).pow(2).sum().backward()
opt.step()
save({"epoch": 7, "name": "run \u00e9", "best": 0.5, "model": net.state_dict(), "optimizer": opt.state_dict(),
      "misc": (None, True, [1, 2, 3], {"a": torch.arange(4)}), "half": torch.tensor([1.5, 2.5]).half(),
      "bf": torch.tensor([1.5]).bfloat16(), "view": torch.arange(12.0).reshape(3, 4)[1:, ::2],
      "p": torch.nn.Parameter(torch.ones(2)), "big": 2**40}, "python_checkpoint")
save(net, "python_module")
save([torch.zeros(2), torch.ones(3, dtype=torch.bool)], "python_list")


class Stored:
    """A storage of complex64, or a tensor that is a view of one, as PyTorch 2 writes it: with metadata."""
    def __init__(self, metadata=None):
        self.metadata = metadata

    def __reduce__(self):
        return (torch._utils._rebuild_tensor_v2,
                (Stored(), 0, (2,), (1,), False, collections.OrderedDict(), self.metadata))


class Pickler(pickle.Pickler):
    def persistent_id(self, obj):
        if isinstance(obj, Stored) and obj.metadata is None:
            return ("storage", torch.ComplexFloatStorage, "0", "cpu", 2)


data = io.BytesIO()
Pickler(data, 2).dump({"conj": Stored({"conj": True}), "neg": Stored({"neg": True, "conj": False}), "plain": Stored({})})
with zipfile.ZipFile(os.path.join(OUT, "python_metadata.pt"), "w") as z:
    z.writestr("archive/data.pkl", data.getvalue())
    z.writestr("archive/data/0", torch.tensor([1 + 2j, 3 - 4j]).numpy().tobytes())
    z.writestr("archive/version", "3\n")
