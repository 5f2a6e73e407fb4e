"""Compares hostmem.man with what the library says about its counter set and, if the program prints them, with the strings
of hostmem.dll.

    check_manifest.py hostmem.man PROGRAM [ARGUMENT...]     (counters_list, perhaps in an emulator)
"""
import subprocess
import sys
import xml.etree.ElementTree

COUNTERS = "{http://schemas.microsoft.com/win/2005/12/counters}"


def described(path):
    """The lines that the program should print, and the strings that the DLL should have."""
    provider = xml.etree.ElementTree.parse(path).getroot().find(f".//{COUNTERS}provider")
    sets = provider.findall(f"{COUNTERS}counterSet")
    assert len(sets) == 1 and sets[0].get("instances") == "multiple"
    counters = sets[0].findall(f"{COUNTERS}counter")
    lines = [f"provider {provider.get('providerGuid')}", f"set {sets[0].get('guid')}"]
    for counter in counters:
        lines.append(f"counter {counter.get('id')} {counter.get('type')} {counter.get('detailLevel')}")
        attributes = [attribute.get("name") for attribute in counter.iter(f"{COUNTERS}counterAttribute")]
        assert attributes == ["reference"], f"counter {counter.get('id')}: {attributes}"
    names = [counter.get("name") for counter in counters]
    assert len(set(names)) == len(names)
    strings = []
    for place, element in enumerate([*sets, *counters]):
        for offset, attribute in enumerate(["name", "name", "description"], 1):
            strings.append(f"string {4 * place + offset} {element.get(attribute)}")
    return lines, strings


def compare(what, expected, found):
    for line in expected:
        if line not in found:
            print(f"{what} lacks: {line}")
    for line in found:
        if line not in expected:
            print(f"{what} has, unlike the manifest: {line}")
    return expected == found


def main(path, *command):
    lines, strings = described(path)
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    found = [line for line in printed if line.startswith("string ")]
    good = compare("the library", lines, [line for line in printed if line not in found])
    if found:
        good = compare("the DLL", strings, found) and good
    print(f"{len(lines) - 2} counters, {len(found)} strings")
    return 0 if good and len(lines) > 2 else 1


sys.exit(main(*sys.argv[1:]))
