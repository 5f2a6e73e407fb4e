"""Writes trace files (include/hostmem/trace_format.h) for the tests of the report.

Moments are seconds since the start; the file's ticks are 100 ns, and begin at START.
"""
import struct
import zlib

TICKS = 10_000_000
START = 1_000_000_000
FILETIME_2026 = 134_116_992_000_000_000  # 2026-01-01 00:00 UTC

EVENTS, SAMPLES, REGIONS, SITES, STACKS, MODULES, END = range(1, 8)

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


class TraceFile:
    """Collects records, and writes a round whenever there is a sample."""

    def __init__(self, path, pointer_bytes=8, process_id=4242):
        self.file = open(path, "wb")
        self.sequence = 0
        self.events = []
        self.event_count = 0
        head = struct.pack("<8sHHIQQQIIIII", b"HOSTMEMT", 1, 0, 64, TICKS, START, FILETIME_2026, process_id,
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
        self.events.append(struct.pack("<QIBBHIIIIQQQQ", self.ticks(at), thread, what, level, flags, result, type,
                                       protect, value, address, size, out, origin))
        self.event_count += 1

    def flush_events(self):
        for first in range(0, len(self.events), 8192):
            some = self.events[first:first + 8192]
            self.block(EVENTS, 64, len(some), b"".join(some))
        self.events = []

    def sample(self, at, dropped=0, reserved=0, committed=0, executable=0, mapped=0, heap=0, blocks=0, used=None, limit=0,
               low=0, neutral=0, high=0, peak_committed=0, peak_used=0, refused=(0, 0, 0), notifications=(0, 0, 0)):
        self.flush_events()
        used = committed + heap if used is None else used
        self.block(SAMPLES, 192, 1, struct.pack(
            "<24Q", self.ticks(at), dropped, reserved, committed, executable, mapped, heap, blocks, used, limit, low,
            neutral, high, 0, peak_committed, peak_used, 0, *refused, *notifications, 0))

    def region(self, address, size, allocation, state, protect, kind=1):
        self.block(REGIONS, 40, 1, struct.pack("<QQQIIII", address, size, allocation, state, protect, kind, 0))

    @staticmethod
    def padded(name):
        return name + bytes(-len(name) % 8)

    def site(self, id, line, name):
        self.block(SITES, 0, 1, struct.pack("<QiI", id, line, len(name)) + self.padded(name))

    def stack(self, id, frames):
        self.block(STACKS, 0, 1, struct.pack("<QII", id, len(frames), 0) + struct.pack(f"<{len(frames)}Q", *frames))

    def module(self, address, size, name):
        self.block(MODULES, 0, 1, struct.pack("<QQII", address, size, len(name), 0) + self.padded(name))

    def end(self, at, dropped=0):
        assert not self.events, "a round ends with a sample"
        self.block(END, 32, 1, struct.pack("<QQQQ", self.ticks(at), self.event_count, dropped, 0))
        self.close()

    def close(self):
        self.file.close()
