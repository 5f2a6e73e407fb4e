#!/usr/bin/env python3
"""Checks that every file of src/ with a memory order weaker than sequential consistency says what it relies on.
    lint_memory_order.py REPOSITORY
A comment in the file, or in the .c or .h file of the same name, has the words "Checked against ARM's memory model". Counters
and references need none: additions, and the subtraction with which a reference is dropped."""
import pathlib
import re
import sys

NOTE = re.compile(r"Checked against[\s*]+ARM's[\s*]+memory[\s*]+model")
OPERATION = re.compile(r"\batomic_(\w+)_explicit\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
COUNTER = re.compile(r"atomic_fetch_(add|sub)_explicit\(.*memory_order_(relaxed|release|acq_rel)\)$", re.DOTALL)


def unexplained(text):
    """The operations with an order of their own that are not a counter's, and other mentions of orders."""
    rest = OPERATION.sub(lambda found: "" if COUNTER.match(found.group()) else found.group(), text)
    return re.findall(r"memory_order_\w+", rest)


def main(repository):
    source = pathlib.Path(repository) / "src"
    wrong = weak = 0
    for file in sorted(source.rglob("*.[ch]")):
        text = file.read_text(encoding="utf-8")
        orders = unexplained(text)
        if not orders:
            continue
        weak += 1
        partner = file.with_suffix(".h" if file.suffix == ".c" else ".c")
        notes = text + (partner.read_text(encoding="utf-8") if partner.is_file() else "")
        if not NOTE.search(notes):
            print(f"src/{file.relative_to(source)}: {', '.join(sorted(set(orders)))}, and no comment about ARM's memory model")
            wrong += 1
    print(f"{weak} files with weak memory orders, {wrong} without a comment about them")
    return 1 if wrong or weak < 10 else 0


sys.exit(main(sys.argv[1]))
