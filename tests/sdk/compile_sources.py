"""Compiles every source of a build in Visual C++'s mode, with MinGW-w64's headers and the replacement for the Windows SDK's
mscoree.h, to find problems with the SDK's declarations without the SDK. Nothing is linked.

    compile_sources.py CLANG MINGW_INCLUDE ROOT COMPILE_COMMANDS [DEFINITION...]

The sources and their options are those of COMPILE_COMMANDS. DEFINITIONs are for targets with the strict warnings (those
linked with hostmem_warnings). Fails if a source does not compile, or if one that includes hostmem/interfaces.h has not
included the replacement.
"""
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
import tempfile

CLANG, MINGW_INCLUDE, ROOT, COMMANDS = sys.argv[1:5]
DEFINITIONS = ["-D" + name for name in sys.argv[5:]]
HERE = os.path.dirname(os.path.abspath(__file__))
STAND_IN = os.path.join(ROOT, "tests", "interfaces", "sdk")
WAY = ["--target=x86_64-pc-windows-msvc", "-fgnuc-version=4.2.1", "-fsyntax-only",
       "-include", os.path.join(HERE, "visual_c.h"), "-isystem", HERE, "-isystem", STAND_IN, "-isystem", MINGW_INCLUDE]


def options_of(entry):
    """The options of a GCC command that say what is compiled, without those for the target."""
    words = shlex.split(entry["command"])[1:]
    options = []
    for index, word in enumerate(words):
        if word.startswith(("-D", "-I", "-std=", "-W")) and not word.startswith("-Wl,"):
            options.append(word)
        elif word in ("-isystem", "-include"):
            # Without the precompiled header, so that a source must include what it needs.
            if os.path.basename(words[index + 1]) != "cmake_pch.h":
                options += [word, words[index + 1]]
    if "-Wconversion" in options:
        options += DEFINITIONS
    return options


def compile_source(source, directory, options):
    """Returns the compiler's complaints, or None, and whether the source includes hostmem/interfaces.h."""
    if not os.path.exists(source):
        return "it has not been made yet: build everything first\n", False
    with tempfile.TemporaryFile() as dependencies:
        run = subprocess.run(
            [CLANG, *options, *WAY, "-MD", "-MF", f"/dev/fd/{dependencies.fileno()}", "-MT", "x", source], cwd=directory,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True, pass_fds=[dependencies.fileno()])
        dependencies.seek(0)
        included = [os.path.normpath(os.path.join(directory, name))
                    for name in dependencies.read().decode().replace("\\\n", " ").split()[1:]]
    concerned = os.path.join(ROOT, "include", "hostmem", "interfaces.h") in included
    if run.returncode:
        return run.stdout, concerned
    if concerned and os.path.join(STAND_IN, "mscoree.h") not in included:
        return "compiled, but with another mscoree.h\n", concerned
    return None, concerned


def main():
    with open(COMMANDS, encoding="utf-8") as file:
        entries = json.load(file)
    # A source in two targets is compiled once, for the first.
    work = {entry["file"]: (entry["directory"], options_of(entry)) for entry in reversed(entries)
            if entry["file"].endswith(".c")}
    concerned = 0
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {pool.submit(compile_source, source, *work[source]): source for source in sorted(work)}
        for job in concurrent.futures.as_completed(jobs):
            complaint, includes = job.result()
            concerned += includes
            if complaint:
                failed += 1
                print(f"FAILED: {os.path.relpath(jobs[job], ROOT)}\n{complaint}", flush=True)
    print(f"{len(work)} sources, {concerned} of them with hostmem/interfaces.h, {failed} failed")
    return 1 if failed or not concerned else 0


sys.exit(main())
