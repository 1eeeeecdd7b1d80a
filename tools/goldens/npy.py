#!/usr/bin/python3
"""Writes tests/data/serialize/numpy_*.npy and .npz: what NumPy's save, savez and savez_compressed make of arrays of every dtype,
byte order and memory order. With an argument, reads instead what lampas wrote into that directory
(LAMPAS_NPY_OUT=DIR serialize_test --gtest_filter=Npy.Writes*) and compares it with the same arrays."""
import os
import sys
import numpy as np

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "data", "serialize")

REALS = ["f2", "f4", "f8"]
DTYPES = {
    "b1": [[True, False, True], [False, False, True]],
    "u1": [[0, 1, 2], [127, 128, 255]],
    "i1": [[0, 1, -1], [-128, 127, 5]],
    "i2": [[0, 1, -1], [-32768, 32767, 258]],
    "i4": [[0, 1, -1], [-2**31, 2**31 - 1, 16909060]],
    "i8": [[0, 1, -1], [-2**63, 2**63 - 1, 72623859790382856]],
    "u2": [[0, 1, 2], [258, 32768, 65535]],
    "u4": [[0, 1, 2], [16909060, 2**31, 2**32 - 1]],
    **{f: [[0.5, -1.5, 3.0], [np.inf, -np.inf, 1024.0]] for f in REALS},
    **{c: [[1 + 2j, -0.5j, 3], [-1 - 1j, 1e3j, 0.25]] for c in ["c8", "c16"]},
}


def arrays(order):
    return {name: np.array(values, dtype=order + name) for name, values in DTYPES.items()}


def shapes():
    return {
        "scalar": np.float32(2.5),
        "vector": np.arange(3),
        "empty": np.zeros((0, 4), dtype="i8"),
        "rows": np.arange(24.0).reshape(2, 3, 4),
        "columns": np.arange(24.0, dtype="f4").reshape(4, 3, 2).T,
        "every_other": np.arange(24, dtype="i2").reshape(4, 6)[:, ::2],
        "bools": np.array([[True, False, True]] * 2),
        "complex": np.array([1 + 2j, 3 - 4j]),
    }


def write():
    os.makedirs(OUT, exist_ok=True)

    def path(name):
        return os.path.join(OUT, "numpy_" + name)

    for name, a in shapes().items():
        np.save(path(name + ".npy"), a)
    np.savez(path("little.npz"), **arrays("<"))
    np.savez_compressed(path("big.npz"), **arrays(">"))
    np.savez(path("none.npz"))
    np.savez_compressed(path("long.npz"), np.zeros(100000), name=np.arange(5000) % 7)
    for version in [(2, 0), (3, 0)]:
        with open(path(f"version{version[0]}.npy"), "wb") as f:
            np.lib.format.write_array(f, np.arange(6, dtype="i4").reshape(2, 3), version=version)
    refused = {
        "u8": np.arange(3, dtype="u8"), "longdouble": np.arange(3, dtype=np.longdouble), "text": np.array(["ab", "c"]),
        "bytes": np.array([b"ab", b"c"]), "date": np.array(["2020-01-01"], dtype="M8[D]"),
        "structured": np.zeros(2, dtype=[("a", "<i4"), ("b", "<f8")]), "objects": np.array([{"a": 1}, None], dtype=object),
    }
    for name, a in refused.items():
        np.save(path("refused_" + name + ".npy"), a)
    np.savez(path("refused.npz"), fine=np.arange(2), words=refused["text"])


def compare(directory):
    def same(name, a, b):
        if a.dtype != b.dtype or a.shape != b.shape or not np.array_equal(a, b):
            sys.exit(f"{name}: NumPy reads {a!r}, expected {b!r}")
        print(name, a.dtype.str, a.shape, "equal")

    for name, a in shapes().items():
        same(name, np.load(os.path.join(directory, name + ".npy")), np.asarray(a))
    wanted = {name: a for name, a in arrays("<").items() if name not in ("u2", "u4")}
    for archive in ["stored.npz", "compressed.npz"]:
        with np.load(os.path.join(directory, archive)) as z:
            if list(z) != list(wanted):
                sys.exit(f"{archive}: NumPy finds {list(z)}, expected {list(wanted)}")
            for name, a in wanted.items():
                same(archive + " " + name, z[name], a)


if len(sys.argv) > 1:
    compare(sys.argv[1])
else:
    write()
