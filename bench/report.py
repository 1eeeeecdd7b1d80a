"""What the measuring scripts share: the machine's name, and a Markdown file whose sections each script replaces on its own."""
import os
import re
import subprocess
import time

HEADER = """# Performance

Measured by `make bench`: one source compiled against LibTorch and against lampas with the same compiler and flags, the two
programs run in turn, row by row, so that both see the same state of the machine. Ratios are medians over rounds.
"""


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def cpu_model():
    m = re.search(r"Model name:\s*(.+)", run("lscpu"))
    return m.group(1).strip() if m else "unknown CPU"


def machine():
    """One line: the CPU, the cores this process may use, the compiler and the load at this moment."""
    compiler = run(os.environ.get("CXX", "g++"), "--version").split("\n")[0]
    return (f"{cpu_model()}, {len(os.sched_getaffinity(0))} cores; {compiler}; load {os.getloadavg()[0]:.2f}; "
            f"{time.strftime('%Y-%m-%d')}")


def duration(ns):
    """Three significant digits with the fitting unit."""
    for unit, size in (("ns", 1), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)):
        if ns < 999.5 * size or unit == "s":
            return f"{float(f'{ns / size:.3g}'):g} {unit}"
    return ""


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    return "\n".join(lines + ["| " + " | ".join(r) + " |" for r in rows]) + "\n"


def write_section(path, name, text):
    """Replaces section `name` of the file, or appends it; the other sections stay."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    content = HEADER
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            content = f.read()
    section = begin + "\n" + text.strip() + "\n\n" + end
    if begin in content and end in content:
        content = content[:content.index(begin)] + section + content[content.index(end) + len(end):]
    else:
        content = content.rstrip() + "\n\n" + section
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(content)
