#!/usr/bin/env python3
"""Checks the relative links in the repository's Markdown files: the file exists, and so does the heading after the #.
    lint_links.py REPOSITORY"""
import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ +(.*?) *#*$", re.MULTILINE)


def anchors(path):
    """As GitHub makes them of headings."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(text)}


def main(repository):
    root = pathlib.Path(repository)
    names = subprocess.run(["git", "-C", repository, "ls-files", "-z", "*.md"], check=True, capture_output=True, text=True)
    files = [root / name for name in names.stdout.split("\0") if name]
    links = wrong = 0
    for file in files:
        for target in LINK.findall(FENCE.sub("", file.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            links += 1
            name, _, anchor = target.partition("#")
            there = file.parent / name if name else file
            if not there.exists():
                print(f"{file.relative_to(root)}: {target} does not exist")
                wrong += 1
            elif anchor and there.suffix == ".md" and anchor not in anchors(there):
                print(f"{file.relative_to(root)}: {target} has no such heading")
                wrong += 1
    print(f"{links} links in {len(files)} files, {wrong} wrong")
    return 1 if wrong or not links else 0


sys.exit(main(sys.argv[1]))
