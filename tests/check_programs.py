"""Checks which tests of 32-bit programs are disabled: check_programs.py REPOSITORY WORK

Configures the x86 preset twice, as for a machine that runs 32-bit programs and as for one that does not, and reads
CTest's list of the tests: all are enabled on the first; on the second exactly those are disabled that would run a program
of the build or need the output of one. Then the probe itself, the test that programs run, and the last line of
tests/run.sh.
"""
import ctypes
import json
import os
import shutil
import struct
import subprocess
import sys

REPOSITORY, WORK = sys.argv[1:]
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
AUDIT_ARCH_I386 = 0x40000003
SECCOMP_RET_TRAP, SECCOMP_RET_ALLOW = 0x00030000, 0x7FFF0000
BPF_LOAD_WORD, BPF_JUMP_IF_EQUAL, BPF_RETURN = 0x20, 0x15, 0x06
OFFSET_OF_ARCH = 4  # in struct seccomp_data


def run(*command, status=0, answer=None, **options):
    environment = {name: value for name, value in os.environ.items() if name != "HOSTMEM_RUNS_X86"}
    if answer:
        environment["HOSTMEM_RUNS_X86"] = answer
    ended = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                           check=False, **options)
    if (ended.returncode == 0) != (status == 0):
        sys.exit(f"{' '.join(command)}: exit code {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def forbid_32_bit_calls():
    """From here on a 32-bit system call ends the process, as on a kernel that has none."""
    instructions = b"".join(struct.pack("HBBI", *instruction) for instruction in (
        (BPF_LOAD_WORD, 0, 0, OFFSET_OF_ARCH),
        (BPF_JUMP_IF_EQUAL, 0, 1, AUDIT_ARCH_I386),
        (BPF_RETURN, 0, 0, SECCOMP_RET_TRAP),
        (BPF_RETURN, 0, 0, SECCOMP_RET_ALLOW)))
    buffer = ctypes.create_string_buffer(instructions)
    program = struct.pack("HxxxxxxP", len(instructions) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def tests_where(answer, preset="mingw-x86"):
    """The tests of a preset by name, where the probe's answer is this."""
    folder = os.path.join(WORK, f"{preset}-{answer}")
    run("cmake", "--preset", preset, "-S", REPOSITORY, "-B", folder, "-DHOSTMEM_BUILD_TESTS=ON", answer=answer,
        cwd=REPOSITORY)
    listed = json.loads(run("ctest", "--test-dir", folder, "--show-only=json-v1"))
    return {test["name"]: test for test in listed["tests"]}, folder


def properties(test):
    return {each["name"]: each["value"] for each in test.get("properties", [])}


def is_disabled(test):
    return bool(properties(test).get("DISABLED"))


def runs_a_program(test):
    # A program that is not built yet has no command. All others are run through the emulator.
    command = test.get("command", ["not built"])
    return "-DRUN=FALSE" not in command and any(
        word.endswith((".exe", "wine.sh", "not built")) for word in command)


def expect(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def check_tests():
    enabled, folder_with = tests_where("yes")
    for name, test in enabled.items():
        expect(not is_disabled(test), f"{name} is disabled where 32-bit programs run")
    disabled, folder_without = tests_where("no")
    expect(enabled.keys() == disabled.keys(), "the two answers make different tests")
    for name, test in enabled.items():
        expect("x86" in properties(test).get("LABELS", []), f"{name} has not got its label (labels.cmake)")

    left_out = {name for name, test in disabled.items() if runs_a_program(test)}
    expect(len(left_out) > 100, f"only {len(left_out)} tests run programs")
    while True:  # and what needs them
        missing = {fixture for name in left_out for fixture in properties(disabled[name]).get("FIXTURES_SETUP", [])}
        more = {name for name, test in disabled.items()
                if name not in left_out and missing & set(properties(test).get("FIXTURES_REQUIRED", []))}
        if not more:
            break
        left_out |= more
    for name, test in disabled.items():
        expect(is_disabled(test) == (name in left_out),
               f"{name} is {'disabled' if is_disabled(test) else 'enabled'} where 32-bit programs do not run")
    for kind in ("stack_usage", "headers_", "dll_tables", "consumer."):
        expect(any(kind in name and name not in left_out for name in disabled), f"no test {kind} is left")
    print(f"{len(left_out)} of {len(disabled)} tests are disabled where 32-bit programs do not run")

    for_64_bit, _ = tests_where("no", "mingw-x64")
    expect(not any(map(is_disabled, for_64_bit.values())), "64-bit tests are disabled where 32-bit programs do not run")

    not_run = os.path.join(REPOSITORY, "tests", "not_run.sh")
    expect(run(not_run, folder_with) == "", "tests are said to be left out where none is")
    line = run(not_run, folder_without)
    expect(line.startswith(f"hostmem: {len(left_out)} tests ") and line.count("\n") == 1, f"the line is: {line}")
    run("cmake", "--preset", "mingw-x86", "-B", folder_with, answer="perhaps", status=1, cwd=REPOSITORY)


def check_probe():
    probe = os.path.join(REPOSITORY, "cmake", "runs_x86.sh")
    here = run(probe)
    expect(here in ("yes\n", "no\n"), f"the probe says: {here}")
    print(f"this machine: {here.strip()}")
    expect(run(probe, preexec_fn=forbid_32_bit_calls) == "no\n", "the probe says yes where 32-bit calls are forbidden")
    for answer in ("yes", "no"):
        expect(run(probe, answer=answer, preexec_fn=forbid_32_bit_calls) == answer + "\n", "the probe cannot be told")
    run(probe, answer="perhaps", status=1)


def check_proof():
    """Where the answer is yes a program that does not run is a failure, whatever it prints."""
    proof = os.path.join(REPOSITORY, "tests", "support", "really_runs.sh")
    for code, status in ((0, 1), (1, 1), (42, 0)):
        emulator = os.path.join(WORK, f"exits_with_{code}")
        with open(emulator, "w", encoding="ascii") as script:
            script.write(f"#!/bin/sh\nexit {code}\n")
        os.chmod(emulator, 0o755)
        run(proof, emulator, "--test", "program.exe", status=status)


shutil.rmtree(WORK, ignore_errors=True)
os.makedirs(WORK)
check_probe()
check_proof()
check_tests()
