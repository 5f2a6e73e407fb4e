"""Checks that every member in hostmem.natvis exists, by compiling its expressions as C in the source that defines the struct.

    natvis.py ROOT COMPILER [OPTION...]
"""
import os
import re
import subprocess
import sys
import xml.etree.ElementTree

ROOT = sys.argv[1]
NAMESPACE = "{http://schemas.microsoft.com/vstudio/debugger/natvis/2010}"


def expressions(element):
    """The expressions that the debugger evaluates."""
    for part in element.iter():
        yield from re.findall(r"\{([^{}]+)\}", part.text or "") if part.tag.endswith("DisplayString") else ()
        if part.tag.endswith("Item"):
            yield part.text
        if "Condition" in part.attrib:
            yield part.attrib["Condition"]


def main():
    tree = xml.etree.ElementTree.parse(os.path.join(ROOT, "cmake", "packaging", "hostmem.natvis"))
    source = '#include "hostmem.c"\n'
    count = 0
    for element in tree.getroot().findall(NAMESPACE + "Type"):
        name = element.attrib["Name"]
        source += f"void show_{name}(const struct {name} *self);\nvoid show_{name}(const struct {name} *self)\n{{\n"
        for expression in expressions(element):
            source += f"    (void)sizeof(self->{expression});\n"
            count += 1
        source += "}\n"
    # Structs that only have a typedef get its name.
    source = source.replace("const struct hmi_", "const hmi_")
    run = subprocess.run([*sys.argv[2:], "-std=c11", "-fsyntax-only", "-I" + os.path.join(ROOT, "src"),
                          "-I" + os.path.join(ROOT, "include"), "-x", "c", "-"], input=source, text=True, check=False)
    print(f"{count} expressions")
    return run.returncode or count < 10


sys.exit(main())
