#!/usr/bin/env python3
"""What governing costs a real runtime: processor time of whole programs, with hostmem against without, in turn.

    tests/bench/runtimes.py [ROUNDS] [RUNTIME...]        after cmake --build --preset mingw-x64

Each round runs every program plain, governed (pages, blocks, P/Invokes, a limit that is never reached) and governed with
a trace, one after the other. Printed are medians and quartiles of the rounds' ratios to plain. Times are user and
system time of the process under Wine, without Wine's server."""
import os
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "mingw-x64")
PROGRAMS = {"allocation-bound": ["objects:18:20", "arrays:400"], "code-bound": ["methods:12000", "contexts:60"]}
WAYS = {"plain": (["plain"], []), "governed": (["direct"], ["--limit", "4G"]),
        "with a trace": (["direct"], ["--limit", "4G", "--trace", "build/bench.trace"])}


def seconds(runtime, way, parts):
    words, options = WAYS[way]
    command = [os.path.join(ROOT, "cmake", "wine.sh"),
               os.path.join(BUILD, "tests", "coreclr", "real", "governed.exe"), *words, "--", *options, "--runtime",
               os.path.join(ROOT, "build", "deps", "dotnet", runtime),
               os.path.join(BUILD, "workload", "Workload.dll"), *parts]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} ended with {status}")
    return usage.ru_utime + usage.ru_stime


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    print("| runtime | program | plain | governed / plain | with a trace / plain |")
    print("|---|---|---|---|---|")
    for runtime in sys.argv[2:] or ["10.0.14-x64"]:
        for name, parts in PROGRAMS.items():
            times = [{way: seconds(runtime, way, parts) for way in WAYS} for _ in range(rounds + 1)][1:]
            row = [runtime, name, f"{statistics.median(t['plain'] for t in times):.2f} s"]
            for way in list(WAYS)[1:]:
                low, middle, high = statistics.quantiles([t[way] / t["plain"] for t in times], n=4)
                row.append(f"{middle:.3f} ({low:.3f} to {high:.3f})")
            print("| " + " | ".join(row) + " |", flush=True)


main()
