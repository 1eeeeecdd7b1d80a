#!/usr/bin/env python3
"""Checks docs/from-python.md: every documented name of tests/docs/python_names.txt has a row, and the snippets compile.

  from_python_test.py check             the names
  from_python_test.py generate OUT      writes a C++ program of all snippets; compiling it is the test
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
PAGE = os.path.join(ROOT, "docs", "from-python.md")


def rows():
    """(line number, Python name, snippets, text after them) of every table row."""
    for number, line in enumerate(open(PAGE, encoding="utf-8"), 1):
        m = re.match(r"^\| `([\w.]+)[^`]*` \| (.*) \|$", line.rstrip())
        if m:
            cells = m.group(2).split("<br>")
            snippets = [c[1:-1] for c in cells if re.fullmatch(r"`[^`]+`", c)]
            yield number, m.group(1), snippets, m.group(2)


def preamble():
    return re.search(r"```cpp\n(.*?)```", open(PAGE, encoding="utf-8").read(), re.S).group(1)


def check():
    wanted = open(os.path.join(HERE, "python_names.txt"), encoding="utf-8").read().split()
    found = [name for _, name, _, _ in rows()]
    errors = [f"{name}: no row" for name in wanted if name not in found]
    errors += [f"{name}: {found.count(name)} rows" for name in sorted(set(found)) if found.count(name) > 1]
    errors += [f"{name}: not a documented name" for name in found if name not in wanted]
    errors += [f"from-python.md:{n}: {name}: neither a snippet nor an explanation" for n, name, s, text in rows()
               if not s and len(text) < 20]
    for e in errors:
        print(e)
    print(f"from_python: {len(found)} rows, {len(wanted)} names, {len(errors)} errors")
    return 1 if errors else 0


def generate(out):
    code = [preamble(), "\n"]
    for number, _, snippets, _ in rows():
        for k, snippet in enumerate(snippets):
            code.append(f'void row_{number}_{k}() {{\n#line {number} "{PAGE}"\n  {snippet};\n}}\n')
    code.append("int main() {}\n")
    text = "".join(code)
    if not os.path.exists(out) or open(out, encoding="utf-8").read() != text:
        with open(out, "w", encoding="utf-8") as f:
            f.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(generate(sys.argv[2]) if sys.argv[1] == "generate" else check())
