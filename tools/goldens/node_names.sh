#!/bin/sh
# Writes tests/data/node_names.txt: the expressions of tests/node_names compiled against Debian's LibTorch (libtorch-dev).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '#include <iostream>\n#include "node_names.h"\nint main() {\n  for (const auto& line : node_names::all_lines()) std::cout << line << "\\n";\n}\n' >"$work/main.cpp"
for source in "$work/main.cpp" "$root"/tests/node_names/[!nd]*.cpp; do
  echo "compiling $(basename "$source")" >&2
  g++ -std=c++17 -O0 -w -I"$root/tests/node_names" -I/usr/include/torch/csrc/api/include -c "$source" -o "$work/$(basename "$source").o"
done
g++ "$work"/*.o -ltorch_cpu -lc10 -o "$work/node_names"
"$work/node_names" 2>/dev/null >"$root/tests/data/node_names.txt"
