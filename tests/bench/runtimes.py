#!/usr/bin/env python3
"""What governing costs a real runtime: whole programs with hostmem against the same without.

    tests/bench/runtimes.py [ROUNDS] [RUNTIME...]            after cmake --build --preset mingw-x64
    tests/bench/runtimes.py --samples [ROUNDS] [RUNTIME...]

Each round runs every program plain, governed (pages, blocks, P/Invokes, a limit that is never reached) and governed with
a trace, one after the other. So that every run does the same work, the collector does not run beside the program, and
the size of generation 0 is given: it then collects equally often each time.

Printed are medians and quartiles of the rounds' ratios to plain; times are user and system time of the process under
Wine, without Wine's server. Where other guests use the machine, these times do not tell some hundredths. --samples (with
perf, Debian's linux-perf) tells how many of the samples of a profile lie in the library's functions, whatever else the
machine does."""
import os
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "mingw-x64")
HOST = os.path.join(BUILD, "tests", "coreclr", "real", "governed.exe")
PROGRAMS = {"allocation-bound": ["objects:18:20", "arrays:400"], "code-bound": ["methods:12000", "contexts:60"]}
WAYS = {"plain": (["plain"], []), "governed": (["direct"], ["--limit", "4G"]),
        "with a trace": (["direct"], ["--limit", "4G", "--trace", "build/bench.trace"])}
SETTINGS = {**os.environ, "DOTNET_gcConcurrent": "0", "DOTNET_GCgen0size": "0x4000000"}
PERF = ["perf", "record", "-q", "-F", "4000", "-e", "cpu-clock"]


def command(runtime, way, parts):
    words, options = WAYS[way]
    return [os.path.join(ROOT, "cmake", "wine.sh"), HOST, *words, "--", *options, "--runtime",
            os.path.join(ROOT, "build", "deps", "dotnet", runtime),
            os.path.join(BUILD, "workload", "Workload.dll"), *parts]


def start(arguments):
    return subprocess.Popen(arguments, cwd=ROOT, env=SETTINGS, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def seconds(runtime, way, parts):
    _, status, usage = os.wait4(start(command(runtime, way, parts)).pid, 0)
    if status:
        sys.exit(f"{' '.join(command(runtime, way, parts))} ended with {status}")
    return usage.ru_utime + usage.ru_stime


def times(rounds, runtime, parts):
    taken = [{way: seconds(runtime, way, parts) for way in WAYS} for _ in range(rounds + 1)][1:]
    row = [f"{statistics.median(t['plain'] for t in taken):.2f} s"]
    for way in list(WAYS)[1:]:
        low, middle, high = statistics.quantiles([t[way] / t["plain"] for t in taken], n=4)
        row.append(f"{middle:.3f} ({low:.3f} to {high:.3f})")
    return row


def symbols(file):
    """Address and name of each function, in order."""
    lines = subprocess.run(["x86_64-w64-mingw32-nm", "-n", file], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [(int(address, 16), name) for address, name in re.findall(r"^([0-9a-f]+) [tT] (\S+)$", lines, re.MULTILINE)]


def code_of_the_library():
    """The addresses of the library's functions in the host, whose image is not moved under Wine."""
    own = {name for _, name in symbols(os.path.join(BUILD, "libhostmem.a")) if not name.startswith(".")}
    every = symbols(HOST)
    return [range(each[0], following[0]) for each, following in zip(every, every[1:]) if each[1] in own]


def samples(runtime, way, parts):
    """How many samples of the process lie in the library's code, and how many there are."""
    with tempfile.NamedTemporaryFile(suffix=".perf") as data:
        recording = start([*PERF, "-o", data.name, *command(runtime, way, parts)])
        if recording.wait():
            sys.exit(f"perf ended with {recording.returncode}")
        script = subprocess.run(["perf", "script", "-i", data.name, "-F", "comm,ip"], stdout=subprocess.PIPE, text=True,
                                stderr=subprocess.DEVNULL, check=True)
    lines = re.findall(r"^ *(?:governed\.exe|\.NET\b.*?) +([0-9a-f]+) *$", script.stdout, re.MULTILINE)
    code = {address for function in code_of_the_library() for address in function}
    return sum(int(ip, 16) in code for ip in lines), len(lines)


def shares(rounds, runtime, parts):
    row = []
    for way in list(WAYS)[1:]:
        found = [samples(runtime, way, parts) for _ in range(rounds)]
        own, every = (sum(column) for column in zip(*found))
        row.append(f"{100 * own / every:.2f} % of {every}")
    return row


def main():
    arguments = sys.argv[1:]
    measure = shares if "--samples" in arguments else times
    arguments = [argument for argument in arguments if argument != "--samples"]
    rounds = int(arguments[0]) if arguments else 15
    print("| runtime | program | " + ("" if measure is shares else "plain | ") + "governed | with a trace |")
    print("|---" * (4 if measure is shares else 5) + "|")
    for runtime in arguments[1:] or ["10.0.14-x64"]:
        for name, parts in PROGRAMS.items():
            print("| " + " | ".join([runtime, name, *measure(rounds, runtime, parts)]) + " |", flush=True)


main()
