#!/usr/bin/env python3
"""What hostmem-trace says while it reads a long file, on a terminal, and that it says nothing elsewhere:
    test_progress.py TRACE FOLDER -- HOSTMEM-TRACE...
TRACE has more than a million events."""
import os
import pathlib
import pty
import re
import subprocess
import sys

split = sys.argv.index("--")
trace, folder, program = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[split + 1:]
failures = 0


def check(what, good, shown):
    global failures
    if not good:
        failures += 1
        print(f"{what}: {shown!r}")


def on_terminal(arguments, **options):
    """What is printed on standard error, which is a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen([*program, *arguments], stdout=subprocess.DEVNULL, stderr=slave, **options)
    os.close(slave)
    text = b""
    while True:
        try:
            some = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        text += some
    os.close(master)
    check(f"{arguments[0]}: exit code", process.wait() == 0, process.returncode)
    return text.decode()


for arguments in (["summary"], ["csv", "-o", folder / "progress.csv"], ["report", "-o", folder / "progress.html"],
                  ["export", "--to", "collapsed"]):
    arguments = [*map(str, arguments), trace]
    text = on_terminal(arguments)
    percents = [int(percent) for percent in re.findall(r"\r *(\d+) % read", text)]
    check(f"{arguments[0]}: percentages", len(percents) > 50 and percents == sorted(set(percents)), percents)
    check(f"{arguments[0]}: percentages from beginning to end", percents[:1] < [10] and percents[-1:] > [90], percents)
    check(f"{arguments[0]}: nothing stays", re.search(r"\r +\r$", text), text[-40:])
    quiet = subprocess.run([*program, *arguments], capture_output=True, text=True)
    check(f"{arguments[0]}: nothing elsewhere", not quiet.stderr and "% read" not in quiet.stdout, quiet.stderr)

with open(trace, "rb") as file:
    text = on_terminal(["summary", "-"], stdin=file)
check("the size of a file on standard input is known or its events are counted", "read" in text, text)
cat = subprocess.Popen(["cat", trace], stdout=subprocess.PIPE)
text = on_terminal(["summary", "-"], stdin=cat.stdout)
cat.stdout.close()
cat.wait()
check("events of a pipe are counted", "\r1 million events read" in text, text)
check("nothing stays of that", re.search(r"\r +\r$", text), text[-40:])
sys.exit(failures != 0)
