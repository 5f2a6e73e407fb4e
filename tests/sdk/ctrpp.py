"""Microsoft's preprocessor for counter manifests accepts hostmem.man, under Wine; what it generates must be what the
library has: the strings of cmake/hostmem.rc.in with their numbers, and descriptions of counters as os/win32_counters.c
makes them.

    ctrpp.py SDK WINE ROOT WORK     (SDK: what prepare.sh made)
"""
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

SDK, WINE, ROOT, WORK = sys.argv[1:]
COUNTER = "{http://schemas.microsoft.com/win/2005/12/counters}counter"
STRING = re.compile(r'^\s+(\d+) (".*?")(?: //.*)?$', re.MULTILINE)


def read(path, encoding="utf-8"):
    with open(path, encoding=encoding) as file:
        return file.read()


shutil.rmtree(WORK, ignore_errors=True)
os.makedirs(WORK)
manifest = shutil.copy(os.path.join(ROOT, "cmake", "hostmem.man"), WORK)
result = subprocess.run([WINE, "--test", os.path.join(SDK, "bin", "ctrpp.exe"), "-o", "hostmem.h", "-rc", "hostmem.rc",
                         "hostmem.man"], cwd=WORK, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
if result.returncode:
    sys.exit(f"ctrpp.exe ended with {result.returncode}: {result.stdout.decode(errors='replace')}")

theirs = STRING.findall(read(os.path.join(WORK, "hostmem.rc"), "utf-16"))
ours = STRING.findall(read(os.path.join(ROOT, "cmake", "hostmem.rc.in")))
if not theirs or theirs != ours:
    sys.exit(f"other strings than in hostmem.rc.in: {sorted(set(theirs) ^ set(ours))}")

described = [f"{{ {counter.get('id')}, {counter.get('type').upper()}, PERF_ATTRIB_BY_REFERENCE, sizeof(ULONGLONG), "
             f"{'PERF_DETAIL_ADVANCED' if counter.get('detailLevel') == 'advanced' else 'PERF_DETAIL_NOVICE'}, 0, 0 }}"
             for counter in xml.etree.ElementTree.parse(manifest).iter(COUNTER)]
header = read(os.path.join(WORK, "hostmem.h"))
if re.findall(r"\{ \d+, PERF_\w+, .*? \}", header) != described or "PERF_COUNTERSET_MULTI_INSTANCES }" not in header:
    sys.exit(f"other counters than:\n{described}\nin:\n{header}")
print(f"{len(described)} counters, {len(theirs)} strings")
