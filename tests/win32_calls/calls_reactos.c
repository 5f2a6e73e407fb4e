/* From ReactOS's tests of NtAllocateVirtualMemory and NtProtectVirtualMemory (modules/rostests/apitests/ntdll),
 * which are run on Windows, too. Calls are numbered within each of their functions. Their addresses are offsets in
 * a free window here. Where they release with the size of the whole, the release here is VirtualFree's. */
#include "call.h"

#define ALLOCATE "ReactOS 283bbe73, modules/rostests/apitests/ntdll/NtAllocateVirtualMemory.c"
#define ACCESS "ReactOS 36b140ac, modules/rostests/apitests/ntdll/NtProtectVirtualMemory.c"

/* CheckSize, called by CheckAlignment: the size to which a reservation is rounded. */
#define ROUNDS(number, offset, bytes, base, rounded)                                          \
    {ALLOC(number, AT(WINDOW, offset), bytes, MEM_RESERVE, NO, GIVES_AT(WINDOW, base))},      \
        {QUERY(0, AT(WINDOW, base), REGION_FROM(WINDOW, base, rounded, MEM_RESERVE, 0, NO))}, \
    {                                                                                         \
        FREE((number) + 1, AT(WINDOW, base), 0, MEM_RELEASE, OK)                              \
    }

static const call rounding[] = {
    ROUNDS(1, 0x0000, 0x0001, 0, 0x1000),  ROUNDS(3, 0x8000, 0x0001, 0, 0x9000),
    ROUNDS(5, 0x0010, 0x1000, 0, 0x2000),  ROUNDS(7, 0x10000, 0x2000, 0x10000, 0x2000),
    ROUNDS(9, 0xffff, 0x3000, 0, 0x13000), ROUNDS(11, 0x1010, 0x7000, 0, 0x9000),
    ROUNDS(13, 0x1010, 0xc000, 0, 0xe000),
};

/* CheckAlignment, continued. */
static const call one_granule[] = {
    {ALLOC(1, AT(WINDOW, 0x1010), PAGE, MEM_RESERVE, NO, GIVES_AT(WINDOW, 0))},
    {QUERY(0, AT(WINDOW, 0), REGION(WINDOW, 0, 0x3000, MEM_RESERVE, 0, NO))},
    {ALLOC(2, AT(WINDOW, 0x8000), PAGE, MEM_RESERVE, NO, BAD_ADDRESS)},
    {ALLOC(3, AT(WINDOW, 0x2000), PAGE, MEM_COMMIT, NO, GIVES_AT(WINDOW, 0x2000))},
    {ALLOC(4, AT(WINDOW, 0x2000), PAGE, MEM_COMMIT, RW, GIVES_AT(WINDOW, 0x2000))},
    {ALLOC(5, AT(WINDOW, 0x3000), PAGE, MEM_COMMIT, NO, BAD_ADDRESS)},
    {FREE(6, AT(WINDOW, 0), 0x3000, MEM_DECOMMIT, OK)},
    {FREE(7, AT(WINDOW, 0x10000), 0, MEM_RELEASE, BAD_ADDRESS), WINE(BAD_ARGUMENT), .foreign = TRUE},
    {FREE(8, AT(WINDOW, 0x8000), 0, MEM_RELEASE, BAD_ADDRESS), WINE(BAD_ARGUMENT), .foreign = TRUE},
    {FREE(9, AT(WINDOW, 0), 0x4000, MEM_RELEASE, BAD_ARGUMENT)},
    {FREE(10, AT(WINDOW, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(11, AT(WINDOW, 0x4080), PAGE, BOTH, RW, GIVES_AT(WINDOW, 0))},
    {QUERY(0, AT(WINDOW, 0), REGION(WINDOW, 0, 0x6000, MEM_COMMIT, RW, RW))},
    {WRITE(12, AT(WINDOW, 0), 1)},
    {WRITE(13, AT(WINDOW, 0x4080), 1)},
    {FREE(14, AT(WINDOW, 0), 0, MEM_RELEASE, OK)},
};

/* CheckAdjacentVADs. */
static const call neighbours[] = {
    {ALLOC(1, AT(WINDOW, 0), GRANULE, MEM_RESERVE, NO, GIVES_AT(WINDOW, 0))},
    {ALLOC(2, AT(WINDOW, 0x20000), GRANULE, MEM_RESERVE, NO, GIVES_AT(WINDOW, 0x20000))},
    {FREE(3, AT(WINDOW, 0), 0x30000, MEM_RELEASE, BAD_ARGUMENT)},
    {ALLOC(4, AT(WINDOW, 0x10000), GRANULE, MEM_RESERVE, NO, GIVES_AT(WINDOW, 0x10000))},
    {ALLOC(5, AT(WINDOW, 0x4000), GRANULE, MEM_COMMIT, NO, BAD_ADDRESS)},
    {ALLOC(6, AT(WINDOW, 0), PAGE, MEM_COMMIT, RW, GIVES_AT(WINDOW, 0))},
    {ALLOC(7, AT(WINDOW, 0x2000), PAGE, MEM_COMMIT, NO, GIVES_AT(WINDOW, 0x2000))},
    {WRITE(8, AT(WINDOW, 0), 1)},
    {ALLOC(9, AT(WINDOW, 0), 0x3000, MEM_COMMIT, RO, GIVES_AT(WINDOW, 0))},
    {ALLOC(10, AT(WINDOW, 0xf000), PAGE, MEM_COMMIT, RW, GIVES_AT(WINDOW, 0xf000))},
    {QUERY(11, AT(WINDOW, 0xf700), REGION(WINDOW, 0xf000, PAGE, MEM_COMMIT, RW, NO))},
    {FREE(12, AT(WINDOW, 0), 0x30000, MEM_RELEASE, BAD_ARGUMENT)},
    {FREE(13, AT(WINDOW, 0), 0, MEM_RELEASE, OK)},
    {FREE(14, AT(WINDOW, 0x10000), 0, MEM_RELEASE, OK)},
    {FREE(15, AT(WINDOW, 0x20000), 0, MEM_RELEASE, OK)},
    {ALLOC(16, AT(WINDOW, 0), 0x30000, MEM_RESERVE, NO, GIVES_AT(WINDOW, 0))},
    {FREE(0, AT(WINDOW, 0), 0, MEM_RELEASE, OK)},
};

/* Addresses that cannot be allocated. */
static const call lowest[] = {
    {ALLOC(1, AT(NULL, 0xf000), PAGE, MEM_RESERVE, RW, BAD_ARGUMENT)},
};

/* Allocate, ReAllocate and Free with the sizes of the test: a reservation with one page more than is committed. The
 * data begins with zeroes and ends at the end of the pages. */
#define HOLDS(name, bytes)                                                        \
    {ALLOC(1, NOWHERE, bytes, MEM_RESERVE, NO, GIVES(name))},                     \
        {ALLOC(2, AT(name, 0), (bytes)-PAGE, MEM_COMMIT, RW, GIVES_AT(name, 0))}, \
        {READ(3, AT(name, (bytes)-PAGE - 4), 0)},                                 \
    {                                                                             \
        WRITE(4, AT(name, (bytes)-PAGE - 4), 0xfffefdfc)                          \
    }
#define GIVES_BACK(name, bytes)                        \
    {READ(5, AT(name, (bytes)-PAGE - 4), 0xfffefdfc)}, \
    {                                                  \
        FREE(6, AT(name, 0), 0, MEM_RELEASE, OK)       \
    }
#define MOVES(from, old, to, bytes) HOLDS(to, bytes), GIVES_BACK(from, old)

/* Sizes that grow by half from 32 bytes on, in 32 rounds, with a header of 16 bytes and a page, rounded to pages. */
static const call growing_by_half[] = {
    HOLDS(A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x3000),
    MOVES(A, 0x3000, B, 0x3000),
    MOVES(B, 0x3000, A, 0x4000),
    MOVES(A, 0x4000, B, 0x5000),
    MOVES(B, 0x5000, A, 0x7000),
    MOVES(A, 0x7000, B, 0x9000),
    MOVES(B, 0x9000, A, 0xd000),
    MOVES(A, 0xd000, B, 0x13000),
    MOVES(B, 0x13000, A, 0x1b000),
    MOVES(A, 0x1b000, B, 0x28000),
    MOVES(B, 0x28000, A, 0x3c000),
    MOVES(A, 0x3c000, B, 0x59000),
    MOVES(B, 0x59000, A, 0x85000),
    MOVES(A, 0x85000, B, 0xc6000),
    MOVES(B, 0xc6000, A, 0x129000),
    MOVES(A, 0x129000, B, 0x1bd000),
    MOVES(B, 0x1bd000, A, 0x29a000),
    MOVES(A, 0x29a000, B, 0x3e6000),
    MOVES(B, 0x3e6000, A, 0x5d9000),
    MOVES(A, 0x5d9000, B, 0x8c4000),
    MOVES(B, 0x8c4000, A, 0xd26000),
    GIVES_BACK(A, 0xd26000),
};

/* Sizes that grow by 128 bytes, from 128 on, in 32 rounds. */
static const call growing_evenly[] = {
    HOLDS(A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x2000),
    MOVES(B, 0x2000, A, 0x2000),
    MOVES(A, 0x2000, B, 0x3000),
    MOVES(B, 0x3000, A, 0x3000),
    GIVES_BACK(A, 0x3000),
};

/* TestReadWrite. */
static const call read_write[] = {
    {ALLOC(1, NOWHERE, PAGE, MEM_RESERVE, NO, GIVES(A))},
    {ALLOC(2, AT(A, 0), PAGE, MEM_COMMIT, RW, GIVES_AT(A, 0))},
    {WRITE(3, AT(A, 0), 0xff)},
    {READ(4, AT(A, 0), 0xff)},
    {PROTECT(5, AT(A, 0), PAGE, RO, WAS(RW))},
    {READ(6, AT(A, 0), 0xff)},
    {PROTECT(7, AT(A, 0), PAGE, NO, WAS(RO))},
    {PROTECT(8, AT(A, 0), PAGE, RO, WAS(NO))},
    {READ(9, AT(A, 0), 0xff)},
    {FREE(10, AT(A, 0), 0, MEM_RELEASE, OK)},
};

/* TestFreeNoAccess; three of its 50,000 rounds. */
#define FREES_WITHOUT_ACCESS                                                                  \
    {ALLOC(1, NOWHERE, 16 * PAGE, MEM_COMMIT, RW, GIVES(A))}, {READ(2, AT(A, 15 * PAGE), 0)}, \
        {WRITE(3, AT(A, 15 * PAGE), 123)}, {PROTECT(4, AT(A, 0), 16 * PAGE, NO, WAS(RW))},    \
    {                                                                                         \
        FREE(5, AT(A, 0), 0, MEM_RELEASE, OK)                                                 \
    }

static const call free_without_access[] = {FREES_WITHOUT_ACCESS, FREES_WITHOUT_ACCESS, FREES_WITHOUT_ACCESS};

const call_scene calls_reactos[] = {
    CALL_SCENE("what a reservation is rounded to", ALLOCATE, CALL_TESTED, rounding),
    CALL_SCENE("two in one granule", ALLOCATE, CALL_TESTED, one_granule),
    CALL_SCENE("reservations side by side", ALLOCATE, CALL_TESTED, neighbours),
    CALL_SCENE("the lowest addresses", ALLOCATE, CALL_TESTED, lowest),
    CALL_SCENE("blocks that grow by half", ALLOCATE, CALL_TESTED, growing_by_half),
    CALL_SCENE("blocks that grow evenly", ALLOCATE, CALL_TESTED, growing_evenly),
    CALL_SCENE("access", ACCESS, CALL_TESTED, read_write),
    CALL_SCENE("freeing without access", ACCESS, CALL_TESTED, free_without_access),
    {0},
};
