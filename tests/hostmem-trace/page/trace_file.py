"""Writes trace files (include/hostmem/trace_format.h) for the tests of the report and of watch.

Moments are seconds since the start; the file's ticks are 100 ns, and begin at START. Records are packed as the format's
description says, independently of the library's code.
"""
import struct
import zlib

TICKS = 10_000_000
START = 1_000_000_000
FILETIME_2026 = 134_116_992_000_000_000  # 2026-01-01 00:00 UTC

EVENTS, SAMPLES, REGIONS, SITES, STACKS, MODULES, END, PACKED, THREADS = range(1, 10)

(VIRTUAL_ALLOC, VIRTUAL_FREE, VIRTUAL_QUERY, VIRTUAL_PROTECT, CREATE_MALLOC, ALLOC, DEBUG_ALLOC, FREE, HEAP_RELEASED,
 GET_MEMORY_LOAD, REGISTER_CALLBACK, NEEDS_ADDRESS_SPACE, ACQUIRED_ADDRESS_SPACE, RELEASED_ADDRESS_SPACE, NOTIFICATION,
 WAITED, LIMIT, CLOSED, REFUSED) = range(1, 20)
BY_BUDGET, BY_SYSTEM = 1, 2

MEM_COMMIT, MEM_RESERVE, MEM_DECOMMIT, MEM_RELEASE = 0x1000, 0x2000, 0x4000, 0x8000
PAGE_NOACCESS, PAGE_READWRITE, PAGE_EXECUTE_READWRITE = 0x01, 0x04, 0x40
S_OK, E_OUTOFMEMORY, E_INVALIDARG, HOST_E_TIMEOUT = 0, 0x8007000E, 0x80070057, 0x80131024
HOST_E_INVALIDOPERATION = 0x80131022
INJECTED = 1
NO_LEVEL = 255


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def difference(before, now):
    d = (now - before) % 2**64
    return number(2 * d if d < 2**63 else 2 * (2**64 - d) - 1)


class Packed:
    """The records of one block, from the first one on."""

    def __init__(self):
        self.payload, self.count = bytearray(), 0
        self.ticks, self.thread, self.kinds = 0, 0, {}
        self.stack_id, self.frames = 0, []

    def add(self, *parts):
        self.payload += b"".join(parts)
        self.count += 1

    def after(self, ticks):
        coded = difference(self.ticks, ticks)
        self.ticks = ticks
        return coded

    def event(self, ticks, thread, what, fields):
        """fields: out, size, address, thread, origin, value, type, protect, level, flags, result."""
        before = self.kinds.get(what, [0] * 11)
        before[3] = self.thread
        changed = [i for i in range(11) if fields[i] != before[i]]
        self.add(bytes([what]), number(sum(1 << i for i in changed)), self.after(ticks),
                 *(difference(before[i], fields[i]) for i in changed))
        self.kinds[what], self.thread = list(fields), thread

    def sample(self, ticks, figures):
        self.add(bytes([0, SAMPLES]), number(sum(1 << i for i, figure in enumerate(figures) if figure)), self.after(ticks),
                 *(number(figure) for figure in figures if figure))

    def stack(self, id, frames):
        same = 0
        while same < min(len(frames), len(self.frames)) and frames[-1 - same] == self.frames[-1 - same]:
            same += 1
        outwards = [frames[i + 1] if i + 1 < len(frames) else 0 for i in range(len(frames))]
        self.add(bytes([0, STACKS]), difference(self.stack_id, id), number(len(frames)), number(same),
                 *(difference(outwards[i], frames[i]) for i in reversed(range(len(frames) - same))))
        self.stack_id, self.frames = id, list(frames)


class TraceFile:
    """Collects records, and writes a round whenever there is a sample."""

    def __init__(self, path, pointer_bytes=8, process_id=4242):
        self.file = open(path, "wb")
        self.sequence = 0
        self.packed = Packed()
        self.event_count = 0
        head = struct.pack("<8sHHIQQQIIIII", b"HOSTMEMT", 2, 0, 64, TICKS, START, FILETIME_2026, process_id,
                           pointer_bytes, 4096, 65536, 0)
        self.file.write(head + struct.pack("<I", zlib.crc32(head)))

    def block(self, kind, record_bytes, count, payload):
        head = struct.pack("<IHHIIQI", 0x42544D48, kind, record_bytes, count, len(payload), self.sequence,
                           zlib.crc32(payload))
        self.file.write(head + struct.pack("<I", zlib.crc32(head)) + payload)
        self.sequence += 1

    @staticmethod
    def ticks(at):
        return START + round(at * TICKS)

    def event(self, at, what, thread=7, level=NO_LEVEL, flags=0, result=S_OK, type=0, protect=0, value=0, address=0,
              size=0, out=0, origin=0):
        self.packed.event(self.ticks(at), thread, what,
                          [out, size, address, thread, origin, value, type, protect, level, flags, result])
        self.event_count += 1
        if self.packed.count == 8192:
            self.flush()

    def flush(self):
        if self.packed.count:
            payload = self.padded(bytes(self.packed.payload))
            self.block(PACKED, 0, self.packed.count, payload)
        self.packed = Packed()

    def sample(self, at, dropped=0, reserved=0, committed=0, executable=0, mapped=0, heap=0, blocks=0, used=None, limit=0,
               low=0, neutral=0, high=0, peak_committed=0, peak_used=0, refused=(0, 0, 0), notifications=(0, 0, 0)):
        used = committed + heap if used is None else used
        self.packed.sample(self.ticks(at), [dropped, reserved, committed, executable, mapped, heap, blocks, used, limit, low,
                                            neutral, high, 0, peak_committed, peak_used, 0, *refused, *notifications, 0])
        self.flush()

    def region(self, address, size, allocation, state, protect, kind=1):
        self.block(REGIONS, 40, 1, struct.pack("<QQQIIII", address, size, allocation, state, protect, kind, 0))

    @staticmethod
    def padded(name):
        return name + bytes(-len(name) % 8)

    def site(self, id, line, name):
        self.block(SITES, 0, 1, struct.pack("<QiI", id, line, len(name)) + self.padded(name))

    def stack(self, id, frames):
        self.packed.stack(id, frames)

    def module(self, address, size, name):
        self.block(MODULES, 0, 1, struct.pack("<QQII", address, size, len(name), 0) + self.padded(name))

    def thread(self, id, name):
        self.block(THREADS, 0, 1, struct.pack("<II", id, len(name)) + self.padded(name))

    def end(self, at, dropped=0):
        assert not self.packed.count, "a round ends with a sample"
        self.block(END, 32, 1, struct.pack("<QQQQ", self.ticks(at), self.event_count, dropped, 0))
        self.close()

    def close(self):
        self.flush()
        self.file.close()
