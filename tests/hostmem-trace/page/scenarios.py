"""Traces for the tests of the report, and the expected contents of each report.

Each function writes a trace to a path and returns a dictionary of the figures that are known from making it. They are
counted here, one by one, without the rounding and merging that the report does.
"""
import random

from trace_file import *

PAGE, KIB, MIB = 4 << 10, 1 << 10, 1 << 20
HEAP = 1
HOSTILE_NAME = b"C:\\src\\</script><script>window.broken=1</script><img src=x onerror=window.broken=2>" \
               b"\"'&amp;\xff\xfe\xe2\x80\xae.cpp"


class Process:
    """A traced process: makes calls, and keeps track of its memory."""

    def __init__(self, trace, limit=0):
        self.trace, self.limit = trace, limit
        self.committed = self.heap = self.blocks = self.executable = self.reserved = 0
        self.peak_committed = self.peak_heap = self.peak_used = 0
        self.counts = {}
        self.refused = [0, 0, 0]
        self.refused_by = [0, 0]
        self.refused_blocks = 0
        self.notifications = [0, 0, 0]

    def call(self, at, what, **fields):
        self.trace.event(at, what, **fields)
        self.counts[what] = self.counts.get(what, 0) + 1

    def changed(self):
        self.peak_committed = max(self.peak_committed, self.committed)
        self.peak_heap = max(self.peak_heap, self.heap)
        self.peak_used = max(self.peak_used, self.committed + self.heap)

    def reserve(self, at, base, size, protect=PAGE_READWRITE, **more):
        self.reserved += size
        self.call(at, VIRTUAL_ALLOC, level=0, type=MEM_RESERVE, protect=protect, size=size, out=base, **more)

    def commit(self, at, address, size, protect=PAGE_READWRITE, **more):
        self.committed += size
        if protect == PAGE_EXECUTE_READWRITE:
            self.executable += size
        self.changed()
        self.call(at, VIRTUAL_ALLOC, level=0, type=MEM_COMMIT, protect=protect, address=address, size=size, out=address,
                  **more)

    def decommit(self, at, address, size, **more):
        self.committed -= size
        self.call(at, VIRTUAL_FREE, type=MEM_DECOMMIT, address=address, size=size, **more)

    def release(self, at, base, size, committed, **more):
        self.committed -= committed
        self.reserved -= size
        self.call(at, VIRTUAL_FREE, type=MEM_RELEASE, address=base, **more)

    def alloc(self, at, block, size, what=ALLOC, **more):
        self.heap += size
        self.blocks += 1
        self.changed()
        self.call(at, what, level=0, address=HEAP, size=size, out=block, **more)

    def free(self, at, block, size, **more):
        self.heap -= size
        self.blocks -= 1
        self.call(at, FREE, address=HEAP, out=block, **more)

    def refuse(self, at, what, size, level=0, result=E_OUTOFMEMORY, **more):
        self.refused[level] += 1
        self.refused_blocks += what != VIRTUAL_ALLOC
        by = self.refused_by.index(min(self.refused_by))  # in turn
        self.refused_by[by] += 1
        self.trace.event(at, REFUSED, level=level, result=result, size=size, type=by + 1, value=8 if by else 1455,
                         **{name: value for name, value in more.items() if name == "thread"})
        self.call(at, what, level=level, result=result, size=size,
                  type=MEM_COMMIT if what == VIRTUAL_ALLOC else 0, **more)

    def notify(self, at, which):
        self.notifications[which - 1] += 1
        self.call(at, NOTIFICATION, value=which)

    def sample(self, at, **more):
        self.trace.sample(at, reserved=self.reserved, committed=self.committed, executable=self.executable,
                          heap=self.heap, blocks=self.blocks, limit=self.limit, low=self.limit * 9 // 10,
                          neutral=self.limit * 8 // 10, high=self.limit // 2, peak_committed=self.peak_committed, peak_used=self.peak_used,
                          refused=self.refused, notifications=self.notifications, **more)

    def known(self, **more):
        return dict(events=self.trace.event_count, peak_committed=self.peak_committed, peak_heap=self.peak_heap,
                    peak_used=self.peak_used, refused=sum(self.refused), refused_by_level=list(self.refused),
                    refused_by=list(self.refused_by),
                    refused_blocks=self.refused_blocks, notifications=list(self.notifications),
                    live_committed=self.committed, live_heap=self.heap, live_blocks=self.blocks,
                    live_reserved=self.reserved, counts=dict(self.counts), **more)


def full(path):
    """Some seconds of a runtime under a limit: segments that grow and are collected, code, stacks, blocks."""
    trace = TraceFile(path)
    chance = random.Random(6)
    process = Process(trace, limit=56 * MIB)
    segments, code, heap_at = 0x000001C2_00000000, 0x00007FFA_31000000, 0x0000020A_55550000
    trace.module(0x7FF65000_0000, 0x200000, b"C:\\Program Files\\App\\clrhost.exe")
    trace.module(0x7FFA40000000, 0xA00000, b"C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\clr.dll")
    sites = [(b"D:\\clr\\src\\vm\\loaderallocator.cpp", 412), (b"D:\\clr\\src\\vm\\handletable.cpp", 88),
             (b"D:\\clr\\src\\inc\\shash.inl", 271), (b"D:\\clr\\src\\vm\\threads.cpp", 1904), (HOSTILE_NAME, 13)]
    for id, (name, line) in enumerate(sites, 1):
        trace.site(id, line, name)
    trace.thread(100, b".NET Finalizer")
    trace.thread(104, HOSTILE_NAME)
    trace.stack(100, [0x7FFA400123F0, 0x7FFA40045671, 0x7FF650001A2B, 0x1234])
    trace.stack(101, [0x7FFA400987A0, 0x7FFA40011111])
    process.sample(0)
    process.call(0.001, CREATE_MALLOC, type=1, out=HEAP)
    process.call(0.002, REGISTER_CALLBACK, address=0x7FFA40100000)

    # Two segments for the collector, a range of code, all there from the beginning.
    process.reserve(0.010, segments, 256 * MIB, thread=100)
    process.reserve(0.011, segments + 256 * MIB, 128 * MIB, thread=100)
    process.reserve(0.012, code, 4 * MIB, protect=PAGE_NOACCESS, thread=100)
    used, large, code_used, last_sample, told = 0, 0, 0, 0.0, 3
    blocks, stacks, at, block_at = [], [], 0.02, heap_at
    while at < 9.5:
        at += chance.expovariate(1 / 0.004)
        dice = chance.random()
        thread = chance.choice([100, 104, 108, 112])
        if dice < 0.20:
            size = chance.choice([64, 64, 128, 256]) * KIB
            if process.committed + process.heap + size > process.limit:
                process.refuse(at, VIRTUAL_ALLOC, size, thread=thread, address=segments + used)
            else:
                process.commit(at, segments + used, size, thread=thread)
                used += size
        elif dice < 0.215 and code_used < 4 * MIB:
            process.commit(at, code + code_used, 32 * KIB, PAGE_EXECUTE_READWRITE, thread=100)
            code_used += 32 * KIB
        elif dice < 0.23 and large < 60 * MIB:
            size = chance.randrange(1, 4) * MIB
            if process.committed + process.heap + size <= process.limit:
                process.commit(at, segments + 256 * MIB + large, size, thread=thread)
                large += size
        elif dice < 0.245 and len(stacks) < 6:
            base = 0x000000A7_10000000 + len(stacks) * MIB + chance.randrange(3) * 16 * MIB
            if all(abs(base - other) >= MIB for other, _ in stacks):
                process.reserve(at, base, MIB, thread=thread)
                process.commit(at + 0.0002, base + MIB - 64 * KIB, 64 * KIB, thread=thread)
                stacks.append((base, 64 * KIB))
        elif dice < 0.255 and stacks:
            base, committed = stacks.pop(chance.randrange(len(stacks)))
            process.release(at, base, MIB, committed, thread=thread)
        elif dice < 0.75 or not blocks:
            size = int(chance.lognormvariate(6.2, 1.6)) + 1
            if process.committed + process.heap + size <= process.limit:
                origin = chance.choice([1, 1, 2, 3, 3, 3, 4, 5, 100, 101, 0])
                what = DEBUG_ALLOC if 0 < origin < 100 else ALLOC
                process.alloc(at, block_at, size, what, thread=thread, origin=origin)
                blocks.append((block_at, size))
                block_at += (size + 31) // 16 * 16
            else:
                process.refuse(at, ALLOC, size, level=chance.choice([0, 0, 1]), thread=thread)
        elif dice < 0.97:
            process.free(at, *blocks.pop(chance.randrange(len(blocks))), thread=thread)
        elif dice < 0.99:
            process.call(at, GET_MEMORY_LOAD, value=60, out=MIB)
        else:
            process.call(at, VIRTUAL_QUERY, address=segments, size=48, out=48)
        share = (process.committed + process.heap) / process.limit
        if share >= 0.9 and told != 1:
            process.notify(at, 1)
            told = 1
        elif share < 0.5 and told == 1:
            process.notify(at, 2)
            process.notify(at + 0.0001, 3)
            told = 3
        # A collection, at last when much has been refused.
        if used and (share > 0.97 and chance.random() < 0.02 or share > 0.85 and chance.random() < 0.004):
            keep = used // 3 // (64 * KIB) * 64 * KIB
            process.decommit(at + 0.0003, segments + keep, used - keep, thread=100)
            used = keep
            if large:
                process.decommit(at + 0.0004, segments + 256 * MIB, large, thread=100)
                large = 0
            at += 0.002
        if at - last_sample > 0.1:
            process.sample(at)
            last_sample = at
    process.call(9.6, WAITED, level=1, size=2 * MIB, value=250, result=HOST_E_TIMEOUT)
    process.refuse(9.6001, VIRTUAL_ALLOC, 2 * MIB, level=1, result=HOST_E_TIMEOUT)
    process.call(9.62, VIRTUAL_FREE, type=MEM_RELEASE, address=0x12340000, result=HOST_E_INVALIDOPERATION)
    process.refuse(9.65, ALLOC, 4096, flags=INJECTED)
    process.limit = 72 * MIB
    process.call(9.7, LIMIT, size=process.limit)
    process.call(9.72, ACQUIRED_ADDRESS_SPACE, address=0x7FFB00000000, size=8 * MIB)
    process.sample(9.75)
    process.release(9.8, code, 4 * MIB, code_used)
    process.call(9.85, HEAP_RELEASED, address=HEAP)
    process.heap = process.blocks = 0
    process.sample(9.9)
    trace.end(10.0)
    return process.known(seconds=10.0, limit=72 * MIB, waits=1, injected=1, failed=1, bits=64, sites=len(sites) + 3)


def short(path):
    """As short as a run of the stand-in: 40 ms, with two samples."""
    trace = TraceFile(path)
    process = Process(trace, limit=6 * MIB)
    process.sample(0)
    base, heap_at, at = 0x1B000000000, 0x1A000000000, 0.0002
    process.reserve(at, base, 16 * MIB)
    for step in range(60):
        at += 0.0006
        if process.committed + process.heap + 128 * KIB > process.limit:
            process.refuse(at, VIRTUAL_ALLOC, 128 * KIB)
            process.decommit(at + 0.0002, base + 2 * MIB, process.committed - 2 * MIB)
            break
        process.commit(at, base + step * 128 * KIB, 128 * KIB)
        process.alloc(at + 0.0001, heap_at + step * 4096, 3000 + step)
        if step == 55:
            process.notify(at + 0.0002, 1)
    process.sample(0.0398)
    trace.end(0.04)
    return process.known(seconds=0.04, limit=6 * MIB, bits=64)


def empty(path):
    trace = TraceFile(path)
    trace.end(0)
    return Process(trace).known(seconds=0, bits=64)


def one_event(path):
    trace = TraceFile(path)
    process = Process(trace)
    process.commit(0.5, 0x10000, 64 * KIB)
    process.sample(1)
    trace.end(1)
    return process.known(seconds=1, bits=64)


def cut_off(path):
    """32-bit, no samples, no limit, no end."""
    trace = TraceFile(path, pointer_bytes=4)
    process = Process(trace)
    trace.region(0x20000000, 65536, 0x20000000, MEM_COMMIT, PAGE_READWRITE)
    trace.region(0x20010000, 196608, 0x20000000, MEM_RESERVE, 0)
    process.committed, process.reserved = 65536, 262144
    process.reserve(0.1, 0x7FFF0000 - 16 * MIB, 16 * MIB)
    for step in range(10):
        process.commit(0.2 + step / 10, 0x7FFF0000 - 16 * MIB + step * 64 * KIB, 64 * KIB)
    trace.flush()
    trace.close()
    return process.known(seconds=1.1, bits=32)


def storm(path):
    """Crowded: hundreds of addresses far apart, marks of all kinds everywhere, more results than rows."""
    trace = TraceFile(path)
    chance = random.Random(9)
    process = Process(trace, limit=1 << 40)
    process.sample(0)
    live = []
    for step in range(4000):
        at = 0.001 * (step + 1)
        base = 0x10000000000 + chance.randrange(1 << 14) * (1 << 30)
        if all(base != other for other, _ in live[-300:]):
            process.reserve(at, base, 4 * MIB)
            process.commit(at, base, 64 * KIB, chance.choice([PAGE_READWRITE, PAGE_EXECUTE_READWRITE]))
            live.append((base, 64 * KIB))
        if len(live) > 300:
            base, committed = live.pop(0)
            process.release(at, base, 4 * MIB, committed)
        process.notify(at, chance.choice([1, 2, 3]))
        process.refuse(at, ALLOC, chance.randrange(1, 1 << 20), level=chance.randrange(3))
        process.call(at, VIRTUAL_QUERY, result=0x80070000 + step % 500, address=step)
        if step % 400 == 399:
            process.sample(at)
    trace.end(4.0)
    return process.known(seconds=4.0, limit=1 << 40, bits=64)


class CallPaths:
    """Allocates blocks by call path, and sums them for every prefix of a path: bytes left, blocks left, bytes, blocks."""

    def __init__(self, trace, outermost=None):
        """outermost: a frame that is shown above all others."""
        self.trace, self.process, self.values, self.at, self.block = trace, Process(trace), {}, 0.0, 0x20000000000
        self.outermost = [outermost] if outermost else []
        self.changes = []  # (ticks, path, bytes, blocks) of what was live
        self.process.sample(0)

    def take(self, origin, names, size, is_left):
        self.at += 0.0001
        self.block += 1 << 24
        self.process.alloc(self.at, self.block, size, origin=origin)
        self.changes.append((round(self.at * TICKS), tuple(names), size, 1))
        if not is_left:
            self.process.free(self.at, self.block, size)
            self.changes.append((round(self.at * TICKS), tuple(names), -size, -1))
        self.add(self.outermost + names, (size * is_left, is_left, size, 1))

    def add(self, names, amounts):
        for length in range(len(names) + 1):
            values = self.values.setdefault(tuple(names[:length]), [0, 0, 0, 0])
            for i, value in enumerate(amounts):
                values[i] += value

    def known(self, **more):
        self.process.sample(self.at + 0.001)
        self.trace.end(self.at + 0.002)
        return self.process.known(paths=self.values, changes=self.changes, seconds=self.at + 0.002, bits=64, **more)


METHOD = 0x7FF700000000  # Program.Main in write_nettrace
HOST, CLR, HOSTILE = 0x140000000, 0x7FFA40000000, 0x7FFB00000000


def paths(path, more=0, shift=0):
    """Stacks that share frames, that end inside of others, and that are the same; source lines, and what is not known.

    more: that many more blocks of some stacks are left, and fewer of others. shift: of all addresses.
    """
    HOST, CLR, HOSTILE, METHOD = (base + shift for base in (globals()[name] for name in ("HOST", "CLR", "HOSTILE", "METHOD")))
    trace = TraceFile(path)
    for base, name in ((HOST, b"C:\\app\\host.exe"), (CLR, b"C:\\app\\clr.dll"), (HOSTILE, HOSTILE_NAME)):
        trace.module(base, 0x100000, name)
    hostile = HOSTILE_NAME[HOSTILE_NAME.rindex(b"/") + 1:].decode(errors="replace")
    stacks = {
        10: ([HOST + 0x700, CLR + 0x200, CLR + 0x100], ["host.exe+0x700", "clr.dll+0x200", "clr.dll+0x100"], 40000, 5),
        11: ([HOST + 0x700, CLR + 0x200, CLR + 0x110], ["host.exe+0x700", "clr.dll+0x200", "clr.dll+0x110"], 20000, 1),
        12: ([HOST + 0x700, CLR + 0x200], ["host.exe+0x700", "clr.dll+0x200"], 3000, 2),
        13: ([HOST + 0x700, METHOD + 16, CLR + 0x100], ["host.exe+0x700", "Program.Main", "clr.dll+0x100"], 9000, 8),
        14: ([HOST + 0x700, METHOD + 32, CLR + 0x100], ["host.exe+0x700", "Program.Main", "clr.dll+0x100"], 5000, 3),
        15: ([HOST + 0x700, HOSTILE + 0x30], ["host.exe+0x700", hostile + "+0x30"], 8000, 4),
        16: ([0x1234], ["0x1234"], 2100, 1),
    }
    for id, (frames, *_) in stacks.items():
        trace.stack(id, frames[::-1])
    trace.site(1, 10, b"cache.cpp")
    calls = CallPaths(trace)
    for id, (_, names, size, count) in stacks.items():
        left = (count + 1) // 2 + (more if id % 2 == 0 and id < 16 else -1 if more else 0)
        for i in range(count + more):
            calls.take(id, names, size, i < left)
    calls.take(1, ["cache.cpp:10"], 6000, True)
    calls.take(77, ["origin 0x4d, not described"], 2500, False)
    calls.take(0, ["(not recorded)"], 4321, True)
    return calls.known(sites=10)


def pages(path, more=0):
    """Commits with call stacks, also with those of blocks; one without; parts of them decommitted. more: that many more
    commits are left."""
    trace = TraceFile(path)
    trace.module(HOST, 0x100000, b"C:\\app\\host.exe")
    trace.module(CLR, 0x100000, b"C:\\app\\clr.dll")
    names = {20: ["host.exe+0x700", "clr.dll+0x100"], 21: ["host.exe+0x700", "clr.dll+0x200"]}
    trace.stack(20, [CLR + 0x100, HOST + 0x700])
    trace.stack(21, [CLR + 0x200, HOST + 0x700])
    calls = CallPaths(trace, "heap blocks")
    base, process = 0x30000000000, calls.process
    calls.take(20, names[20], 700, True)
    calls.take(0, ["(not recorded)"], 40, True)
    process.reserve(calls.at, base, 64 * MIB)
    for i, (origin, size, gone) in enumerate([(20, 8, 0), (21, 4, 3), (0, 2, 0), (20, 16, 16)] + [(21, 32, 0)] * more):
        process.commit(calls.at, base + i * MIB, size * PAGE, origin=origin)
        if gone:
            process.decommit(calls.at, base + i * MIB, gone * PAGE)
        calls.add(["committed pages", *names.get(origin, ["(not recorded)"])],
                  ((size - gone) * PAGE, 0, size * PAGE, 0))
    return calls.known(sites=2)


def many_origins(path):
    """More source lines than a report keeps; the one after them has the largest block."""
    trace = TraceFile(path)
    process = Process(trace)
    count = 66000
    for id in range(1, count + 1):
        trace.site(id, id, b"many.cpp")
    process.sample(0)
    for id in range(1, count + 1):
        process.alloc(id * 0.00001, 0x20000000000 + (id << 20), 100 if id < count else 100000, origin=id)
        if id % 8000 == 0:
            process.sample(id * 0.00001)
    process.sample(1)
    trace.end(1)
    return process.known(seconds=1.0, bits=64, paths={})


def growing(path):
    """Blocks that stay for some time or for good, so that call paths grow and shrink: which ones depends on the time."""
    trace = TraceFile(path)
    trace.module(HOST, 0x100000, b"C:\\app\\host.exe")
    trace.module(CLR, 0x100000, b"C:\\app\\clr.dll")
    paths = {1: [HOST + 0x700, CLR + 0x200, CLR + 0x300], 2: [HOST + 0x700, CLR + 0x200, CLR + 0x400],
             3: [HOST + 0x700, CLR + 0x500], 4: [HOST + 0x800, METHOD + 16], 5: [HOST + 0x800, METHOD + 32]}
    names = {HOST + 0x700: "host.exe+0x700", HOST + 0x800: "host.exe+0x800", METHOD + 16: "Program.Main",
             METHOD + 32: "Program.Main", **{CLR + offset: f"clr.dll+{offset:#x}" for offset in range(0x200, 0x600, 0x100)}}
    for id, frames in paths.items():
        trace.stack(id, frames[::-1])
    chance, calls, live = random.Random(3), CallPaths(trace), []
    process = calls.process
    for step in range(3000):
        at, phase = 0.001 * (step + 1), step // 600
        for _ in range(2):
            id = chance.choice([1, 2, 3, 4, 5])
            path, size = tuple(names[frame] for frame in paths[id]), chance.randrange(100, 20000)
            process.alloc(at, (block := 0x20000000000 + (len(calls.changes) << 20)), size, origin=id)
            calls.changes.append((round(at * TICKS), path, size, 1))
            leaves = 10000 if id == 1 else 600 * id + 50 * phase if phase == id - 1 else step + chance.randrange(1, 50)
            live.append((leaves, block, size, path))
        for _, block, size, path in [one for one in live if one[0] == step]:
            process.free(at, block, size)
            calls.changes.append((round(at * TICKS), path, -size, -1))
        live = [one for one in live if one[0] != step]
        if step % 100 == 99:
            process.sample(at)
    process.sample(3.1)
    trace.end(3.2)
    return process.known(changes=calls.changes, growing=True, seconds=3.2, sites=5, bits=64)


def deep(path):
    """More stacks than the page gets, each of them deep."""
    trace = TraceFile(path)
    trace.module(HOST, 0x100000, b"C:\\app\\host.exe")
    calls = CallPaths(trace)
    for i in range(5000):
        offsets = [0x10 * depth for depth in range(1, 31)]
        offsets += [0x1000 * (depth - 30) + i // 10 ** max(0, 3 - (depth - 30) // 8) for depth in range(31, 63)]
        trace.stack(i + 1, [HOST + offset for offset in offsets[::-1]])
        calls.take(i + 1, [f"host.exe+{offset:#x}" for offset in offsets], 10000000 // (i + 1) + 100, i % 2 == 0)
    return calls.known(sites=200)
