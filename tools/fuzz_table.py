#!/usr/bin/env python3
"""Writes the tables tests/fuzz works on: fuzz_table.py DIRECTORY

functions.inc has every operation declared as a free function in include/lampas/ops/, one a line: FUZZ(name, type of a pointer to it).
out_functions.inc has OUT(name, type of a pointer to it, type of one to its _out form) for every function with an `_out` form.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
DECLARATION = re.compile(r"LAMPAS_API ([\w:<>&, ]+?) (\w+)\(((?:[^;{]|\{\}|\{[-\d, ]+\})*?)\) ?;")
# Memory of the caller's, and types no generic caller can make up.
UNCALLABLE = ("void*", "std::function", "std::initializer_list", "Shape", "size_t", "const char*", "ArrayRef<TensorIndex>", "Storage", "TensorDataContainer", "Polynomial", "nullopt_t")


def parameters(text):
    parts, depth, current = [], 0, ""
    for c in text:
        depth += c in "<({"
        depth -= c in ">)}"
        if c == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += c
    if current.strip():
        parts.append(current)
    for part in parts:
        declared = part.split("=")[0].strip()
        yield re.sub(r"\s*\b\w+$", "", declared).strip()


def main():
    text = subprocess.run([os.environ.get("CXX", "g++"), "-std=c++17", "-E", "-P", "-I", os.path.join(ROOT, "include"),
                           "-x", "c++", os.path.join(ROOT, "include", "lampas", "ops.h")], check=True, capture_output=True, text=True).stdout
    text = re.sub(r"\s+", " ", text).replace('__attribute__((visibility("default")))', "LAMPAS_API")
    text = re.sub(r"namespace (nn::detail|detail|linalg) \{.*?\}", "", text)  # linalg: second names
    text = text[text.index("operator<<(std::ostream& os, const Tensor& t)"):]
    lines, forms = [], {}
    for result, name, arguments in DECLARATION.findall(text):
        types = list(parameters(arguments))
        if "Tensor" not in result and result not in ("bool", "void") or any(u in t for t in types for u in UNCALLABLE) or name in ("print", "append"):
            continue
        line = f"FUZZ({name}, {result} (*)({', '.join(types)}))"
        if line not in lines:
            lines.append(line)
            forms.setdefault(name, []).append((result, types))
    outs = []
    for name in sorted(forms):
        for result, types in forms[name]:
            for out_result, out_types in forms.get(name + "_out", []):
                count = out_result.count("Tensor&")
                if out_types[count:] == types and count == result.count("Tensor"):
                    outs.append(f"OUT({name}, ({result} (*)({', '.join(types)})), ({out_result} (*)({', '.join(out_types)})))")
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, content in (("functions.inc", sorted(lines)), ("out_functions.inc", outs)):
        with open(os.path.join(sys.argv[1], name), "w") as f:
            f.write("\n".join(content) + "\n")


main()
