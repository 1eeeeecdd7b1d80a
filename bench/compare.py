#!/usr/bin/env python3
"""Compares lampas with LibTorch, row by row: A B B A ..., both programs kept alive, so that neither pays start-up and both see
the same state of the machine. Prints times, the ratio (median over rounds) and the share of the machine's peak: the time that the
row's multiplications and additions take at the rate of fused multiply-adds, or its bytes at memcpy's of as many bytes, whichever
is longer.

  bench/compare.py --only 'conv|gemm' --threads 1
  bench/compare.py --against DIR      builds against a PyTorch wheel first (DIR: site-packages/torch)
"""
import argparse
import json
import math
import os
import re
import signal
import statistics
import subprocess
import sys

import report

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


class Program:
    """A benchmark program that answers requests for single rows."""

    def __init__(self, path, threads, clock):
        env = dict(os.environ, OMP_NUM_THREADS=str(threads))
        self.path, self.threads, self.clock = path, threads, clock
        self.process = subprocess.Popen([path, "--serve", "--threads", str(threads), "--clock", clock], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=env)

    def measure(self, name, ms):
        """Nanoseconds a call (the least of some batches: what interrupts only adds), or an error text."""
        try:
            self.process.send_signal(signal.SIGCONT)
            self.process.stdin.write(f"{name} {ms}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            status = self.process.wait()
            self.__init__(self.path, self.threads, self.clock)
            return f"the program ended with status {status}"
        answer = json.loads(line)
        self.process.send_signal(signal.SIGSTOP)  # its worker threads would spin on, on the cores of the one measured next
        return answer.get("error") or answer["min_ns"]

    def close(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


def listed(path):
    out = subprocess.run([path, "--list"], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def peak_rows(row, peaks):
    """Which rows of `peak` bound this one: the fastest multiply-add of its type, memcpy of as many bytes."""
    bounds = []
    if row["flops"] >= 1e6:
        same_type = [p for p in peaks if "fma" in p["name"] and ("float64" in p["name"]) == ("float64" in row["name"])]
        bounds.append(max(same_type, key=lambda p: p["flops"]))
    if row["bytes"] >= 2 ** 18:
        copies = [p for p in peaks if "memcpy" in p["name"]]
        bounds.append(min(copies, key=lambda p: abs(math.log(p["bytes"] / row["bytes"]))))
    return bounds


def compare(row, ours, theirs, peak, references, rounds, ms):
    """One row's result: times of both, their ratio and the share of the peak: that of its two bounds which takes longer."""
    a, b, shares_of = [], [], {"FMA": [], "memcpy": []}
    for k in range(rounds):
        pair = [(ours, a), (theirs, b)] if k % 2 == 0 else [(theirs, b), (ours, a)]
        for program, times in pair:
            if program is None:
                continue
            t = program.measure(row["name"], ms)
            if isinstance(t, str):
                return {"name": row["name"], "error": ("lampas: " if program is ours else "LibTorch: ") + t}
            times.append(t)
        for reference in references:
            t = peak.measure(reference["name"], ms)
            of, work = ("FMA", "flops") if "fma" in reference["name"] else ("memcpy", "bytes")
            shares_of[of].append((row[work] / a[-1]) / (reference[work] / t))
    result = {"name": row["name"], "lampas_ns": statistics.median(a)}
    if b:
        result["torch_ns"] = statistics.median(b)
        result["ratio"] = statistics.median(y / x for x, y in zip(a, b))
    if references:
        result["share"], result["of"] = max((statistics.median(share), of) for of, share in shares_of.items() if share)
        if b:
            result["torch_share"] = result["share"] / result["ratio"]
        result["rate"] = (row["flops"] if result["of"] == "FMA" else row["bytes"]) / result["lampas_ns"]
    return result


def cells(r):
    if "error" in r:
        return [r["name"], r["error"], "", "", ""]
    share = f"{r['rate']:.3g} {'GFLOP/s' if r['of'] == 'FMA' else 'GB/s'}, {100 * r['share']:.0f} % of {r['of']}" if "share" in r else ""
    return [r["name"], report.duration(r["torch_ns"]) if "torch_ns" in r else "", report.duration(r["lampas_ns"]),
            f"{r['ratio']:.2f}×" if "ratio" in r else "", share]


def geometric_mean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values))


def shares(results):
    """Geometric means of the shares of the peak: LibTorch's, lampas'. Empty where no row is read against one."""
    rows = [r for r in results if "torch_share" in r]
    if not rows:
        return ""
    theirs, ours = (100 * geometric_mean([r[key] for r in rows]) for key in ("torch_share", "share"))
    return f"{theirs:.0f} %, {ours:.0f} %"


def summary(results):
    """Geometric means of the ratios and of the shares by group, and the rows that are slower."""
    rated = [r for r in results if "ratio" in r]
    groups = {}
    for r in rated:
        groups.setdefault(r["name"].split("/")[0], []).append(r)
    lines = [[group, str(len(rows)), f"{geometric_mean([r['ratio'] for r in rows]):.2f}×", f"{min(r['ratio'] for r in rows):.2f}×",
              shares(rows)] for group, rows in groups.items()]
    if rated:
        lines.append(["all", str(len(rated)), f"{geometric_mean([r['ratio'] for r in rated]):.2f}×",
                      f"{min(r['ratio'] for r in rated):.2f}×", ""])
    return lines, [r for r in rated if r["ratio"] < 1], [r for r in results if "error" in r]


def build_against(directory):
    directory = os.path.abspath(directory)
    if not os.path.isdir(os.path.join(directory, "include", "torch")):
        sys.exit(f"compare: {directory} has no include/torch: give the torch folder of a PyTorch wheel (site-packages/torch)")
    build = os.path.join(ROOT, "build", "bench-against")
    subprocess.run(["cmake", "--preset", "bench", "-B", build, f"-DLAMPAS_BENCH_TORCH_DIR={directory}"], cwd=ROOT, check=True)
    subprocess.run(["cmake", "--build", build], check=True)
    return build


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", default=os.path.join(ROOT, "build", "bench"), help="CMake build directory of the bench preset")
    p.add_argument("--only", default=".", metavar="REGEX", help="rows whose name matches")
    p.add_argument("--threads", default="1,2", help="comma-separated thread counts (default 1,2)")
    p.add_argument("--rounds", type=int, default=7)
    p.add_argument("--ms", type=float, default=15, help="milliseconds a row, a program and a round")
    p.add_argument("--clock", choices=("wall", "cpu"), default="wall",
                   help="cpu: processor time, for looking at single-threaded rows while the machine is busy")
    p.add_argument("--against", metavar="DIR", help="PyTorch wheel to build against and compare with")
    p.add_argument("--write", metavar="FILE", help="replace the comparison in this Markdown file")
    p.add_argument("--json", metavar="FILE", help="write all results there")
    p.add_argument("--strict", action="store_true", help="exit 1 if a row is slower than LibTorch or fails")
    args = p.parse_args()
    build = build_against(args.against) if args.against else args.build

    path = {name: os.path.join(build, "bench", name) for name in ("bench_lampas", "bench_torch", "peak")}
    if not os.path.exists(path["bench_lampas"]):
        sys.exit(f"compare: {path['bench_lampas']} is missing: run make bench")
    rows = [r for r in listed(path["bench_lampas"]) if re.search(args.only, r["name"])]
    with_torch = os.path.exists(path["bench_torch"])
    common = {r["name"] for r in listed(path["bench_torch"])} if with_torch else set()  # hooks have no counterpart in LibTorch
    version = report.run(path["bench_torch"], "--version").strip() if with_torch else "no LibTorch"
    if not with_torch:
        print("compare: LibTorch is missing (tools/deps.sh --bench): no ratios", file=sys.stderr)
    header = report.machine()
    print(header)
    if os.getloadavg()[0] > 0.3:
        print(f"compare: the machine is busy (load {os.getloadavg()[0]:.2f}): expect noise", file=sys.stderr)

    everything, failed = {}, False
    text = f"## Against {version}\n\n{header}.\n"
    for threads in [int(t) for t in args.threads.split(",")]:
        ours = Program(path["bench_lampas"], threads, args.clock)
        theirs = Program(path["bench_torch"], threads, args.clock) if with_torch else None
        peak = Program(path["peak"], threads, args.clock)
        env_peaks = subprocess.run([path["peak"], "--list", "--threads", str(threads)], capture_output=True, text=True, check=True).stdout
        peaks = [json.loads(line) for line in env_peaks.splitlines()]
        print(f"\n{threads} thread{'s' * (threads > 1)}\n")
        results = []
        for row in rows:
            other = theirs if row["name"] in common else None
            results.append(compare(row, ours, other, peak, peak_rows(row, peaks), args.rounds, args.ms))
            name, torch, lampas, ratio, share = cells(results[-1])
            print(f"{name:64} {torch:>10} {lampas:>10} {ratio:>9}  {share}", flush=True)
        for program in (ours, theirs, peak):
            if program:
                program.close()
        groups, slower, errors = summary(results)
        failed = failed or bool(slower or errors)
        everything[threads] = results
        for g in groups:
            print(f"{g[0]:16} {g[1]:>4} rows, geometric mean {g[2]:>6}, least {g[3]:>6}  of the peak {g[4] or '-'}")
        if slower:
            print("slower: " + "; ".join(f"{r['name']} {r['ratio']:.2f}×" for r in slower))
        for r in errors:
            print(f"failed: {r['name']}: {r['error']}")
        text += f"\n### {threads} thread{'s' * (threads > 1)}\n\n"
        text += report.table(["group", "rows", "ratio, geometric mean", "least ratio", f"share of the peak: {version}, lampas"], groups) + "\n"
        text += report.table(["row", version, "lampas", "ratio", "of the machine"], [cells(r) for r in results])
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump({"machine": header, "against": version, "results": everything}, f, indent=1)
    if args.write and args.only == "." and args.clock == "wall":
        report.write_section(args.write, "comparison", text)
    elif args.write:
        print(f"compare: {args.write} left alone: it holds complete runs only", file=sys.stderr)
    return 1 if args.strict and failed else 0


if __name__ == "__main__":
    sys.exit(main())
