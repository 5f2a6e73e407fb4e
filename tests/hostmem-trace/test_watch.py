#!/usr/bin/env python3
"""`hostmem-trace watch` of a file that grows, into a pipe and into a terminal whose size changes:
    test_watch.py FOLDER [no-terminal|console] -- HOSTMEM-TRACE...
console: only in Windows' console, as Wine shows it in a terminal.
Nothing here depends on how long anything takes: each step waits for what the step before it makes the program print."""
import fcntl
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import sys
import termios

sys.path.insert(0, str(pathlib.Path(__file__).parent / "page"))
import trace_file as t

split = sys.argv.index("--")
folder = pathlib.Path(sys.argv[1])
ending = sys.argv[split + 1:]
program = [word for word in ending if word != "--test"]  # of cmake/wine.sh: the output would come at the end
mode = " ".join(sys.argv[2:split])
path = folder / ("growing_in_console.trace" if mode == "console" else "growing.trace")
failures = 0


def check(what, got, expected):
    global failures
    if got != expected:
        failures += 1
        print(f"{what}: {got!r}, and not {expected!r}")


class Growing:
    """A trace with a second of events at a time: a block of 1,000 bytes that stays, each second."""

    def __init__(self):
        self.trace, self.seconds = t.TraceFile(path), 0
        self.trace.site(1, 12, b"leak.cpp")
        self.trace.event(0.1, t.CREATE_MALLOC, out=1)
        self.trace.sample(0.2)
        self.trace.file.flush()

    def grow(self):
        self.seconds += 1
        at = self.seconds
        self.trace.event(at, t.DEBUG_ALLOC, level=0, address=1, size=1000, out=0x1000 * at, origin=1)
        for part in (0.1, 0.2):  # a sample is delivered when the next one has been read
            self.trace.sample(at + part, heap=1000 * at, blocks=at)
        self.trace.file.flush()

    def end(self):
        self.trace.end(self.seconds + 0.3)


def test_pipe():
    growing = Growing()
    watch = subprocess.Popen([*program, "watch", str(path)], stdout=subprocess.PIPE, text=True)
    for second in (1, 2, 3):
        growing.grow()
        line = watch.stdout.readline()
        check("line", re.findall(r"^ *(\d)\.1 s .*events (\d)$", line), [(str(second), str(second + 1))])
    growing.end()
    final = watch.stdout.read()
    check("exit code", watch.wait(), 0)
    check("the figures at the end", final, subprocess.run([*ending, "watch", "--once", str(path)], check=True,
                                                          capture_output=True, text=True).stdout)
    check("state", final.splitlines()[0], "Process 4242, 3.300 s, complete")


class Terminal:
    def __init__(self, width, height):
        self.master, slave = pty.openpty()
        self.text = ""
        self.resize(width, height)
        self.watch = subprocess.Popen([*program, "watch", str(path)], stdout=slave, stderr=slave)
        os.close(slave)

    def resize(self, width, height):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def read_until(self, pattern):
        """The first text that matches in what is printed from now on."""
        begin = len(self.text)
        while not (match := re.search(pattern, self.text[begin:], re.S)):
            if not self.more():
                raise SystemExit(f"the program ended without {pattern}: {self.text[begin:]!r}")
        return match[0]

    def more(self):
        try:
            some = os.read(self.master, 65536)
        except OSError:  # the other end is closed
            some = b""
        self.bytes = getattr(self, "bytes", b"") + some
        self.text = self.bytes.decode(errors="ignore")
        return bool(some)

    def rest(self):
        while self.more():
            pass
        return self.watch.wait()


SCREEN = r"\x1b\[HProcess (?:(?!\x1b\[H).)*\x1b\[J"


def lines_of(screen):
    return re.sub(r"\x1b\[[HJK]", "", screen).rstrip("\r\n").split("\r\n")


def test_terminal():
    growing = Growing()
    growing.grow()
    terminal = Terminal(60, 30)
    terminal.read_until(r"\x1b\[\?1049h")
    for width, height in ((60, 30), (100, 30), (40, 17)):
        terminal.resize(width, height)
        growing.grow()
        heap = 1000 * growing.seconds / 1024
        # Not the one that may have been begun before the size changed.
        terminal.read_until(SCREEN)
        while True:
            lines = lines_of(terminal.read_until(SCREEN))
            if any(f"{heap:.1f} KiB" in line for line in lines if line.startswith("heap ")):
                break
        check(f"{width}: lines that are too long", [line for line in lines if len(line) > width], [])
        check(f"{width}: too many lines", len(lines) < height, True)
        check(f"{width}: origins", any("leak.cpp:12" in line for line in lines), width >= 60)
        check(f"{width}: sparkline", "\u2588" in "".join(lines), width >= 60)
    growing.end()
    check("exit code", terminal.rest(), 0)
    check("the terminal is given back", terminal.text.count("\x1b[?1049h"), terminal.text.count("\x1b[?1049l"))
    check("the end stays on the terminal", "Process 4242, 4.300 s, complete" in terminal.text.split("\x1b[?1049l")[1], True)


def test_interrupt():
    growing = Growing()
    growing.grow()
    terminal = Terminal(80, 24)
    terminal.read_until(SCREEN)
    terminal.watch.send_signal(signal.SIGINT)
    check("exit code after Ctrl+C", terminal.rest(), 0)
    check("the terminal is given back", terminal.text.count("\x1b[?25h"), 1)
    growing.trace.close()


class Console:
    """A terminal, and what is to be seen on it."""

    def __init__(self, width, height):
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.ByteStream(self.screen)
        self.master, slave = pty.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.watch = subprocess.Popen([*program, "watch", str(path)], stdin=slave, stdout=slave, stderr=slave,
                                      start_new_session=True, env=dict(os.environ, HOSTMEM_WINE_INPUT="/dev/tty"),
                                      preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def more(self):
        try:
            some = os.read(self.master, 65536)
        except OSError:  # the other end is closed
            some = b""
        self.stream.feed(some)
        return bool(some)

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def read_until(self, *patterns):
        """The lines, as soon as each pattern matches the beginning of one of them."""
        while not all(any(re.match(pattern, line) for line in self.lines()) for pattern in patterns):
            if not self.more():
                raise SystemExit(f"the program ended without {patterns}: {self.lines()}")
        return self.lines()


def test_console():
    for width, height in ((60, 30), (100, 30), (40, 17)):
        growing = Growing()
        growing.grow()
        console = Console(width, height)
        for _ in range(3):
            growing.grow()
            lines = console.read_until("Process 4242, ", f"heap +{1000 * growing.seconds / 1024:.1f} KiB",
                                       *[" +.* leak.cpp:12$"] * (width >= 60))
        check(f"{width}: lines", sum(line.startswith("Process 4242") for line in lines), 1)
        check(f"{width}: escape sequences as text", [line for line in lines if "\x1b" in line or "[K" in line], [])
        check(f"{width}: origins", any("leak.cpp:12" in line for line in lines), width >= 60)
        check(f"{width}: sparkline", "\u2588" in "".join(lines), width >= 60)
        if width == 60:
            growing.end()
            check("the end", console.read_until(r"Process 4242, 4\.300 s, complete")[0].split(",")[0], "Process 4242")
        else:
            os.write(console.master, b"\x03")
            growing.trace.close()
        while console.more():
            pass
        check(f"{width}: exit code", console.watch.wait(), 0)


if mode == "console":
    try:
        import pyte
    except ImportError:
        print("skipped: pyte is not installed (tests/run.sh installs it)")
        sys.exit(0)
    test_console()
else:
    test_pipe()
    if mode != "no-terminal":
        test_terminal()
        test_interrupt()
print(f"{failures} failures")
sys.exit(bool(failures))
