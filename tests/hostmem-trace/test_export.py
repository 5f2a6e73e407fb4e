#!/usr/bin/env python3
"""What other tools read from an exported trace, against the events that `hostmem-trace csv` has and the numbers that
`hostmem-trace summary` prints:
    test_export.py pprof|speedscope|collapsed|perfetto|jsonl FOLDER DEPS TRACE... -- HOSTMEM-TRACE...
FOLDER is for files; DEPS is where cmake/setup.sh puts the tools. Without a tool its test is skipped."""
import base64
import collections
import csv
import io
import itertools
import json
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "page"))
import trace_file

split = sys.argv.index("--")
form, folder, deps, *traces = sys.argv[1:split]
program, folder, deps = sys.argv[split + 1:], pathlib.Path(folder), pathlib.Path(deps)
VALUES = ("blocks", "bytes", "left-blocks", "left-bytes")
failures = 0


def check(what, got, expected):
    global failures
    if got != expected:
        failures += 1
        print(f"{what}: {got}, and not {expected}")


def tool(path, name):
    found = path if path.is_file() else shutil.which(name)
    if found:
        return str(found)
    print(f"skipped: {name} is not installed (tests/run.sh fetches it)")
    sys.exit(0)


def output(command, **options):
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stdin=options.get("stdin"))
    return done.stdout.decode(errors="replace")  # flamegraph.pl shortens names in the middle of a character


def export(trace, *arguments):
    file = folder / f"{pathlib.Path(trace).stem}.{arguments[0]}"
    subprocess.run([*program, "export", "--to", *arguments, trace, "-o", str(file)], check=True)
    return file


class Trace:
    """Blocks by origin, as the events have them, and the numbers of the summary."""

    def __init__(self, path):
        self.path, self.origins = path, collections.defaultdict(lambda: [0, 0, 0, 0])
        self.events = collections.Counter()
        live = {}
        for row in csv.DictReader(io.StringIO(output([*program, "csv", path]))):
            self.events[row["event"]] += 1
            block = row["address"], row["out"]
            if row["event"] in ("Alloc", "DebugAlloc") and row["result"] == "S_OK":
                self.free(live, block)
                live[block] = unquoted(row["origin"]) or "not known", int(row["size"])
                self.add(live[block], 0, 1)
            elif row["event"] == "Free" and row["result"] == "S_OK":
                self.free(live, block)
            elif row["event"] == "heap released":
                live = {place: block for place, block in live.items() if place[0] != row["address"]}
        for block in live.values():
            self.add(block, 2, 1)
        self.totals = [sum(amount[i] for amount in self.origins.values()) for i in range(len(VALUES))]
        summary = output([*program, "summary", path])
        self.check_summary(summary.splitlines())

    @staticmethod
    def free(live, block):
        live.pop(block, None)

    def add(self, block, at, number):
        self.origins[block[0]][at] += number
        self.origins[block[0]][at + 1] += block[1]

    def check_summary(self, lines):
        numbers = [int(line.split()[1].replace(",", "")) for line in lines if line.startswith("  all ")]
        check("events of the summary", [sum(self.events.values())], numbers)
        at = next(i for i, line in enumerate(lines) if line.startswith("Blocks"))
        if any("other origins" in line for line in lines):
            return
        columns = [re.split(r"\s{2,}", line.strip(), maxsplit=4) for line in lines[at + 1:]]
        blocks, left = (sum(int(row[i].replace(",", "")) for row in columns) for i in (0, 2))
        check("blocks of the summary", [self.totals[0], self.totals[2]], [blocks, left])

    def leaves(self, index):
        """By the innermost frame, as far as there is a value."""
        leaves = collections.Counter()
        for name, amount in self.origins.items():
            leaves[name.split(" < ")[0]] += amount[index]
        return +leaves


def test_pprof(trace):
    pprof = tool(deps / "pprof" / "pprof", "pprof")
    file = str(export(trace.path, "pprof"))
    types = ("alloc_objects", "alloc_space", "inuse_objects", "inuse_space")
    for i, name in enumerate(types):
        unit = "-unit=B" if name.endswith("space") else "-unit=count"
        top = output([pprof, "-top", unit, "-nodefraction=0", "-nodecount=1000", f"-sample_index={name}", file])
        total = re.search(r"accounting for (\d+)B?, 100% of (\d+)B? total", top)
        check(f"{trace.path}: {name}", [int(total[1]), int(total[2])], [trace.totals[i]] * 2)
        rows = [line.split(None, 5) for line in top[top.index("flat%"):].splitlines()[1:]]
        check(f"{trace.path}: top of {name}", {row[5]: int(row[0].rstrip("B")) for row in rows if row[0] != "0"},
              dict(trace.leaves(i)))
    check("shown first", re.search(r"^Type: (\w+)$", output([pprof, "-top", file]), re.M)[1], "inuse_space")


def number(text):
    return int(re.match(r"[\d,]+", text)[0].replace(",", ""))


def test_speedscope(trace):
    index = deps / "speedscope" / "dist" / "release" / "index.html"
    if not shutil.which("chromedriver"):
        tool(pathlib.Path("chromedriver"), "chromedriver")
    tool(index, "speedscope")
    sys.path.insert(0, str(pathlib.Path(__file__).parent / "page"))
    import browser

    def rows(file):
        """The table of the sandwich view, and that of the profiles."""
        script = folder / f"speedscope-{next(numbers)}.js"  # the browser may keep a file by its name
        script.write_text(f"speedscope.loadFileFromBase64({json.dumps(file.name)}, "
                          f"{json.dumps(base64.b64encode(file.read_bytes()).decode())})")
        page.open("about:blank")
        page.open(f"{index.resolve().as_uri()}#localProfilePath={script.resolve()}")
        page.wait("return document.body.innerText.includes('Sandwich')")
        page.run("dispatchEvent(new KeyboardEvent('keydown', {key: '3', bubbles: true}));"
                 "dispatchEvent(new KeyboardEvent('keypress', {key: '3', bubbles: true}))")
        # The table's rows are drawn after its head.
        page.wait("return [...document.querySelectorAll('td')].some(cell => /%\\)$/.test(cell.innerText.trim()))")
        cells = page.run("return [...document.querySelectorAll('tr')].map("
                         "row => [...row.querySelectorAll('td')].map(cell => cell.innerText))")
        return [row for row in cells if len(row) == 3]

    numbers = itertools.count()
    page = browser.Browser()
    try:
        profiles = {row[1]: row[2] for row in rows(export(trace.path, "speedscope"))}
        check(f"{trace.path}: profiles", [number(profiles["blocks allocated"]), number(profiles["blocks left"])],
              [trace.totals[0], trace.totals[2]])
        for i, value in enumerate(VALUES):
            table = rows(export(trace.path, "collapsed", "--value", value))
            check(f"{trace.path}: collapsed {value}", {row[2]: number(row[1]) for row in table if number(row[1])},
                  dict(trace.leaves(i)))
    finally:
        page.close()


def test_collapsed(trace):
    script = deps / "flamegraph" / "flamegraph.pl"
    tool(script, "flamegraph.pl")
    for i, value in enumerate(VALUES):
        image = output(["perl", str(script), "--countname", "units", str(export(trace.path, "collapsed", "--value", value))])
        check(f"{trace.path}: {value}", int(re.search(r"<title>all \(([\d,]+) units", image)[1].replace(",", "")),
              trace.totals[i])


def messages(text):
    """protoc's text form as nested lists of pairs."""
    stack = [[]]
    for line in text.splitlines():
        line = line.strip()
        if line.endswith("{"):
            stack[-1].append((line[:-1].strip(), []))
            stack.append(stack[-1][-1][1])
        elif line == "}":
            stack.pop()
        else:
            stack[-1].append(tuple(line.split(": ", 1)))
    return stack[0]


def unknown_fields(message):
    return [name for name, value in message
            if name.isdigit() or (isinstance(value, list) and unknown_fields(value))]


def test_perfetto(trace):
    protoc = tool(pathlib.Path("protoc"), "protoc")
    schema = pathlib.Path(__file__).parent
    with open(export(trace.path, "perfetto"), "rb") as file:
        packets = messages(output([protoc, f"-I{schema}", "--decode=perfetto.protos.Trace", "perfetto.proto"], stdin=file))
    check(f"{trace.path}: unknown fields", unknown_fields(packets), [])
    tracks, events, values = {}, collections.Counter(), collections.defaultdict(list)
    for _, packet in packets:
        packet = dict(packet)
        check("sequence", packet["trusted_packet_sequence_id"], "1")
        if "track_descriptor" in packet:
            track = dict(packet["track_descriptor"])
            check("a track described twice", track["uuid"] in tracks, False)
            tracks[track["uuid"]] = track
        if "track_event" in packet:
            event = dict(packet["track_event"])
            check("event without a track or time", event["track_uuid"] in tracks and "timestamp" in packet, True)
            if event["type"] in ("TYPE_INSTANT", "TYPE_SLICE_BEGIN"):
                events[event["name"].strip('"')] += 1
                check("event's track", "thread" in tracks[event["track_uuid"]], True)
            elif event["type"] == "TYPE_COUNTER":
                values[tracks[event["track_uuid"]]["name"].strip('"')].append(int(event["counter_value"]))
    check(f"{trace.path}: events", events, trace.events)
    comparison = json.loads(output([*program, "diff", "--json", trace.path, trace.path]))
    figures = {row["name"]: row["after"]["bytes"] for row in comparison["figures"]}
    for name in ("address space", "committed", "executable", "heap", "committed and heap", "mapped files"):
        check(f"{trace.path}: {name}", values[name][-1], figures[name + ", last"])
    for name in ("address space", "executable", "heap", "mapped files"):
        check(f"{trace.path}: {name}, most", max(values[name]), figures[name + ", most"])
    threads = [dict(track["thread"]) for track in tracks.values() if "thread" in track]
    check("threads", [thread["thread_name"] for thread in threads], [f'"thread {thread["tid"]}"' for thread in threads])


def test_perfetto_names():
    """Threads are named before and after their first events."""
    path = folder / "named_threads.trace"
    trace = trace_file.TraceFile(path)
    trace.thread(8, b"first")
    for number, name in enumerate((b"nobody", b"second", b"third \xff")):
        for thread in (8, 12, 16):
            trace.event(0.1 + number, trace_file.CREATE_MALLOC, thread=thread, out=1)
        trace.sample(0.2 + number, refused=(1, 2, 3), notifications=(4, 5, 6))
        trace.thread(12, name)
    trace.end(4)
    protoc = tool(pathlib.Path("protoc"), "protoc")
    with open(export(path, "perfetto"), "rb") as file:
        packets = messages(output([protoc, f"-I{pathlib.Path(__file__).parent}", "--decode=perfetto.protos.Trace", "perfetto.proto"],
                                  stdin=file))
    tracks = [dict(dict(packet)["track_descriptor"]) for _, packet in packets if "track_descriptor" in dict(packet)]
    threads = [dict(track["thread"]) for track in tracks if "thread" in track]
    check("names", [(thread["tid"], thread["thread_name"]) for thread in threads],
          [("8", '"first"'), ("12", '"nobody"'), ("16", '"thread 16"'), ("12", '"second"'), ("12", '"third ?"')])
    counters = {track["uuid"]: track["name"].strip('"') for track in tracks if "counter" in track}
    last = {}
    for _, packet in packets:
        event = dict(dict(packet).get("track_event", ()))
        if event.get("track_uuid") in counters:
            last[counters[event["track_uuid"]]] = event["counter_value"]
    check("refusals and notifications", [last[name] for name in (
        "refused, task", "refused, app domain", "refused, process", "notifications, low", "notifications, neutral",
        "notifications, high")], list("123456"))
    uuids = {}
    for track in tracks:
        if "thread" in track:
            check("track of a thread", track["uuid"], uuids.setdefault(dict(track["thread"])["tid"], track["uuid"]))


def test_jsonl(trace):
    rows = list(csv.DictReader(io.StringIO(output([*program, "csv", trace.path]))))
    lines = [json.loads(line) for line in export(trace.path, "jsonl").read_text().splitlines()]
    check(f"{trace.path}: lines", len(lines), len(rows))
    for row, line in zip(rows, lines):
        expected = {name: text for name, text in row.items() if text}
        for name in ("time_us", "thread", "size", "error"):
            if name in expected:
                expected[name] = float(expected[name])
        if re.match(r"['0-9]", expected.get("out", "")) and not expected["out"].startswith("0x"):
            expected["out"] = float(expected["out"])
        check(f"{trace.path}: line", dict(line, origin=line.get("origin", "")),
              dict(expected, origin=unquoted(expected.get("origin", ""))))


def unquoted(text):
    """Without the apostrophes that keep a spreadsheet from computing."""
    return re.sub("(^|;)'(?=[=+@\uff1d-])", r"\1", text)


if form == "perfetto":
    test_perfetto_names()
for path in traces:
    globals()[f"test_{form}"](Trace(path))
print(f"{form}: {len(traces)} traces, {failures} failures")
sys.exit(bool(failures))
