"""How cmake/wine.sh --test handles a program's output, its exit code, and a failed start:
check_wine.py REPOSITORY WORK

A script replaces Wine. It prints a file that the test has written, counts how often it was started, and exits with a
code that the test sets.
"""
import os
import subprocess
import sys

REPOSITORY, WORK = sys.argv[1:]
LOST_SERVER = os.path.join(WORK, "lost_server")
LOST_FS = os.path.join(WORK, "lost_fs")
NOISE = (
    "wine client error:324: ",
    "wine client error:24: write: Bad file descriptor",
    "wine client error:3ac: sendmsg: Connection reset by peer",
    "wine client error:6d0: sendmsg: Socket operation on non-socket",
    "wine client error:3ac: wakeup read: Interrupted system call",
    "wine client error:0: partial write 12",
    "wine client error:1f: read: Input/output error",
    "wine client error:1b0: partial wakeup read -1",
)
KEPT = (
    "wine client error:",
    "wine client error:324",
    "wine client error:32G: write: Bad file descriptor",
    "wine client error: 324: write: Bad file descriptor",
    "wine client error:324: write: Bad file descriptor (and more)",
    "wine client error:324: something that Wine does not say",
    "wine client error:324: write",
    " wine client error:324: write: Bad file descriptor",
    "clrhost: wine client error:324: write: Bad file descriptor",
    "wine client error:324: write: Bad file descriptor\r",  # a program's own line
    "wine client errors:324: ",
    "Wine client error:324: ",
    "wine: client error:324: ",
    "wine server error:324: ",
    "",
    "clrhost: there is no type Forest in Trees.exe\r",
    "\xff\x80 what is no UTF-8",
)
STAND_IN = """#!/bin/sh
echo . >>"{work}/starts"
if [ "$(wc -l <"{work}/starts")" -le "$LOST_SERVERS" ]; then
    : >"{work}/server_gone"
    [ "$HANG" = no ] && exit 0
    exec sleep 1000
fi
if [ "$(wc -l <"{work}/starts")" -le "$FAILED_STARTS" ]; then
    cat "{work}/start_error" >&2
    exit "$START_CODE"
fi
cat "{work}/output"
exit "$CODE"
"""


# Wine's server: -p300 starts it, if it does not run; -w waits until it has ended.
SERVER = """#!/bin/sh
case "$1" in
-p300) [ -e "{work}/server_gone" ] || exit 2; rm "{work}/server_gone" ;;
-w) while [ ! -e "{work}/server_gone" ]; do sleep 0.05; done ;;
esac
"""
NO_PROCESS = b"ShellExecuteEx failed: File not found.\n"


def run(output, code=0, failed_starts=0, program="program.exe", start_error=NO_PROCESS, start_code=1,
        lost_servers=0, hang="yes"):
    """Returns the output, the exit code, and the number of starts; standard error for a test program."""
    for name, content in (("output", output), ("start_error", start_error)):
        with open(os.path.join(WORK, name), "wb") as file:
            file.write(content)
    with open(os.path.join(WORK, "starts"), "wb"):
        pass
    environment = dict(os.environ, PATH=f"{WORK}:{os.environ['PATH']}", CODE=str(code),
                       FAILED_STARTS=str(failed_starts), START_CODE=str(start_code), HOSTMEM_WINE_PAUSE="0",
                       HOSTMEM_WINE_LOST_FS=LOST_FS, HOSTMEM_WINE_LOST_SERVER=LOST_SERVER,
                       LOST_SERVERS=str(lost_servers), HANG=hang)
    ended = subprocess.run([os.path.join(REPOSITORY, "cmake", "wine.sh"), "--test", program], env=environment,
                           stdin=subprocess.DEVNULL, capture_output=True, check=False)
    with open(os.path.join(WORK, "starts"), "rb") as file:
        result = ended.stdout, ended.returncode, len(file.readlines())
    return result + (ended.stderr,) if program.startswith("test_") else result


def expect(seen, expected, what):
    if seen != expected:
        sys.exit(f"FAILED: {what}: {seen} instead of {expected}")


os.makedirs(WORK, exist_ok=True)
for name, content in (("wine", STAND_IN), ("wineserver", SERVER)):
    with open(os.path.join(WORK, name), "w", encoding="ascii") as script:
        script.write(content.format(work=WORK))
    os.chmod(script.name, 0o755)
for left in ("server_gone", "lost_server", "lost_fs"):
    if os.path.exists(os.path.join(WORK, left)):
        os.remove(os.path.join(WORK, left))

for line in NOISE:
    raw = line.encode("latin-1")
    expect(run(b"before\r\n" + raw + b"\nafter\r\n")[0], b"before\r\nafter\r\n", f"with the line {line!r}")
    expect(run(b"before\r\n" + raw)[0], b"before\r\n", f"with {line!r} at the end")
for line in KEPT:
    output = b"before\r\n" + line.encode("latin-1") + b"\nafter\r\n"
    expect(run(output)[0], output, f"with the line {line!r}")
expect(run(b"no newline")[0], b"no newline", "output without a newline")
expect(run(NOISE[1].encode("ascii"), code=42), (b"", 42, 1), "noise alone, with a code")
expect(run(b"text\r\n", code=1), (b"text\r\n", 1, 1), "a program that fails")
expect(run(b"text\r\n", code=7, failed_starts=3), (b"text\r\n", 7, 4), "a program that starts at the fourth attempt")
expect(run(b"", failed_starts=1000), (NO_PROCESS, 1, 20), "one that never starts")

# A test program that has failed without a word.
TEST, SAID = "test_parts.exe", b"[==========] Running 1 test(s).\r\n"
NOTHING = NOISE[1].encode("ascii") + b"\n"
expect(run(SAID, failed_starts=2, program=TEST, start_error=b"", start_code=5),
       (SAID, 0, 3, b"hostmem: test_parts.exe began at last; it had failed without a word, with the exit codes 5 5\n"), "silent twice")
expect(run(SAID, failed_starts=2, program=TEST, start_error=NOTHING),
       (SAID, 0, 3, b"hostmem: test_parts.exe began at last; it had failed without a word, with the exit codes 1 1\n"),
       "twice with Wine's noise alone")
expect(run(SAID, code=5, program=TEST),
       (SAID, 5, 1, b"hostmem: test_parts.exe has ended before its tests had, with exit code 5\n"), "a test that crashes")
DONE = SAID + b"[==========] 1 test(s) run.\r\n"
expect(run(DONE, code=1, program=TEST), (DONE, 1, 1, b""), "a test that fails")
expect(run(DONE, program=TEST), (DONE, 0, 1, b""), "a test that passes")
expect(run(SAID, code=5), (SAID, 5, 1), "another program that fails")
expect(run(b"", program=TEST), (b"", 0, 1, b""), "a silent test that passes")
expect(run(b"", failed_starts=1000, program=TEST, start_error=NOTHING, start_code=5),
       (b"", 5, 3, b"hostmem: test_parts.exe wrote nothing, three times; its exit code is 5. Wine wrote:\n" + NOTHING),
       "one that is always silent")
expect(run(b"", code=5), (b"", 5, 1), "another program that is silent")

# A thread that has lost its FS register, in 32-bit Wine, and what only looks like it.
LOST = "wine: Unhandled page fault on read access to FFFFFFFF at address 7BC5C1B0 (thread 074c), starting debugger...\n"
expect(run(b"text\r\n", failed_starts=2, start_error=LOST.encode("ascii"), start_code=5), (b"text\r\n", 0, 3), "FS lost twice")
with open(LOST_FS, "rb") as log:
    expect(log.read(), b"program.exe\nprogram.exe\n", "what was noted")
os.remove(LOST_FS)
expect(run(b"", failed_starts=1000, start_error=LOST.encode("ascii"), start_code=5), (LOST.encode("ascii"), 5, 3),
       "FS lost each time")
os.remove(LOST_FS)
for other in (LOST.replace("7BC5", "00BC5"), LOST.replace("7BC5", "000000007BC5"), LOST.replace("FFFFFFFF", "FFFFFFFE"),
              LOST.replace("read", "write"), "clrhost: " + LOST):
    expect(run(b"", failed_starts=1000, start_error=other.encode("ascii"), start_code=5), (other.encode("ascii"), 5, 1), other)
WENT_ON = b"hostmem: a thread had lost its FS register at 7BC5C1B0; it goes on\r\n"
expect(run(WENT_ON + DONE, program=TEST), (DONE, 0, 1, b""), "a test that handled it")
with open(LOST_FS, "rb") as log:
    expect(log.read(), b"test_parts.exe\n", "what was noted about it")
os.remove(LOST_FS)
expect(run(LOST.encode("ascii")), (LOST.encode("ascii"), 0, 1), "no failure")
expect(os.path.exists(LOST_FS), False, "nothing noted")

# Wine's server ends, and the program hangs or ends without a word.
expect(run(b"text\r\n", code=7, lost_servers=5), (b"text\r\n", 7, 6), "the server ended five times")
expect(run(b"text\r\n", lost_servers=1, hang="no"), (b"text\r\n", 0, 2), "the server ended, and the program with 0")
with open(LOST_SERVER, "rb") as log:
    expect(log.read(), b"program.exe\n" * 6, "what was noted of it")
expect(run(DONE, program=TEST, lost_servers=1000)[1:3], (137, 6), "the server ends each time")
print(f"{len(NOISE)} forms of Wine's own lines are left out, {len(KEPT)} others are not")
