#!/usr/bin/env python3
"""Checks the order of the folders of src/: a file may include only files of its own folder or a folder below it.
    lint_folders.py REPOSITORY
Prints a line for each include that runs upward or names no file, and fails if there is one."""
import pathlib
import re
import sys

# From the bottom up. "." is the entry points and the configuration; core is the state that COM objects share.
ORDER = ["os", "base", "books", "fault", "events", "budget", "core", "memory", "report", "trace", "counters", "com", "coreclr", "."]
CORE = {"core.c", "core.h", "core_state.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def folder(path):
    if path.parent == pathlib.PurePath("."):
        return "core" if path.name in CORE else "."
    return path.parts[0]


def main(repository):
    source = pathlib.Path(repository) / "src"
    files = sorted(source.rglob("*.[ch]"))
    wrong = 0
    for file in files:
        here = file.relative_to(source)
        if folder(here) not in ORDER:
            print(f"src/{here}: the folder has no place in the order")
            wrong += 1
            continue
        for name in INCLUDE.findall(file.read_text(encoding="utf-8")):
            there = pathlib.PurePath(name)
            if (file.parent / name).is_file() and "/" not in name:
                continue
            if not (source / there).is_file():
                print(f'src/{here}: "{name}" is named neither from src/ on nor from its own folder')
                wrong += 1
            elif ORDER.index(folder(there)) > ORDER.index(folder(here)):
                print(f'src/{here}: "{name}" lies above it')
                wrong += 1
    print(f"{len(files)} files, {wrong} wrong includes")
    return 1 if wrong or len(files) < 50 else 0


sys.exit(main(sys.argv[1]))
