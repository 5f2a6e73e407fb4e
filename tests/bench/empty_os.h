/* An operating system that does almost nothing, so that the remaining time of a call is the library's own:
 * addresses without memory, which must not be touched; every request is granted, and nothing is recorded. Queries
 * find committed memory everywhere. Heaps are stacks of real blocks, for one thread each. What the library needs
 * for itself (tables, objects, threads, time, the last error) is Win32's, and the bytes of its tables and objects
 * are counted. One for the process. */
#ifndef HOSTMEM_BENCH_EMPTY_OS_H
#define HOSTMEM_BENCH_EMPTY_OS_H

#include "os/os.h"

hostmem_os *empty_os(void);

/* Call first on each thread that reserves. Addresses that the system chooses come from a lane of the thread's own,
 * far from the others (so that threads do not contend here); released ones are reused first, the newest first.
 * lane: below EMPTY_OS_LANES. */
#define EMPTY_OS_LANES 8u
void empty_os_use_lane(UINT32 lane);

/* The start of a lane, for reservations by address. Lanes are 4 TiB long, or 256 MiB in 32 bits. */
UINT_PTR empty_os_lane_start(UINT32 lane);

/* The library's own memory: bytes of existing objects, and all bytes that were ever committed for tables. */
UINT64 empty_os_own_bytes(void);

#endif
