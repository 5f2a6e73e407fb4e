"""Runs the conformance suite on a manager and on the mutants' correct manager, which does not use hostmem, on a system that
lacks some of Windows' behaviour. The manager must pass every rule that the correct one passes. Rules that neither passes
must be on the command line, and must fail in the same way in both.

    conformance_beside.py FOLDER [RULE...] -- EMULATOR...

FOLDER has conformance.exe, hostmem_factory.dll and mutants.dll.
"""
import re
import subprocess
import sys

FOLDER = sys.argv[1]
SPLIT = sys.argv.index("--")
KNOWN = set(sys.argv[2:SPLIT])
EMULATOR = sys.argv[SPLIT + 1:]


def results(dll):
    """{rule: (verdict, what was seen)}; addresses in data are the run's own, those in code are not."""
    run = subprocess.run([*EMULATOR, "./conformance.exe", "--timeout", "120000", dll], cwd=FOLDER, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    print(run.stdout, flush=True)
    found = {}
    for line in run.stdout.splitlines():
        rule = re.match(r"(pass|FAIL|crash|hang) +(\w+) ", line)
        if rule:
            last = rule.group(2)
            found[last] = (rule.group(1), "")
        elif found and line.startswith("  ") and found[last][0] != "pass":
            seen = re.sub(r"\([0-9A-Fa-f]+,", "(ADDRESS,", line.strip())
            found[last] = (found[last][0], found[last][1] + seen)
    return found


def main():
    ours = results("hostmem_factory.dll")
    right = results("mutants.dll")
    faults = []
    if len(ours) < 70 or sorted(ours) != sorted(right):
        faults.append(f"{len(ours)} and {len(right)} rules ran")
    for rule, (verdict, seen) in ours.items():
        if verdict == "pass":
            continue
        if right.get(rule) != (verdict, seen):
            faults.append(f"{rule}: {verdict}, {seen}; on the right manager {right.get(rule)}")
        elif rule not in KNOWN:
            faults.append(f"{rule}: {verdict} on both managers, which is new")
        else:
            print(f"not shown here: {rule} ({verdict} on both managers: {seen})")
    failed = sum(verdict != "pass" for verdict, _ in ours.values())
    print("\n".join(faults))
    print(f"{len(ours)} rules: {len(ours) - failed} pass, {failed} fail here on any manager, {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
