"""Prints the coverage that gcovr has measured (coverage.json) and compares it with the goals
and with the list of uncovered lines.

    check_coverage.py coverage.json uncovered.txt
    check_coverage.py --list uncovered.txt          # only whether each entry still fits a line; in the sources' folder

The list names lines by their text, so that it does not depend on line numbers. Blocks begin with the file in brackets;
below it come reasons, which begin with "#", each with the source lines that it applies to:

    [src/file.c]
    # why these do not run
    the text of a line
    the text of the line above >> the text of a line

The second form is for texts that occur more than once. A line that did not run needs an entry; an entry that fits no
line of its file is an error, too, so that the list cannot go stale. Branches only count towards their goal.
"""
import json
import sys

LINES_GOAL = 95.0
BRANCHES_GOAL = 90.0


def read_list(path):
    """{file: {text of a line: reason}}"""
    entries, current, reason, in_reason = {}, None, None, False
    with open(path, encoding="utf-8") as listing:
        for number, line in enumerate(listing, 1):
            line = line.strip()
            comment = line.startswith("# ")
            if comment:
                reason = f"{reason} {line[2:]}" if in_reason else line[2:]
            elif line.startswith("["):
                current, reason = entries.setdefault(line.strip("[]"), {}), None
            elif not line:
                reason = None
            elif current is not None and reason:
                current[line] = reason
            elif current is not None:
                sys.exit(f"{path}:{number}: no reason is given for: {line}")
            in_reason = comment
    return entries


def stale_entries(list_path, name, entries, texts, pairs):
    return [f"{list_path}: {name} has no such line any more: {text}"
            for text in entries if text not in texts and text not in pairs]


def lines_of(path):
    """The lines, and each with the one above it."""
    with open(path, encoding="utf-8") as source:
        texts = [line.strip() for line in source]
    return texts, [f"{above} >> {text}" for above, text in zip([""] + texts, texts)]


def check_list(list_path):
    mistakes = []
    for name, entries in read_list(list_path).items():
        try:
            mistakes += stale_entries(list_path, name, entries, *lines_of(name))
        except FileNotFoundError:
            mistakes.append(f"{list_path}: there is no {name}")
    return mistakes


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def main(report_path, list_path):
    with open(report_path, encoding="utf-8") as report:
        files = json.load(report)["files"]
    excused = read_list(list_path)
    mistakes = []
    totals = [0, 0, 0, 0]

    print(f"{'':28}{'lines':>20}{'branches':>22}")
    for file in sorted(files, key=lambda entry: entry["file"]):
        name = file["file"]
        texts, pairs = lines_of(name)
        figures = [0, 0, 0, 0]
        for line in file["lines"]:
            if line["gcovr/noncode"]:
                continue
            text, pair = texts[line["line_number"] - 1], pairs[line["line_number"] - 1]
            figures[0] += line["count"] > 0
            figures[1] += 1
            figures[2] += sum(branch["count"] > 0 for branch in line["branches"])
            figures[3] += len(line["branches"])
            if line["count"] == 0 and not {text, pair} & excused.get(name, {}).keys():
                mistakes.append(f"{name}:{line['line_number']}: does not run and is not listed: {text}")
        print(f"{name:28}{figures[0]:6} of{figures[1]:5}{percent(*figures[:2]):6.1f} %"
              f"{figures[2]:8} of{figures[3]:5}{percent(*figures[2:]):6.1f} %")
        totals = [total + figure for total, figure in zip(totals, figures)]
        mistakes += stale_entries(list_path, name, excused.pop(name, {}), texts, pairs)
    for name in excused:
        mistakes.append(f"{list_path}: {name} is not among the files that ran")

    lines, branches = percent(*totals[:2]), percent(*totals[2:])
    print(f"{'together':28}{totals[0]:6} of{totals[1]:5}{lines:6.1f} %{totals[2]:8} of{totals[3]:5}{branches:6.1f} %")
    if lines < LINES_GOAL:
        mistakes.append(f"{lines:.1f} % of the lines run; the goal is {LINES_GOAL} %")
    if branches < BRANCHES_GOAL:
        mistakes.append(f"{branches:.1f} % of the branches are taken; the goal is {BRANCHES_GOAL} %")
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if sys.argv[1] == "--list":
        sys.exit("\n".join(check_list(sys.argv[2])) or 0)
    sys.exit(main(*sys.argv[1:]))
