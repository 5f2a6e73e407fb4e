"""Checks that all text files follow .editorconfig: lint_editorconfig.py FOLDER. Prints what is wrong, and where."""
import os
import re
import sys

import editorconfig


def files(folder):
    for path, folders, names in os.walk(folder):
        if path == folder:
            folders[:] = [name for name in folders if name not in ("build", ".git")]
        folders.sort()
        for name in sorted(names):
            yield os.path.join(path, name)


def faults(content, rules):
    """Yields the line, 0 for the whole file, and what is wrong with it."""
    text = content.decode("utf-8", "replace")
    if rules.get("charset") == "utf-8" and "\ufffd" in text:
        yield 0, "is not UTF-8"
    if rules.get("end_of_line") == "lf" and "\r" in text:
        yield 0, "has a carriage return"
    if rules.get("end_of_line") == "crlf" and re.search(r"(?<!\r)\n", text):
        yield 0, "has a line without a carriage return"
    if rules.get("insert_final_newline") == "true" and text and not text.endswith("\n"):
        yield 0, "does not end with a newline"
    limit = rules.get("max_line_length", "off")
    for number, line in enumerate(text.split("\n"), 1):
        if rules.get("trim_trailing_whitespace") == "true" and re.search(r"[ \t]\r?$", line):
            yield number, "ends with blanks"
        if rules.get("indent_style") == "space" and "\t" in re.match(r"\s*", line).group():
            yield number, "is indented by a tab"
        if limit.isdigit() and len(line) > int(limit):
            yield number, "is longer than %s columns" % limit


def main(folder):
    looked_at = wrong = 0
    for path in files(os.path.abspath(folder)):
        rules = editorconfig.get_properties(path)
        with open(path, "rb") as file:
            content = file.read()
        looked_at += 1
        for number, what in faults(content, rules):
            wrong += 1
            print("%s:%d: %s" % (os.path.relpath(path, folder), number, what))
    print("%d files, %d faults" % (looked_at, wrong))
    return 1 if wrong or not looked_at else 0


sys.exit(main(sys.argv[1]))
