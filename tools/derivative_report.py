#!/usr/bin/env python3
"""Writes a C++ file that calls every public op once with inputs that require gradients, and reports which give a floating-point
result without history: ops that have no derivative.

  derivative_report.py OUTPUT.cpp

Ops are the functions of include/lampas/ops/*.h that take tensors and return tensors. Arguments are chosen by type and name; a
call that the op refuses counts as "not called" and is listed, so that the report never hides an op. tests/derivatives runs it.
"""
import glob
import os
import re
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
DECLARATION = re.compile(r"^LAMPAS_API\s+(Tensor|std::vector<Tensor>|std::tuple<[^;{}()]*>)\s+(\w+)\(([^;{}]*)\);", re.M)
INTEGER_NAMES = re.compile(r"index|indices|target|repeats|offsets|lengths|batch_sizes|sorter|lower|boundaries")


def split_parameters(text):
    parts, depth, start = [], 0, 0
    for k, c in enumerate(text):
        depth += c in "<({" or -(c in ">)}")
        if c == "," and depth == 0:
            parts.append(text[start:k])
            start = k + 1
    parts.append(text[start:])
    return [p.strip() for p in parts if p.strip()]


def argument(parameter, position):
    """The C++ expression for one parameter; None when there is none for its type. Defaults are left out by the caller."""
    kind, _, name = parameter.rpartition(" ")
    kind, name = kind.strip(), name.strip("&* ")
    if kind in ("const Tensor&", "Tensor", "const Tensor &"):
        if name in ("mask", "condition", "boolean"):
            return "a.mask"
        if INTEGER_NAMES.search(name):
            return "a.index"
        if name in ("bias", "running_mean", "running_var", "vec", "vec1", "vec2", "v"):
            return "a.vector"
        return "a.x" if position == 0 else "a.y"
    if kind == "TensorList" or kind.startswith("ArrayRef<Tensor>"):
        return "variable_list{a.x, a.y}"
    if "std::optional<" in kind:
        plain = kind.removeprefix("const ").rstrip("&")
        return plain + {"std::optional<Scalar>": "(0.5)", "std::optional<Tensor>": "(a.y)"}.get(plain, "()")
    if kind == "const Scalar&":
        return "0.5"
    if kind in ("int64_t", "int"):
        return "1" if re.search("size|chunks|times|sections|groups|step|length|^n$|^k$|num", name) else "0"
    if kind == "double":
        return "0.5"
    if kind == "bool":
        return "false"
    if kind == "IntArrayRef":
        return "IntArrayRef({3, 3})" if "size" in name or name in ("shape",) else "IntArrayRef({0})"
    if kind.startswith("Reduction") or name == "reduction":
        return "Reduction::Mean"
    if kind == "ScalarType":
        return "kDouble"
    return None


def main(output):
    calls, unknown = [], set()
    for header in sorted(glob.glob(os.path.join(ROOT, "include/lampas/ops/*.h"))):
        text = re.sub(r"//[^\n]*", "", open(header).read())
        text = re.sub(r"namespace ([\w:]*detail|linalg) \{.*?\n\}", "", text, flags=re.S)  # linalg: second names
        for result, name, parameters in DECLARATION.findall(text):
            wanted = [p for p in split_parameters(re.sub(r"\s+", " ", parameters)) if "=" not in p]
            if not any("Tensor" in p for p in wanted) or name.endswith("_out") or any(re.search(r"^Tensor ?&", p) for p in wanted):
                continue
            arguments = [argument(p, k) for k, p in enumerate(wanted)]
            if None in arguments:
                unknown.add(name)
                continue
            calls.append((name, ", ".join(arguments)))
    lines = ['#include "derivatives.h"', "", "// Written by tools/derivative_report.py.", "void call_every_op(Report& report) {"]
    for name, arguments in sorted(set(calls)):
        lines.append(f'  report.call("{name}", [](const Arguments& a) {{ return results(lampas::{name}({arguments})); }});')
    for name in sorted(unknown - {n for n, _ in calls}):
        lines.append(f'  report.skip("{name}");')
    lines += ["}", ""]
    open(output, "w").write("\n".join(lines))


main(sys.argv[1])
