#!/usr/bin/env bash
# Compares every tracked C++ file with clang-format 14, the version all of us use: another one formats differently.
# `tools/check_format.sh --fix` rewrites the files instead.
set -euo pipefail
cd "$(git -C "$(dirname "$0")" rev-parse --show-toplevel)"
tool=$(command -v clang-format-14) || { echo "check_format: clang-format-14 is missing (make deps installs it)" >&2; exit 2; }
fix=no
case ${1-} in
  "") ;;
  --fix) fix=yes ;;
  *) echo "usage: tools/check_format.sh [--fix]" >&2; exit 2 ;;
esac
mapfile -d '' files < <(git ls-files -z --cached --others --exclude-standard '*.h' '*.cpp' '*.cu' '*.cpp.in' | while IFS= read -r -d '' f; do
  [ -e "$f" ] && printf '%s\0' "$f"; done)
[ ${#files[@]} -gt 0 ] || exit 0
if [ $fix = yes ]; then
  printf '%s\0' "${files[@]}" | xargs -0 -n 16 -P "$(nproc)" "$tool" --style=file -i
  exit
fi
differing() {
  for file; do "$tool" --style=file "$file" | cmp -s - "$file" || echo "$file: differs from clang-format's layout"; done
}
export -f differing
export tool
found=$(printf '%s\0' "${files[@]}" | xargs -0 -n 16 -P "$(nproc)" bash -c 'differing "$@"' _)
[ -z "$found" ] || { sort <<<"$found"; echo "check_format: run tools/check_format.sh --fix"; exit 1; }
