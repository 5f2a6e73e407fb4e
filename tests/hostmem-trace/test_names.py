#!/usr/bin/env python3
"""Names of functions and methods in stacks, from images that are built here and from a .nettrace file that is made here:
    test_names.py FOLDER WRITE-TRACE... -- HOSTMEM-TRACE...
On Linux llvm-symbolizer finds the names; under Wine DbgHelp. Without the compilers the test is skipped."""
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

from nettrace_file import write_nettrace

split = sys.argv.index("--")
folder, write_trace, program = pathlib.Path(sys.argv[1]), sys.argv[2:split], sys.argv[split + 1:]
SOURCE = """
int first(void) { return 1; } /* where the linker has symbols of its own */
int sum(int number) { return number < 2 ? number : sum(number - 1) + number; }
int twice(int number) { return 2 * sum(number); }
__declspec(dllexport) int visible(int number) { return twice(number) + 1; }
int labelled(int number) { __asm__ volatile("label:\\n\\tnop"); return sum(number) + 3; }
int start(void) { return visible(3) + labelled(1); }
"""
BASE = 0x140000000
METHOD = 0x7ff600000000
OPTIONS = ["-O1", "-fno-inline", "-fno-optimize-sibling-calls"]
failures = 0


def check(what, got, expected):
    global failures
    if got != expected:
        failures += 1
        print(f"{what}:\n  {got}\nand not\n  {expected}")


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", **options)


def compiler(name):
    found = shutil.which(name)
    if not found:
        print(f"skipped: {name} is not installed (tests/run.sh installs it)")
        sys.exit(0)
    return found


def build(name, *commands):
    """Builds program.exe in a folder of its own. Returns the size of the image when it is loaded."""
    (folder / name).mkdir(exist_ok=True)
    for command in commands:
        subprocess.run(command, check=True, cwd=folder / name)
    data = (folder / name / "program.exe").read_bytes()
    header = struct.unpack_from("<I", data, 0x3c)[0]
    return struct.unpack_from("<I", data, header + 24 + 56)[0]


GCC = [compiler("x86_64-w64-mingw32-gcc"), *OPTIONS, "-nostdlib", "-Wl,-estart",
       f"-Wl,--image-base={BASE:#x}", "../names.c", "-o", "program.exe"]


def offsets(image):
    """By function, from the symbol table."""
    lines = subprocess.run(["x86_64-w64-mingw32-nm", str(image)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: int(address, 16) - BASE for address, name in re.findall(r"^(\w+) T (\w+)$", lines, re.M)}


def paths(trace, *options):
    """The one call path of a trace, innermost first, and what is said on standard error."""
    done = run([*program, "export", "--to", "collapsed", str(trace), *options])
    check(f"exit code with {options}", done.returncode, 0)
    lines = (done.stdout + done.stderr).splitlines()  # cmake/wine.sh has both streams in one
    said = [line for line in lines if line.startswith("hostmem-trace: ")]
    return [line for line in lines if line not in said][0].rsplit(" ", 1)[0].split(";")[::-1], said


def trace(name, size, frames):
    file = folder / f"{name}.trace"
    subprocess.run([*write_trace, "named", str(file), "program.exe", str(size), *map(str, frames)], check=True)
    return file


def test_images():
    size = build("dwarf", [*GCC, "-g", "-gdwarf-4"])
    at = offsets(folder / "dwarf" / "program.exe")
    # The last one returns to the beginning of another function: the call is before it.
    frames = [at["sum"] + 3, at["twice"] + 5, at["visible"] + 1, at["visible"], at["labelled"] + 6]
    file = trace("names", size, frames)
    names = ["program.exe!sum", "program.exe!twice", "program.exe!visible", "program.exe!twice", "program.exe!labelled"]
    check("without names", paths(file)[0], [f"program.exe+{frame:#x}" for frame in frames])
    check("DWARF", paths(file, "--symbols", str(folder / "dwarf")), (names, []))
    check("the second folder", paths(file, "--symbols", f"{folder / 'none'};{folder / 'dwarf'}"), (names, []))
    summary = run([*program, "summary", str(file), "--symbols", str(folder / "dwarf")])
    check("summary", " < ".join(names[:4]) in summary.stdout, True)  # the innermost four
    watched = run([*program, "watch", "--once", str(file), "--symbols", str(folder / "dwarf")])
    check("watch", " < ".join(names[:4]) in watched.stdout, True)
    page = run([*program, "report", str(file), "-o", "-", "--symbols", str(folder / "dwarf")])
    check("report", '"program.exe!twice"]' in page.stdout, True)
    same = run([*program, "diff", str(file), str(file), "--symbols", str(folder / "dwarf"), "--json"])
    check("diff", [row["name"] for row in json.loads(same.stdout)["paths"]], [" < ".join(names)])

    other = trace("other", size + 4096, frames)
    got, said = paths(other, "--symbols", str(folder / "dwarf"))
    check("another build", got, [f"program.exe+{frame:#x}" for frame in frames])
    check("what is said of it", said,
          ["hostmem-trace: program.exe in the folders for symbols is not the file that the process had"])


def test_symbolizer_that_starts_once():
    """What the first start found is kept."""
    once = folder / "once"
    once.mkdir(exist_ok=True)
    file = once / "llvm-symbolizer"
    file.write_text(f"#!/bin/sh\n{shutil.which('rm')} \"$0\"\nexec {compiler('llvm-symbolizer')} \"$@\"\n")
    file.chmod(0o755)
    before, os.environ["PATH"] = os.environ["PATH"], str(once)
    got, said = paths(folder / "names.trace", "--symbols", str(folder / "dwarf"))
    os.environ["PATH"] = before
    check("names", got[:3], ["program.exe!sum", "program.exe!twice", "program.exe!visible"])
    check("what is said of it", said, ["hostmem-trace: llvm-symbolizer cannot be started again; some names may be those of "
                                       "labels in functions"])


def test_symbol_table():
    """Without debug information the nearest symbol may be a wrong one, so the distance is shown."""
    size = build("table", GCC)
    at = offsets(folder / "table" / "program.exe")
    file = trace("table", size, [at["visible"] + 5])
    check("symbol table", paths(file, "--symbols", str(folder / "table"))[0], ["program.exe!visible+0x4"])


def test_pdb():
    clang, link = compiler("clang"), compiler("lld-link")
    size = build("pdb", [clang, "--target=x86_64-pc-windows-msvc", *OPTIONS, "-g", "-gcodeview", "-c", "../names.c"],
                 [link, "/nologo", "/entry:start", "/subsystem:console", "/nodefaultlib", "/debug", "/map",
                  f"/base:{BASE:#x}", "/out:program.exe", "names.o"])
    at = {name: int(address, 16) - BASE for name, address in
          re.findall(r"^ \w{4}:\w{8} +(\w+) +(\w{16})", (folder / "pdb" / "program.map").read_text(), re.M)}
    file = trace("pdb", size, [at["sum"] + 3, at["visible"] + 1])
    check("PDB", paths(file, "--symbols", str(folder / "pdb"))[0], ["program.exe!sum", "program.exe!visible"])


def test_methods():
    write_nettrace(folder / "names.nettrace", METHOD)
    size = build("dwarf", [*GCC, "-g", "-gdwarf-4"])
    at = offsets(folder / "dwarf" / "program.exe")
    file = trace("methods", size, [at["sum"] + 3, METHOD - BASE + 1, METHOD - BASE + 256, METHOD - BASE + 257])
    options = "--methods", str(folder / "names.nettrace")
    last = f"{METHOD + 257:#x}"
    check("methods", paths(file, *options)[0], [f"program.exe+{at['sum'] + 3:#x}", "Program.Main", "Program.Main", last])
    check("both", paths(file, *options, "--symbols", str(folder / "dwarf"))[0],
          ["program.exe!sum", "Program.Main", "Program.Main", last])


def test_refusals():
    file = str(folder / "names.trace")
    for code, said, arguments in (
            (1, "names.trace: it is not a .nettrace file of version 4", ["summary", file, "--methods", file]),
            (1, "no_such_file cannot be read", ["summary", file, "--methods", "no_such_file"]),
            (2, "export: csv has no stacks for --symbols and --methods", ["export", "--to", "csv", file, "--symbols", "."]),
            (2, "summary: unknown argument --symbols (--help)", ["summary", file, "--symbols"]),
            (2, "summary: unknown argument --methods (--help)", ["summary", file, "--methods", "a", "--methods", "b"])):
        done = run([*program, *arguments])
        check(f"exit code of {arguments}", done.returncode, code)
        check(f"output of {arguments}", re.fullmatch(f"hostmem-trace: .*{re.escape(said)}\n", done.stdout + done.stderr)
              is not None, True)


folder.mkdir(exist_ok=True)
(folder / "names.c").write_text(SOURCE)
test_images()
if not program[-1].endswith(".exe"):  # Wine's DbgHelp finds nothing there
    test_symbol_table()
    test_symbolizer_that_starts_once()
test_pdb()
test_methods()
test_refusals()
sys.exit(failures != 0)
