#!/usr/bin/env python3
"""Writes include/torch/names.h: the public names of lampas that LibTorch programs use as torch::, at:: or c10::.

Namespace torch cannot simply say `using namespace lampas`: a program with `using namespace torch` would then find both torch::nn
and lampas::nn when it writes `nn::Linear`. So the names are listed one by one, without the nested namespaces, which include/torch
mirrors by hand. `--check` only says whether the file is up to date, and whether lampas.h includes every public header.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
OUTPUT = os.path.join(ROOT, "include", "torch", "names.h")
UMBRELLA = "include/lampas/lampas.h"
# Namespaces whose names are listed, because they have nested ones; and the namespace each list goes to.
LISTED = {"lampas": "lampas_torch_names", "lampas::nn": "lampas_torch_nn_names", "lampas::data": "lampas_torch_data_names"}
# Not LibTorch's, or LibTorch's name for something else (which the forwarding headers define).
PRIVATE = {"append", "str", "check", "check_index", "check_value", "check_type", "fail", "warn", "demangle", "type_name", "complex",
           "WarningHandler", "set_warning_handler", "Reduction", "RefCount", "IntrusivePtr", "SmallVector", "Shape", "GeneratorMutex", "PackedData", "PackedPtr",
           "Node", "NodePtr", "NodeExtras", "Edge", "BackwardRun", "AutogradMeta", "ImplPtr", "StoragePtr", "ViewKind", "operator",
           "wrap_dim", "checked_numel", "numel_of", "contiguous_strides", "broadcast_shapes", "infer_size", "view_strides",
           "allocate_storage", "kMaxDims", "kNumDtypes", "kNumDeviceTypes", "name", "element_size", "dtype_of", "is_differentiable",
           "is_reduced_floating", "complex_of", "index", "index_put", "index_put_"}
# Costly, and for few: included by those who want it.
APART = {"include/lampas/core/generator_impl.h", "include/lampas/autograd/saved_tensors_hooks.h"}
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[A-Za-z_]\w*|\d[\w.\']*|::|\[\[|\]\]|->|[^\s\w]')


def preprocessed(header):
    """The tokens of the project's own headers that `header` reaches, macros expanded."""
    text = subprocess.run([os.environ.get("CXX", "g++"), "-std=c++17", "-E", "-I", os.path.join(ROOT, "include"), "-x", "c++",
                           os.path.join(ROOT, header)], check=True, capture_output=True, text=True).stdout
    own, kept, files = False, [], set()
    for line in text.split("\n"):
        m = re.match(r'^# \d+ "([^"]*)"', line)
        if m:
            path = os.path.relpath(os.path.realpath(m.group(1)), ROOT) if os.path.isabs(m.group(1)) else m.group(1)
            own = path.startswith("include/lampas/")
            if own:
                files.add(path)
        elif own and not line.startswith("#"):
            kept.append(line)
    return TOKEN.findall("\n".join(kept)), files


def matching(tokens, start, opening, closing):
    depth = 0
    for k in range(start, len(tokens)):
        depth += (tokens[k] == opening) - (tokens[k] == closing)
        if depth == 0:
            return k
    raise ValueError("unbalanced " + opening)


def skip_angles(tokens, start):
    """The position after the template argument list that begins at `start`."""
    depth, k = 0, start
    while True:
        if tokens[k] in "([{":
            k = matching(tokens, k, tokens[k], {"(": ")", "[": "]", "{": "}"}[tokens[k]])
        depth += (tokens[k] == "<") - (tokens[k] == ">")
        k += 1
        if depth == 0:
            return k


def skip_prefix(tokens, k):
    """The position after attributes, template headers and specifiers."""
    while True:
        if tokens[k] == "[[":
            k = tokens.index("]]", k) + 1
        elif tokens[k] in ("__attribute__", "alignas"):
            k = matching(tokens, k + 1, "(", ")") + 1
        elif tokens[k] == "template" and tokens[k + 1] == "<":
            k = skip_angles(tokens, k + 1)
        elif tokens[k] in ("inline", "static", "constexpr", "friend"):
            k += 1
        else:
            return k


def identifier(token):
    return re.match(r"[A-Za-z_]\w*$", token) is not None


def declaration(tokens, k):
    """(names, next position) of the declaration at k."""
    if tokens[k] in ("using", "typedef", "static_assert", "extern", "template"):
        end = k
        while tokens[end] != ";":
            end = matching(tokens, end, "{", "}") + 1 if tokens[end] == "{" else end + 1
        names = []
        if tokens[k] == "using" and tokens[k + 1] != "namespace":
            names = [tokens[k + 1] if tokens[k + 2] == "=" else tokens[end - 1]]
        elif tokens[k] == "typedef":
            names = [tokens[end - 1]]
        return names, end + 1
    if tokens[k] in ("class", "struct", "union", "enum"):
        at = skip_prefix(tokens, k + 1)
        if tokens[at] in ("class", "struct"):
            at = skip_prefix(tokens, at + 1)
        end = at
        while tokens[end] not in ("{", ";"):
            end = skip_angles(tokens, end) if tokens[end] == "<" else end + 1
        defines = tokens[end] == "{"
        if defines:
            end = matching(tokens, end, "{", "}")
            while tokens[end] != ";":
                end += 1
        special = tokens[at + 1] in ("<", "::")
        return [] if special else [tokens[at]], end + 1
    # A function ends with its body or a semicolon, variables with a semicolon.
    names, function, value, end = [], False, False, k
    while True:
        t = tokens[end]
        if t == ";":
            if not function and not value and identifier(tokens[end - 1]):
                names.append(tokens[end - 1])
            return names, end + 1
        if t == "operator":
            function = value = True
            end += 1
            while tokens[end] != "(" or tokens[end + 1] == ")" and tokens[end + 2] == "(":
                end += 1
            continue
        if t == "(":
            if not function and not value:
                # Not a member of a class or class template.
                if not (tokens[end - 2] == "::" and (identifier(tokens[end - 3]) or tokens[end - 3] == ">")):
                    names.append(tokens[end - 1])
                function = True
            end = matching(tokens, end, "(", ")") + 1
            continue
        if t == "<" and not value and not function:
            end = skip_angles(tokens, end)
            continue
        if t == "{":
            closing = matching(tokens, end, "{", "}")
            if function:
                return names, closing + 1
            if not value and identifier(tokens[end - 1]):
                names.append(tokens[end - 1])
            value = True
            end = closing + 1
            continue
        if t in ("=", ",") and not function:
            if not value and identifier(tokens[end - 1]):
                names.append(tokens[end - 1])
            value = t == "="
        end += 1


def collect(tokens):
    """Names by namespace."""
    found, scope, k = {}, [], 0
    while k < len(tokens):
        k = skip_prefix(tokens, k)
        if tokens[k] == "namespace":
            end = k
            while tokens[end] not in ("{", ";"):
                end += 1
            if tokens[end] == "{":
                scope.append([t for t in tokens[k + 1:end] if identifier(t) and t != "inline"])
            k = end + 1
        elif tokens[k] == "}":
            scope.pop()
            k += 1
        elif tokens[k] == ";":
            k += 1
        else:
            names, k = declaration(tokens, k)
            add(found, scope, names)
    return found


def add(found, scope, names):
    space = "::".join(sum(scope, []))
    found.setdefault(space, set()).update(n for n in names if n not in PRIVATE and not n.startswith("LAMPAS_"))


def wrapped(words, indent):
    """As many names a line as fit: the list is for the compiler."""
    lines, line = [], ""
    for word in (f"::{w}" for w in words):
        if line and len(indent) + len("using ;, ") + len(line) + len(word) > 120:
            lines.append(f"{indent}using {line};")
            line = ""
        line += (", " if line else "") + word
    return "\n".join(lines + [f"{indent}using {line};"])


def main():
    tokens, reached = preprocessed(UMBRELLA)
    names = collect(tokens)
    parts = []
    for space, target in LISTED.items():
        if names.get(space):
            listed = wrapped([f"{space}::{n}" for n in sorted(names[space])], "")
            parts.append(f"namespace {target} {{\n{listed}\n}}  // namespace {target}\n")
    text = ("// Written by tools/torch_names.py: do not edit. The names of lampas that torch, at and c10 share.\n// clang-format off\n#pragma once\n\n"
            "#include \"lampas/lampas.h\"\n\n" + "\n".join(parts))
    if "--check" not in sys.argv:
        with open(OUTPUT, "w") as f:
            f.write(text)
        return 0
    status = 0
    if not os.path.exists(OUTPUT) or open(OUTPUT).read() != text:
        print("include/torch/names.h is out of date: run tools/torch_names.py")
        status = 1
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "include/lampas"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.split()
    for header in sorted(set(h for h in listed if h.endswith(".h") and os.path.exists(os.path.join(ROOT, h))) - reached):
        if "/base/" in header or header in APART:  # base: below the interface
            continue
        print(f"{header}: not included by {UMBRELLA}")
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
