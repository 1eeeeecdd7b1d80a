#!/bin/sh
# Writes tests/data/expressions.txt: the expressions of tests/expressions compiled against Debian's LibTorch (libtorch-dev).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '#include <iostream>\n#include "expressions.h"\nint main() {\n  for (const auto& line : expressions::all_lines()) std::cout << line << "\\n";\n}\n' >"$work/main.cpp"
for source in "$work/main.cpp" "$root"/tests/expressions/[!e]*.cpp "$root/tests/expressions/elementwise.cpp"; do
  echo "compiling $(basename "$source")" >&2
  g++ -std=c++17 -O0 -w -I"$root/tests/expressions" -I/usr/include/torch/csrc/api/include -c "$source" -o "$work/$(basename "$source").o"
done
g++ "$work"/*.o -ltorch_cpu -lc10 -o "$work/expressions"
"$work/expressions" >"$root/tests/data/expressions.txt"
