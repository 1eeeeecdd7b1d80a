#!/usr/bin/env python3
"""Proves the layering and the rules for headers. Prints every violation as file:line: text; exits 1 if there is one.

Layers (an #include points to a strictly lower one, or stays in its own directory):

  L7  include/torch, ATen, c10
  L6  nn  optim  data  serialize  distributed          siblings, except the pairs of SIBLINGS below
  L5  ops
  L4  autograd
  L3  tensor
  L2  core  backend                                    backend builds on core; of core only .cpp files may use backend
  L1  base

`include/lampas/*.h` (the umbrella headers) may include anything in lampas. Kernel files (`src/ops/*_cpu.cpp`) may reach, through
any chain of includes, only base, core, backend and headers of src/ops that keep the same rule: no tensor, no autograd.
"""
import os
import re
import subprocess
import sys

RANK = {"base": 1, "core": 2, "backend": 2, "tensor": 3, "autograd": 4, "ops": 5, "nn": 6, "optim": 6, "data": 6,
        "serialize": 6, "distributed": 6, "umbrella": 6.5, "torch": 7, "ATen": 7, "c10": 7}
# (from, to): pairs within one layer that may be crossed, and in which files.
SIBLINGS = {
    ("backend", "core"): r".",             # a kernel slot is indexed by dtype and device
    ("core", "backend"): r"\.cpp$",        # storages take memory from the allocator: the implementation may know it, headers not
    ("data", "serialize"): r".", ("nn", "serialize"): r".", ("optim", "serialize"): r".",  # an archive is named tensors, below them all
    ("distributed", "nn"): r".",           # DistributedDataParallel is a module
    ("torch", "ATen"): r".", ("torch", "c10"): r".", ("ATen", "c10"): r".", ("ATen", "torch"): r".", ("c10", "torch"): r".",
    ("c10", "ATen"): r".",
}
# Costly to every user of a public header, or a third party's.
HEAVY = re.compile(r"^(iostream|sstream|fstream|iomanip|regex|filesystem|chrono|random|thread|mutex|shared_mutex|future|"
                   r"condition_variable|ranges|complex|fmt/.*|nlohmann/.*|hwy/.*|dnnl.*|oneapi/.*|omp\.h|zip\.h|zlib\.h|mpi\.h|"
                   r"nccl\.h|cuda.*|cudnn.*|cublas.*|gtest/.*|benchmark/.*)$")
# Programs count on LibTorch's headers bringing these; the others are not part of torch.h.
ALLOWED = {("include/torch/torch.h", "iostream"), ("include/torch/torch.h", "sstream"),
           ("include/lampas/core/generator_impl.h", "mutex"), ("include/c10/util/complex.h", "complex")}
FORWARDING_MACRO = re.compile(r"^((LAMPAS|TORCH|_TORCH_OPTIM|AT|C10)_|FORWARD_HAS_DEFAULT_ARGS$)")
LINE_LIMIT = 800
GENERATED = {"include/torch/names.h", "tests/fuzz/functions.inc"}  # lists that nobody reads from end to end
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
DEFINE = re.compile(r"^\s*#\s*define\s+(\w+)")
KERNEL = re.compile(r"^inline Kernel<.*?>\s+(\w+)\{", re.M | re.S)
LAYERED = re.compile(r"^(?:include/lampas|src)/(\w+)/")


def layer_of(path):
    """The layer a project file belongs to, or None (tests, tools, benchmarks: they may include what they like)."""
    m = LAYERED.match(path)
    if m:
        return m.group(1)
    if re.match(r"^(include/lampas|src)/[^/]+$", path):
        return "umbrella"
    m = re.match(r"^include/(torch|ATen|c10)/", path)
    return m.group(1) if m else None


class Tree:
    def __init__(self, root):
        self.root = root
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, check=True,
                                capture_output=True).stdout.decode().split("\0")
        self.files = sorted(f for f in listed if f and os.path.isfile(os.path.join(root, f)))
        self.known = set(self.files)
        self.text = {}
        self.errors = []

    def lines(self, path):
        if path not in self.text:
            with open(os.path.join(self.root, path), encoding="utf-8") as f:
                self.text[path] = f.read().split("\n")
        return self.text[path]

    def error(self, path, number, message):
        self.errors.append(f"{path}:{number}: {message}")

    def resolve(self, path, name):
        """The project file an include names, or None for a system header."""
        here = os.path.normpath(os.path.join(os.path.dirname(path), name))
        for candidate in (here, "include/" + name, "src/" + name):
            if candidate in self.known:
                return candidate
        return None

    def includes(self, path):
        for number, line in enumerate(self.lines(path), 1):
            m = INCLUDE.match(line)
            if m:
                yield number, m.group(2), self.resolve(path, m.group(2))

    def check_direction(self, path, layer):
        for number, name, target in self.includes(path):
            if target is None:
                if re.match(r"^(lampas|base|core|backend|tensor|autograd|ops|nn|optim|data|serialize)/", name):
                    self.error(path, number, f'"{name}" does not exist')
                continue
            other = layer_of(target)
            if other is None:
                self.error(path, number, f'"{name}" lies outside include/ and src/')
            elif other not in RANK:
                self.error(path, number, f'"{name}" is in the unknown layer {other}')
            elif other == layer or RANK[other] < RANK[layer]:
                pass
            elif RANK[other] == RANK[layer]:
                if not re.search(SIBLINGS.get((layer, other), r"$^"), path):
                    self.error(path, number, f'{layer} must not include its sibling {other} ("{name}")')
            else:
                self.error(path, number, f'{layer} (L{RANK[layer]:g}) must not include {other} (L{RANK[other]:g}) ("{name}")')
            if path.startswith("include/") and target.startswith("src/"):
                self.error(path, number, f'a public header must not include the internal "{name}"')

    def check_kernel(self, path):
        """Follows every chain of includes from a kernel file and reports the first step that leaves the allowed layers."""
        seen, queue = {path}, [(path, None)]
        while queue:
            file, origin = queue.pop()
            for number, name, target in self.includes(file):
                if target is None or target in seen:
                    continue
                seen.add(target)
                line = origin or number
                if layer_of(target) not in ("base", "core", "backend", "ops"):
                    via = "" if file == path else f" (through {file})"
                    self.error(path, line, f'a kernel file must not reach "{name}"{via}')
                else:
                    queue.append((target, line))

    def check_header(self, path):
        public = path.startswith("include/lampas/")
        lines = self.lines(path)
        # Files meant to be included several times: Highway's per-target ones and fragments.
        again = path.endswith(("-inl.h", ".inc"))
        if not again and not any(line.strip() == "#pragma once" for line in lines):
            self.error(path, 1, "a header needs #pragma once")
        for number, line in enumerate(lines, 1):
            code = line.split("//")[0]
            if path.startswith(("include/lampas/", "src/")) and re.search(r"\busing\s+namespace\b", code):
                self.error(path, number, "no `using namespace` in a header")
            if not path.startswith("include/"):
                continue
            m = INCLUDE.match(line)
            if m and HEAVY.match(m.group(2)) and (path, m.group(2)) not in ALLOWED:
                self.error(path, number, f"<{m.group(2)}> must not be included by a public header")
            m = DEFINE.match(line)
            if m and public and not m.group(1).startswith("LAMPAS_"):
                self.error(path, number, f"macro {m.group(1)} lacks the LAMPAS_ prefix")
            if m and not public and not FORWARDING_MACRO.match(m.group(1)):
                self.error(path, number, f"macro {m.group(1)}: forwarding headers define TORCH_, _TORCH_OPTIM_, AT_ and C10_ only")

    def check_kernel_names(self):
        """Two headers' inline slots of one name link as one, without a word, when no file includes both."""
        first = {}
        for path in self.files:
            if not re.search(r"^src/.*\.h$", path):
                continue
            text = "\n".join(self.lines(path))
            for m in KERNEL.finditer(text):
                number = text.count("\n", 0, m.start(1)) + 1
                if m.group(1) in first:
                    self.error(path, number, f"kernel {m.group(1)} has the name of one in {first[m.group(1)]}")
                first.setdefault(m.group(1), path)

    def run(self):
        self.check_kernel_names()
        for path in self.files:
            if not re.search(r"\.(h|inc|cpp|cu|py|sh|cmake)$|CMakeLists\.txt$", path):
                continue
            if path not in GENERATED and len(self.lines(path)) > LINE_LIMIT + 1:
                self.error(path, LINE_LIMIT + 1, f"{len(self.lines(path)) - 1} lines: the limit is {LINE_LIMIT}")
            if not re.search(r"\.(h|inc|cpp|cu)$", path):
                continue
            layer = layer_of(path)
            if layer and layer not in RANK:
                self.error(path, 1, f"unknown layer {layer}")
            elif layer:
                self.check_direction(path, layer)
            if re.search(r"^src/ops/.*_(cpu|cuda)\.(cpp|cu)$", path):
                self.check_kernel(path)
            if path.endswith((".h", ".inc")):
                self.check_header(path)
        return self.errors


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    tree = Tree(os.path.abspath(root))
    errors = tree.run()
    for e in errors:
        print(e)
    sources = sum(bool(layer_of(f)) for f in tree.files)
    print(f"check_layers: {sources} files, {len(errors)} violation{'s' * (len(errors) != 1)}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
