#!/usr/bin/env bash
# Compares every tracked C++ file with clang-format 14, the version all of us use: another one formats differently.
# `tools/check_format.sh --fix` rewrites the files instead.
set -euo pipefail
cd "$(git -C "$(dirname "$0")" rev-parse --show-toplevel)"
tool=$(command -v clang-format-14) || { echo "check_format: clang-format-14 is missing (make deps installs it)" >&2; exit 2; }
mode=(--dry-run -Werror)
case ${1-} in
  "") ;;
  --fix) mode=(-i) ;;
  *) echo "usage: tools/check_format.sh [--fix]" >&2; exit 2 ;;
esac
mapfile -d '' files < <(git ls-files -z --cached --others --exclude-standard '*.h' '*.cpp' '*.cu' '*.cpp.in' | while IFS= read -r -d '' f; do
  [ -e "$f" ] && printf '%s\0' "$f"; done)
[ ${#files[@]} -gt 0 ] || exit 0
printf '%s\0' "${files[@]}" | xargs -0 -n 16 -P "$(nproc)" "$tool" --style=file "${mode[@]}"
