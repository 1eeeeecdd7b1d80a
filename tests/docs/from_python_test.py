#!/usr/bin/env python3
"""Checks docs/from-python.md: every documented name of tests/docs/python_names.txt has a row, and the snippets compile.

  from_python_test.py check             the names
  from_python_test.py generate OUT      writes a C++ program of all snippets; compiling it is the test
"""
import os
import re
import subprocess
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


def declared():
    """Whether the headers declare a name, and one of namespace nn."""
    texts = {"nn": "", "all": ""}
    for folder, _, names in os.walk(os.path.join(ROOT, "include", "lampas")):
        for name in names:
            text = open(os.path.join(folder, name), encoding="utf-8").read()
            text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)
            texts["all"] += text
            if os.sep + "nn" in folder:
                texts["nn"] += text
    words = set(re.findall(r"[A-Za-z_]\w*", texts["all"]))
    nn = set(re.findall(r"\b(?:class|struct|using|namespace|enum class)\s+(?:LAMPAS_API\s+|\[\[.*?\]\]\s*)*([A-Za-z_]\w*)", texts["nn"]))
    nn |= set(re.findall(r"\busing\s+(?:\w+::)+(\w+)\s*;", texts["nn"]))
    nn |= {part for path in re.findall(r"\bnamespace\s+([\w:]+)", texts["nn"]) for part in path.split("::")}
    nn |= set(re.findall(r"\bLAMPAS_MODULE\((\w+)\)", texts["nn"])) | set(re.findall(r"\b([A-Za-z_]\w*)\s*\(", texts["nn"]))
    return words, nn


def generate(out):
    """Snippets that name what the headers do not have are left out and listed."""
    (words, nn), left_out, code = declared(), [], [preamble(), "\n"]
    total = 0
    for number, name, snippets, _ in rows():
        for k, snippet in enumerate(snippets):
            total += 1
            plain = re.sub(r'"[^"]*"|/\*.*?\*/', "", snippet)
            named = re.findall(r"([A-Za-z_]\w*)?(::|->|\.)\s*([A-Za-z_]\w*)", plain)
            unknown = [w for scope, _, w in named if scope != "std" and w not in (nn if scope in ("nn", "F") else words)]
            if unknown:
                left_out.append(f"{name} ({unknown[0]})")
                continue
            code.append(f'void row_{number}_{k}() {{\n#line {number} "{PAGE}"\n  {snippet};\n}}\n')
    code.append("int main() {}\n")
    text = "".join(code)
    if not os.path.exists(out) or open(out, encoding="utf-8").read() != text:
        with open(out, "w", encoding="utf-8") as f:
            f.write(text)
    print(f"from_python: {total - len(left_out)} of {total} snippets; left out: {', '.join(left_out) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(generate(sys.argv[2]) if sys.argv[1] == "generate" else check())
