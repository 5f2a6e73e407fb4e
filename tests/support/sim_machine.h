/* What the tests of the simulated operating system start with: a machine with four regions, and simple queries
 * about memory. Asserts, so only for the main thread of a CMocka test. */
#ifndef HOSTMEM_TESTS_SIM_MACHINE_H
#define HOSTMEM_TESTS_SIM_MACHINE_H

#include "sim_os.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define PAGE ((SIZE_T)0x1000)
#define GRANULE ((SIZE_T)0x10000)
#define ARENA_BYTES ((SIZE_T)0x1000000)
#define RW PAGE_READWRITE
#define POISON 0xa5a5a5a5u

/* The regions, from the origin:
 *   0x00000  256 KiB, reserved with PAGE_NOACCESS; pages 1 and 2 committed read-write, page 3 execute-read
 *   0x40000   64 KiB, right behind it; all committed read-write
 *  0x100000    3 pages, committed read-only: the rest of the granule is free
 *  0x180000   64 KiB, foreign, committed read-write */
#define FIRST ((SIZE_T)0)
#define SECOND ((SIZE_T)0x40000)
#define SMALL ((SIZE_T)0x100000)
#define FOREIGN ((SIZE_T)0x180000)
#define FREE_PLACE ((SIZE_T)0x300000)
#define OWN_RESERVED (SECOND + GRANULE + 3 * PAGE)
#define OWN_COMMITTED (3 * PAGE + GRANULE + 3 * PAGE)

typedef struct machine {
    sim_os *sim;
    hostmem_os *os;
    UINT_PTR origin;
    hmi_os_info info;
} machine;

/* Sets the thread's last error to POISON. */
machine machine_create(void);
void machine_destroy(machine *m);

/* virtual_alloc at an offset from the origin, which must succeed. */
void must_alloc(machine *m, SIZE_T offset, SIZE_T size, UINT32 type, UINT32 protect);

/* Fails the test, naming the case and the figure, unless they are equal. */
void expect(const char *name, const char *what, UINT64 is, UINT64 wanted);
/* Compares what is reserved and committed with the four regions, as a difference. */
void expect_totals(const machine *m, const char *name, INT64 reserved, INT64 committed);

/* Whether an address can be accessed, tried with the fault caught. A writable byte is changed. */
BOOL readable(const void *address);
BOOL writable(void *address);
BOOL is_zero(const char *memory, SIZE_T size);

#endif
