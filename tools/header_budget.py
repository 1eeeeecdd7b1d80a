#!/usr/bin/env python3
"""Holds the price of the public headers: every one compiles alone as C++17 without warnings, and the hello-world program
(bench/hello.cpp) stays within its budget of preprocessed lines and compiler memory. Its compile time is printed; the machine's load
makes it too unsteady to fail a check on (bench/footprint.py judges it)."""
import concurrent.futures
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
CXX = os.environ.get("CXX", "g++")
FLAGS = ["-std=c++17", "-I", os.path.join(ROOT, "include")]
# As bench/footprint.py has them.
LINE_BUDGET, MEMORY_BUDGET_MB = 100_000, 250


def public_headers():
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "include/"], cwd=ROOT, check=True,
                         capture_output=True).stdout.decode()
    return sorted(f for f in out.split("\0") if f.endswith(".h") and os.path.exists(os.path.join(ROOT, f)))


def compiles_alone(header, directory, launcher):
    """The compiler's complaint about a file that includes nothing but this header, or an empty string."""
    name = header[len("include/"):]
    source = os.path.join(directory, name.replace("/", "_") + ".cpp")
    with open(source, "w") as f:
        f.write(f'#include "{name}"\n#include "{name}"\n')
    command = launcher + [CXX, *FLAGS, "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-O0", "-c", source, "-o", source + ".o"]
    p = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return "" if p.returncode == 0 else p.stderr


def main():
    failed = False
    headers = public_headers()
    launcher = ["ccache"] if shutil.which("ccache") else []
    # A fixed place, so that the compiler cache recognises unchanged headers.
    directory = os.path.join(ROOT, "build", "check")
    os.makedirs(directory, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for header, complaint in zip(headers, pool.map(lambda h: compiles_alone(h, directory, launcher), headers)):
            if complaint:
                failed = True
                print(f"{header}: does not compile alone as C++17\n{complaint.rstrip()}")
    print(f"header_budget: {len(headers)} public headers compile alone" if not failed else "header_budget: failed")

    hello = os.path.join(ROOT, "bench", "hello.cpp")
    if not os.path.exists(os.path.join(ROOT, "include", "torch", "torch.h")):
        return 1 if failed else 0
    flags = FLAGS + ["-O2"]
    p = subprocess.run([CXX, *flags, "-E", hello], capture_output=True, text=True)
    if p.returncode:
        print(p.stderr)
        return 1
    lines = p.stdout.count("\n")
    with tempfile.TemporaryDirectory() as tmp:
        start = time.monotonic()
        p = subprocess.run([CXX, *flags, "-c", hello, "-o", os.path.join(tmp, "hello.o")], capture_output=True, text=True)
        seconds = time.monotonic() - start
    if p.returncode:
        print(p.stderr)
        return 1
    # Largest child so far; a single header cannot need more than the program that includes them all.
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    for what, value, budget in (("preprocessed lines", lines, LINE_BUDGET), ("compiler memory, MB", round(megabytes), MEMORY_BUDGET_MB)):
        verdict = "ok" if value <= budget else "OVER"
        failed = failed or value > budget
        print(f"header_budget: hello: {what}: {value} (budget {budget}) {verdict}")
    print(f"header_budget: hello: compiled in {seconds:.2f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
