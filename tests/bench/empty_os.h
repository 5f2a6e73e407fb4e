/* An operating system that does next to nothing, so that what a call still costs is the library's own: addresses
 * without memory behind them, which nobody may touch, every request granted and nothing remembered. Queries find
 * committed memory everywhere. Heaps are stacks of real blocks, for one thread each. What the library needs for itself
 * (tables, objects, threads, time, the last error) is Win32's, and the bytes of its tables and objects are counted. One
 * for the process. */
#ifndef HOSTMEM_BENCH_EMPTY_OS_H
#define HOSTMEM_BENCH_EMPTY_OS_H

#include "os/os.h"

hostmem_os *empty_os(void);

/* Call first on each thread that reserves. Addresses that the system chooses come from a lane of the thread's own, far
 * away from others' (so that no two threads wait for each other here); released ones are given out again first, newest
 * first. lane: below EMPTY_OS_LANES. */
#define EMPTY_OS_LANES 8u
void empty_os_use_lane(UINT32 lane);

/* Where a lane begins: a place for reservations by address. Lanes are 4 TiB long, or 256 MiB on 32-bit. */
UINT_PTR empty_os_lane_start(UINT32 lane);

/* What the library has for itself: bytes of objects that there are, and all bytes that were ever committed for
 * tables. */
UINT64 empty_os_own_bytes(void);

#endif
