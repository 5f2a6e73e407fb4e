#!/usr/bin/env python3
"""The JSON of `hostmem-trace diff` against the events of both traces, as `hostmem-trace csv` has them:
    test_diff.py BEFORE AFTER -- HOSTMEM-TRACE..."""
import collections
import csv
import io
import json
import re
import subprocess
import sys

split = sys.argv.index("--")
traces, program = sys.argv[1:split], sys.argv[split + 1:]
FRAMES = 4  # as many as csv shows


def run(*arguments, expected=0):
    done = subprocess.run([*program, *arguments], capture_output=True, text=True, encoding="utf-8")
    if done.returncode != expected:
        sys.exit(f"{arguments}: exit code {done.returncode}, not {expected}: {done.stderr}")
    return done.stdout


def left(trace):
    """By origin: blocks and bytes that were left, and all that were allocated."""
    live, origins = {}, collections.defaultdict(lambda: [0, 0, 0, 0])
    for row in csv.DictReader(io.StringIO(run("csv", trace))):
        block = row["address"], row["out"]
        if row["event"] in ("Alloc", "DebugAlloc"):
            live[block] = row["origin"].lstrip("'") or "not known", int(row["size"])
            amount = origins[live[block][0]]
            amount[2] += 1
            amount[3] += int(row["size"])
        elif row["event"] == "Free":
            live.pop(block, None)
    for name, size in live.values():
        origins[name][0] += 1
        origins[name][1] += size
    return origins


def said(comparison, side):
    origins = collections.defaultdict(lambda: [0, 0, 0, 0])
    for row in comparison["origins"] + comparison["paths"]:
        name = " < ".join(row["name"].split(" < ")[:FRAMES])
        amount = row[side]
        for i, key in enumerate(("blocks", "bytes", "allBlocks", "allBytes")):
            origins[name][i] += amount[key]
    return {name: amount for name, amount in origins.items() if any(amount)}


failures = 0
comparison = json.loads(run("diff", *traces, "--json", expected=5))
for side, trace in zip(("before", "after"), traces):
    expected = dict(left(trace))
    if said(comparison, side) != expected:
        failures += 1
        print(f"{side}: {said(comparison, side)}, and not {expected}")
    # The sizes and the summary's figure of the heap have the same sum.
    total = sum(amount[1] for amount in expected.values())
    sizes = sum(row[side]["bytes"] for row in comparison["sizes"])
    heap = next(row[side]["bytes"] for row in comparison["figures"] if row["name"] == "heap, last")
    if not total == sizes == heap:
        failures += 1
        print(f"{side}: {total} bytes left, {sizes} by size, {heap} in the heap")
for table in ("figures", "origins", "paths", "sizes"):
    grown = [row["grew"] for row in comparison[table]]
    wrong = [row for row in comparison[table]
             if row["grew"] != max(0, row["after"]["bytes"] - row["before"]["bytes"])]
    if grown != sorted(grown, reverse=True) or wrong or not grown:
        failures += 1
        print(f"{table}: {grown} {wrong}")
paths = [row["name"] for row in comparison["paths"]]
if len(paths) != 2 or not all(re.fullmatch(r"clr\.dll\+0x100( < clr\.dll\+0x\d00){4} < host\.exe\+0x\d00", path)
                              for path in paths):
    failures += 1
    print(f"paths: {paths}")
print(f"{len(comparison['origins'])} origins, {len(paths)} paths, {failures} failures")
sys.exit(bool(failures))
