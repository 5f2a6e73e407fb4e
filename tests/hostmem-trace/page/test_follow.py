#!/usr/bin/env python3
"""`report --follow` of files that grow: test_follow.py FOLDER [no-browser] -- PROGRAM...

Nothing here depends on how long anything takes: each step waits for what the step before it makes the program do.
"""
import http.client
import json
import os
import re
import signal
import socket
import struct
import subprocess
import time
import unittest

import scenarios
import trace_file as t
from page import ARGUMENTS, FOLDER, PROGRAM, PageCase, main

PATIENCE = 300
# With --test of cmake/wine.sh, its output comes at the end: not for what serves. What ends gets it, because a service of
# Wine that such a program starts would hold a pipe open.
ENDING, PROGRAM = PROGRAM, [one for one in PROGRAM if one != "--test"]
NATIVE = not PROGRAM[-1].endswith(".exe")
# Wine 8.0's server has failed in these tests on busy machines (an assertion in server/sock.c about sockets of programs
# that are killed), and every program under Wine with it. So they have a server of their own.
os.environ["HOSTMEM_WINE_SERVER"] = "follow-" + os.path.basename(os.path.dirname(os.path.dirname(PROGRAM[-1])))


def wine(option):
    if PROGRAM[0].endswith("wine.sh"):
        subprocess.run([PROGRAM[0], option], stdout=subprocess.DEVNULL, check=False)


def setUpModule():
    wine("--start")
    unittest.addModuleCleanup(wine, "--stop")


class Server:
    """The program, serving a trace."""

    def __init__(self, trace, *options):
        wine("--start")  # which is done, unless the one before took the server with it
        self.process = subprocess.Popen([*PROGRAM, "report", trace, "--follow", *options], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, start_new_session=True)
        line = self.process.stdout.readline()
        self.port = int(re.fullmatch(r"http://127\.0\.0\.1:(\d+)/ shows the report until Ctrl\+C\s*", line)[1])
        self.url = f"http://127.0.0.1:{self.port}/"

    def ask(self, path="/", method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.putrequest(method, path, skip_host=True)
        for name, value in {"Host": f"127.0.0.1:{self.port}", **headers}.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body

    def data(self):
        return data_of(self.ask()[1])

    def wait_for(self, is_right):
        """The data of the page, when they are."""
        end = time.monotonic() + PATIENCE
        while not is_right(data := self.data()):
            if time.monotonic() > end:
                raise RuntimeError(f"still {data['counts']}, {data['file']}")
            time.sleep(0.02)
        return data

    def settle(self, growing):
        """Waits until the page has all of the trace, and so does not change until more is written."""
        self.wait_for(lambda data: data["file"]["bytes"] == os.path.getsize(growing.path))

    def has_connections(self):
        """Whether there are some that neither side, or only one, has closed."""
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [line.split() for line in table][1:]
        listening, waiting = "0A", "06"
        return any(row[1].endswith(f":{self.port:04X}") and row[3] not in (listening, waiting) for row in rows)

    def stop(self):
        """Ctrl+C, which a program under Wine may not get. Returns the exit code. None is killed while one of its
        connections ends: that makes a failure of Wine's server likelier."""
        end = time.monotonic() + PATIENCE
        while not NATIVE and self.has_connections() and time.monotonic() < end:
            time.sleep(0.02)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT if NATIVE else signal.SIGKILL)
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return code


def ends_of_blocks(content):
    """Where the trace's blocks end, and its header."""
    ends = [68]
    while ends[-1] < len(content):
        ends.append(ends[-1] + 40 + struct.unpack_from("<I", content, ends[-1] + 12)[0])
    return ends


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page)[1])


class Growing:
    """A trace with a second of events at a time: a block that stays, each second."""

    def __init__(self, name):
        self.path = os.path.join(FOLDER, name + ".trace")
        self.trace, self.seconds = t.TraceFile(self.path), 0
        self.trace.module(0x140000000, 0x10000, b"C:\\app\\host.exe")
        self.trace.stack(1, [0x140000200, 0x140000100])
        self.trace.event(0.1, t.CREATE_MALLOC, out=1)
        self.trace.sample(0.2)
        self.trace.sample(0.3)  # the one before is delivered with it
        self.trace.file.flush()

    def grow(self):
        self.seconds += 1
        at = self.seconds
        self.trace.event(at, t.ALLOC, level=0, address=1, size=1000, out=0x1000 * at, origin=1)
        for part in (0.1, 0.2):
            self.trace.sample(at + part, heap=1000 * at, blocks=at)
        self.trace.file.flush()


class ServerTest(unittest.TestCase):
    def serve(self, growing, *options):
        server = Server(growing.path if isinstance(growing, Growing) else growing, *options)
        self.addCleanup(server.stop)
        return server

    def test_the_page_has_what_was_written(self):
        growing = Growing("grows")
        server = self.serve(growing)
        answer, page = server.ask()
        self.assertEqual(answer.status, 200)
        self.assertIn("<title>Memory report</title>", page)
        self.assertEqual(int(answer.headers["Content-Length"]), len(page.encode()))
        for name, value in (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
                            ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
                            ("Cross-Origin-Resource-Policy", "same-origin"), ("Connection", "close")):
            self.assertEqual(answer.headers[name], value)
        for _ in range(3):
            growing.grow()
            data = server.wait_for(lambda data: data["counts"]["events"] == 1 + growing.seconds)
            self.assertEqual(data["file"]["ending"], "reading")
            self.assertEqual(data["live"]["heap"], 1000 * growing.seconds)
            self.assertEqual(data["paths"]["rows"][0][:4], [1000 * growing.seconds, growing.seconds] * 2)
            self.assertEqual(int(server.ask("/version")[1]), data["version"])
        growing.trace.end(growing.seconds + 1)
        data = server.wait_for(lambda data: data["file"]["ending"] != "reading")
        self.assertEqual(data["file"]["ending"], "complete")
        self.assertEqual(int(server.ask("/version")[1]), data["version"])
        self.assertTrue(server.data()["file"]["ending"], "complete")  # it goes on
        code = server.stop()
        if NATIVE:
            self.assertEqual(code, 0)

    def test_asking_changes_nothing_of_what_follows(self):
        """A trace in pieces, asked for after each of them: at last the same as a report of the whole."""
        for name, pieces in (("full", 12), ("storm", 4), ("growing", 12)):  # each has more than one sample
            with self.subTest(name):
                whole, part = (os.path.join(FOLDER, f"{name}_{kind}.trace") for kind in ("whole", "part"))
                getattr(scenarios, name)(whole)
                with open(whole, "rb") as file:
                    content = file.read()
                ends, seen = ends_of_blocks(content), set()
                with open(part, "wb", buffering=0) as file:
                    file.write(content[:ends[0]])
                    server = self.serve(part)
                    self.assertEqual(server.data()["counts"]["events"], 0)  # nothing but the header
                    for i in range(pieces):  # most of them end somewhere in a block
                        until = max(ends[0], len(content) * (i + 1) // pieces)
                        file.write(content[file.tell():until])
                        certain = max(end for end in ends if end <= until)
                        seen.add(server.wait_for(lambda data: data["file"]["bytes"] >= certain)["counts"]["events"])
                self.assertGreater(len(seen), 2)
                data = server.wait_for(lambda data: data["file"]["ending"] == "complete")
                page = subprocess.run([*ENDING, "report", part, "-o", "-"], check=True, capture_output=True, text=True).stdout
                expected = data_of(page)
                self.assertEqual(expected.pop("version"), 0)
                self.assertGreater(data.pop("version"), 0)
                self.assertEqual(set(data), set(expected))
                for key in expected:
                    self.assertEqual(data[key], expected[key], key)
                server.stop()

    def test_only_this_computer_s_browsers_are_answered(self):
        server = self.serve(Growing("refuses"))
        own = f":{server.port}"
        for host, status in (("127.0.0.1" + own, 200), ("localhost" + own, 200), ("LOCALHOST" + own, 200), ("127.0.0.1", 403),
                             ("localhost", 403), ("example.com" + own, 403), ("127.0.0.1.example.com" + own, 403),
                             ("127.0.0.1:1", 403), ("", 403), (None, 403)):
            self.assertEqual(server.ask("/", Host=host)[0].status, status, host)
            self.assertEqual(server.ask("/version", Host=host)[0].status, status, host)
        with self.assertRaises(OSError):  # the other addresses of the loopback network are not listened on
            socket.create_connection(("127.0.0.2", server.port), PATIENCE).close()

    def test_only_get(self):
        server = self.serve(Growing("gets"))
        for method in ("POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "get"):
            answer, _ = server.ask("/", method)
            self.assertEqual(answer.status, 405, method)
            self.assertEqual(answer.headers["Allow"], "GET")
        for path, status in (("/?a=b", 200), ("/version?1", 200), ("/other", 404), ("/../etc/passwd", 404), ("//", 404),
                             ("/" + "a" * 1000, 404), ("http://example.com/", 404)):
            self.assertEqual(server.ask(path)[0].status, status, path)
        self.assertEqual(server.ask("/", Cookie="a" * 20000)[0].status, 431)

    def test_slow_clients_stop_nobody(self):
        growing = Growing("slow")
        server = self.serve(growing)
        slow = [socket.create_connection(("127.0.0.1", server.port), PATIENCE) for _ in range(30)]
        for one in slow[::2]:
            try:
                one.sendall(b"GET / HT")
            except OSError:
                pass  # it has given way to another one
        self.assertEqual(server.ask()[0].status, 200)
        growing.grow()
        server.wait_for(lambda data: data["counts"]["events"] == 2)
        for one in slow:
            one.close()
        # Those that hang up at once, with and without a request, before they have read the answer.
        for i in range(40):
            hasty = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
            if i % 2:
                hasty.sendall(f"GET / HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n".encode())
            if i % 4 > 1:  # with a reset
                hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            hasty.close()
        self.assertEqual(server.ask()[0].status, 200)
        # One that sends without end, and one that sends what is no text.
        for endless in (b"x" * 65536, bytes(65536)):
            flood = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
            try:
                for _ in range(64):
                    flood.sendall(endless)
                    self.assertEqual(server.ask("/version")[0].status, 200)
            except ConnectionError:
                pass  # hung up on
            flood.close()
        parts = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        for part in (b"GET /version ", b"HTTP/1.1\r\nHo", f"st: localhost:{server.port}\r".encode(), b"\n\r\n"):
            parts.sendall(part)
            self.assertEqual(server.ask("/version")[0].status, 200)
        with parts.makefile("rb") as answer:
            self.assertTrue(answer.read().startswith(b"HTTP/1.1 200 OK\r\n"))
        parts.close()

    def test_port(self):
        growing = Growing("port")
        first = self.serve(growing)
        refused = subprocess.run([*ENDING, "report", growing.path, "--follow", "--port", str(first.port)], capture_output=True,
                                 text=True)
        self.assertEqual(refused.returncode, 1)
        self.assertRegex(refused.stdout + refused.stderr, rf"port {first.port} of 127\.0\.0\.1 is (reserved or )?in use\s*$")
        first.stop()
        if NATIVE:  # what is stopped gives its port back
            self.assertEqual(self.serve(growing, "--port", str(first.port)).port, first.port)

    def test_arguments(self):
        trace = Growing("arguments").path
        for arguments in ((trace, "--follow", "-o", "page.html"), (trace, "--port", "1"), (trace, "--follow", "--port", "65536"),
                          (trace, "--follow", "--port", "-1"), (trace, "--follow", "--port", ""), (trace, "--follow", "--port"),
                          ("--follow",), ("-", "--follow"), (trace, "--follow", "more.trace")):
            self.assertEqual(subprocess.run([*ENDING, "report", *arguments], capture_output=True).returncode, 2, arguments)
        for port in ("65536", "-1", "", "80x", "99999999999999999999"):
            refused = subprocess.run([*ENDING, "report", trace, "--follow", "--port", port], capture_output=True, text=True)
            self.assertEqual(refused.returncode, 2, port)
            self.assertIn(f'--port needs a number from 0 to 65535, not "{port}"', refused.stdout + refused.stderr)
        self.assertEqual(subprocess.run([*ENDING, "report", trace + ".none", "--follow"], capture_output=True).returncode, 1)

    @unittest.skipUnless(NATIVE, "a header that is not there yet cannot be interrupted under Wine")
    def test_interrupted_before_there_is_a_header(self):
        path = os.path.join(FOLDER, "nothing.trace")
        open(path, "wb").close()
        process = subprocess.Popen([*PROGRAM, "report", path, "--follow"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        while not int(re.search(r"SigCgt:\t(\w+)", open(f"/proc/{process.pid}/status").read())[1], 16) & 1 << signal.SIGINT - 1:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE), 1)
        process.stdout.close()

    @unittest.skipUnless(NATIVE, "Ctrl+C")
    def test_damage_is_said_at_the_end(self):
        growing = Growing("damaged")
        server = self.serve(growing)
        growing.trace.file.write(b"x" * 100)
        growing.trace.file.flush()
        server.wait_for(lambda data: data["file"]["ending"] == "damaged")
        os.killpg(server.process.pid, signal.SIGINT)
        self.assertIn("damaged.trace: at byte ", server.process.stdout.read())
        self.assertEqual(server.process.wait(PATIENCE), 4)


@unittest.skipIf("no-browser" in ARGUMENTS, "without a browser")
class FollowPage(PageCase):
    def setUp(self):
        self.growing = Growing("page")
        self.server = Server(self.growing.path)
        self.addCleanup(self.server.stop)
        self.browser.size(1280, 900)
        self.browser.media(prefers_color_scheme="light")

    def events(self):
        return self.js("data.counts.events")

    def test_the_page_follows_and_stays_where_it_was(self):
        for _ in range(3):
            self.growing.grow()
        self.server.settle(self.growing)
        self.browser.open(self.server.url)
        self.assertIn("Being recorded; updated at", self.text("#follow-text"))
        self.browser.run("view.set(1, 2.5); document.querySelector('input[value=growth]').click();"
                         "flame.zoom(paths.root.below.get('host.exe+0x100')); flame.compare(10, paths.lastMoment, true);"
                         "document.getElementById('timeline-details').open = true; document.getElementById('zoom-in').focus();"
                         "window.isOld = true;")
        before = self.js("[view.from, view.until, paths.seconds(flame.moments[0])]")
        self.growing.grow()
        self.browser.wait("return !window.isOld && document.readyState === 'complete' && data.counts.events === 5")
        after = self.js("[view.from, view.until, paths.seconds(flame.moments[0])]")
        self.assertEqual(after[:2], before[:2])
        self.assertLessEqual(after[2], before[2])
        self.assertGreater(after[2], before[2] - self.js("data.paths.live.width"))
        self.assertEqual(self.js("[flame.value === PATH.growth, flame.moments[1] === paths.lastMoment, flame.shown.text,"
                                 "document.getElementById('timeline-details').open, document.activeElement.id]"),
                         [True, True, "host.exe+0x100", True, "zoom-in"])
        shown = "document.body.innerText.match(/live at the end|left at the end|; at the end|; now|Left now|left now/gi).sort()"
        self.assertEqual(set(self.js(shown)), {"; now", "Left now"})
        self.js("document.getElementById('follow-pause').click()")
        self.assertEqual(self.text("#follow-pause"), "Resume updates")
        self.assertIn("Being recorded; paused, as of", self.text("#follow-text"))
        self.browser.run("window.isOld = true; window.asked = 0; const ask = follow.ask; const fetched = window.fetch;"
                         "window.fetch = (...all) => { window.asked++; return fetched(...all); };")
        self.growing.grow()
        self.server.settle(self.growing)
        self.browser.wait("return window.asked > 1")
        self.assertEqual(self.js("[window.isOld, data.counts.events]"), [True, 5])
        self.js("document.getElementById('follow-pause').click()")
        self.assertEqual(self.text("#follow-pause"), "Pause updates")
        self.browser.wait("return !window.isOld && document.readyState === 'complete' && data.counts.events === 6")
        self.growing.trace.end(self.growing.seconds + 1)
        self.browser.wait("return document.readyState === 'complete' && document.getElementById('follow-text').textContent === "
                          "'The trace has ended.'")
        self.assertFalse(self.js("document.getElementById('follow-pause').checkVisibility()"))
        self.assertEqual(set(self.js(shown)), {"; at the end", "Left at the end"})
        self.assertEqual(self.browser.console(), [])

    def test_the_page_says_that_the_program_has_ended(self):
        self.growing.grow()
        self.server.settle(self.growing)
        self.browser.open(self.server.url)
        events = self.events()
        self.server.stop()
        self.browser.wait("return document.getElementById('follow-text').textContent.includes('has ended. It shows')")
        self.assertEqual([self.events(), events], [2, 2])
        self.browser.console()  # the connection that was refused


if __name__ == "__main__":
    main()
