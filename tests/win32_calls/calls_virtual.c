/* From Wine's tests of kernel32: test_VirtualAlloc, test_VirtualAllocEx, test_write_watch, test_stack_commit and
 * test_guard_page in dlls/kernel32/tests/virtual.c, and from process.c. */
#include "call.h"

#define SOURCE "Wine 8.0, dlls/kernel32/tests/virtual.c"

static const call states[] = {
    {ALLOC(243, NOWHERE, 0, MEM_RESERVE, NO, BAD_ARGUMENT)},
    {ALLOC(248, NOWHERE, 0xfffc, MEM_RESERVE, NO, GIVES(A))},
    {QUERY(252, AT(A, 0), REGION(A, 0, GRANULE, MEM_RESERVE, 0, NO))},
    {PROTECT(263, AT(A, 0), 0xfffc, RO, BAD_ADDRESS)},
    {ALLOC(268, AT(A, 0), PAGE, MEM_COMMIT, NO, GIVES_AT(A, 0))},
    {QUERY(272, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, NO, NO))},
    {PROTECT(285, AT(A, 0), 0xfffc, RO, BAD_ADDRESS)},
    {PROTECT(290, AT(A, 0), PAGE, RO, WAS(NO))},
    {PROTECT(294, AT(A, 0), PAGE, RW, WAS(RO))},
    {QUERY(298, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, RW, NO))},
    {ALLOC(306, AT(A, 0), PAGE, MEM_RESET, NO, GIVES_AT(A, 0))},
    {QUERY(309, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, RW, NO))},
    {ALLOC(315, AT(A, PAGE), PAGE, MEM_RESET, NO, GIVES_AT(A, PAGE))},
    {QUERY(318, AT(A, PAGE), REGION(A, PAGE, 0xf000, MEM_RESERVE, 0, NO))},
    {ALLOC(324, AT(A, 0xf000), 0x2000, MEM_RESET, NO, BAD_ADDRESS)},
    {ALLOC(330, NOWHERE, PAGE, MEM_RESERVE, 0, BAD_ARGUMENT)},
    {ALLOC(335, NOWHERE, PAGE, MEM_COMMIT, 0, BAD_ARGUMENT)},
    {ALLOC(340, AT(A, 0), PAGE, MEM_COMMIT, RO | X, BAD_ARGUMENT)},
    {PROTECT(345, AT(A, 0), PAGE, RW | PAGE_EXECUTE_WRITECOPY, BAD_ARGUMENT)},
    {PROTECT(350, AT(A, 0), PAGE, 0, BAD_ARGUMENT)},
    {FREE(354, AT(A, 0), GRANULE, 0, BAD_ARGUMENT)},
    {FREE(359, AT(A, 0), 0, MEM_FREE, BAD_ARGUMENT)},
    {FREE(363, AT(A, 0), GRANULE, MEM_DECOMMIT, OK)},
    {FREE(366, AT(A, 0), 1, MEM_RELEASE, BAD_ARGUMENT)},
    {FREE(370, AT(A, 0), 0, MEM_RELEASE, OK)},
};

/* Caching is a property of the region. */
static const call caching[] = {
    {ALLOC(373, NOWHERE, 0x2000, MEM_COMMIT, RW | PAGE_NOCACHE, GIVES(A))},
    {QUERY(375, AT(A, 0), REGION(A, 0, 0x2000, MEM_COMMIT, RW | PAGE_NOCACHE, RW | PAGE_NOCACHE))},
    {PROTECT(385, AT(A, 0), PAGE, RW, WAS(RW | PAGE_NOCACHE))},
    {QUERY(387, AT(A, 0), REGION(A, 0, 0x2000, MEM_COMMIT, RW | PAGE_NOCACHE, RW | PAGE_NOCACHE))},
    {PROTECT(399, AT(A, 0), PAGE, RO, WAS(RW | PAGE_NOCACHE))},
    {QUERY(402, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, RO | PAGE_NOCACHE, RW | PAGE_NOCACHE))},
    {FREE(413, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(415, NOWHERE, 0x2000, MEM_COMMIT, RW, GIVES(A))},
    {QUERY(417, AT(A, 0), REGION(A, 0, 0x2000, MEM_COMMIT, RW, RW))},
    {PROTECT(427, AT(A, 0), PAGE, RO | PAGE_NOCACHE, WAS(RW))},
    {QUERY(429, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, RO, RW))},
    {FREE(439, AT(A, 0), 0, MEM_RELEASE, OK)},
};

static const call alignment[] = {
    {ALLOC(442, NOWHERE, 0x2000, BOTH, XRW, GIVES(A))},
    {FREE(445, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(446, AT(A, 0), PAGE, BOTH, XRW, GIVES_AT(A, 0))},
    {ALLOC(451, AT(A, 0), PAGE, BOTH | 0x40000000, XRW, BAD_ARGUMENT)}, /* AT_ROUND_TO_PAGE */
    {FREE(455, AT(A, 0), 0, MEM_RELEASE, OK)},
};

/* The same for the functions that name a process; from line 162 on it is another process in the source. */
static const call own_process[] = {
    {ALLOC(88, NOWHERE, 0x8000, MEM_COMMIT, XRW, GIVES(A))},
    {FREE(94, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(105, NOWHERE, 0x8000, MEM_COMMIT, RW, GIVES(A))},
    {ALLOC(106, NOWHERE, 0x8000, MEM_COMMIT, RW, GIVES(B))},
    {PROTECT(119, AT(A, 0x2000), 0x2000, NO, WAS(RW))},
    {PROTECT(135, AT(A, 0), 0x2000, NO, WAS(RW))},
    {FREE(154, AT(A, 0), 0, MEM_RELEASE, OK)},
    {FREE(155, AT(B, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(162, NOWHERE, 0, MEM_RESERVE, NO, BAD_ARGUMENT)},
    {ALLOC(167, NOWHERE, 0xfffc, MEM_RESERVE, NO, GIVES(A))},
    {QUERY(172, AT(A, 0), REGION(A, 0, GRANULE, MEM_RESERVE, 0, NO))},
    {PROTECT(182, AT(A, 0), 0xfffc, RO, BAD_ADDRESS)},
    {ALLOC(187, AT(A, 0), PAGE, MEM_COMMIT, NO, GIVES_AT(A, 0))},
    {QUERY(191, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, NO, NO))},
    {PROTECT(204, AT(A, 0), 0xfffc, RO, BAD_ADDRESS)},
    {PROTECT(210, AT(A, 0), PAGE, RO, WAS(NO))},
    {PROTECT(214, AT(A, 0), PAGE, RW, WAS(RO))},
    {FREE(217, AT(A, 0), GRANULE, 0, BAD_ARGUMENT)},
    {FREE(222, AT(A, 0), GRANULE, MEM_DECOMMIT, OK)},
    {FREE(225, AT(A, 0), 1, MEM_RELEASE, BAD_ARGUMENT)},
    {FREE(230, AT(A, 0), 0, MEM_RELEASE, OK)},
};

static const call write_watch[] = {
    {ALLOC(1647, NOWHERE, GRANULE, BOTH | MEM_WRITE_WATCH, RW, GIVES(A))},
    {QUERY(1655, AT(A, 0), REGION(A, 0, GRANULE, MEM_COMMIT, RW, RW))},
    {PROTECT(1757, AT(A, 0), 3 * PAGE, RO, WAS(RW))},
    {QUERY(1761, AT(A, 0), REGION(A, 0, 3 * PAGE, MEM_COMMIT, RO, RW))},
    {PROTECT(1768, AT(A, 0), 3 * PAGE, RW, WAS(RO))},
    {QUERY(1779, AT(A, 0), REGION(A, 0, GRANULE, MEM_COMMIT, RW, RW))},
    {FREE(2092, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(2094, NOWHERE, GRANULE, MEM_RESERVE | MEM_WRITE_WATCH, RW, GIVES(A))},
    {FREE(2096, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(2098, NOWHERE, GRANULE, MEM_WRITE_WATCH, RW, BAD_ARGUMENT)},
    {ALLOC(2104, NOWHERE, GRANULE, MEM_RESERVE | MEM_WRITE_WATCH, NO, GIVES(A))},
    {ALLOC(2106, AT(A, 0), GRANULE, MEM_COMMIT, NO, GIVES_AT(A, 0))},
    {PROTECT(2114, AT(A, 0), 6 * PAGE, RW, WAS(NO))},
    {PROTECT(2120, AT(A, 0), 6 * PAGE, NO, WAS(RW))},
    {FREE(2130, AT(A, 0), GRANULE, MEM_DECOMMIT, OK)},
    {FREE(2140, AT(A, 0), 0, MEM_RELEASE, OK)},
};

static const call stack[] = {
    {ALLOC(2199, NOWHERE, PAGE, BOTH, XRW, GIVES(A))},
    {ALLOC(2204, NOWHERE, 0x400000, MEM_RESERVE, RW, GIVES(B))},
    {ALLOC(2207, AT(B, 0x3ff000), PAGE, MEM_COMMIT, RW | PAGE_GUARD, GIVES_AT(B, 0x3ff000))},
    {FREE(2225, AT(B, 0), 0, MEM_RELEASE, OK)},
    {FREE(2226, AT(A, 0), 0, MEM_RELEASE, OK)},
};

/* Locking touches the pages, so on a guard page it fails once. */
static const call guard_pages[] = {
    {ALLOC(2263, NOWHERE, PAGE, BOTH, RW | PAGE_GUARD, GIVES(A))},
    {QUERY(2268, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, RW | PAGE_GUARD, RW | PAGE_GUARD))},
    {PROTECT(2278, AT(A, 0), PAGE, RW, WAS(RW | PAGE_GUARD))},
    {WRITE(2282, AT(A, 0), 1)},
    {PROTECT(2285, AT(A, 0), PAGE, RW | PAGE_GUARD, WAS(RW))},
    {LOCK(2291, AT(A, 0), PAGE, FAILS(STATUS_GUARD_PAGE_VIOLATION)), WINE(FAILS(ERROR_ACCESS_DENIED))},
    {LOCK(2296, AT(A, 0), PAGE, OK), WINE(FAILS(ERROR_ACCESS_DENIED))},
    {QUERY(2307, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, RW, RW | PAGE_GUARD)),
     WINE(REGION(A, 0, PAGE, MEM_COMMIT, RW | PAGE_GUARD, RW | PAGE_GUARD)), .except = CALL_NOT_BY_MANAGER},
    {PROTECT(2317, AT(A, 0), PAGE, RW | PAGE_GUARD, WAS(RW)), WINE(WAS(RW | PAGE_GUARD)),
     .except = CALL_NOT_BY_MANAGER},
    {FREE(2366, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(2375, NOWHERE, PAGE, BOTH | MEM_WRITE_WATCH, RW | PAGE_GUARD, GIVES(A))},
    {QUERY(2384, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, RW | PAGE_GUARD, RW | PAGE_GUARD))},
    {LOCK(2443, AT(A, 0), PAGE, FAILS(STATUS_GUARD_PAGE_VIOLATION)), WINE(FAILS(ERROR_ACCESS_DENIED))},
    {LOCK(2453, AT(A, 0), PAGE, OK), WINE(FAILS(ERROR_ACCESS_DENIED))},
    {FREE(2472, AT(A, 0), 0, MEM_RELEASE, OK)},
};

static const call reserved_only[] = {
    {ALLOC(1741, NOWHERE, 0xfffc, MEM_RESERVE, NO, GIVES(A))},
    {QUERY(1763, AT(A, 0), REGION(A, 0, GRANULE, MEM_RESERVE, 0, NO))},
    {QUERY(1789, AT(A, 0), REGION(A, 0, GRANULE, MEM_RESERVE, 0, NO))},
    {FREE(1812, AT(A, 0), 0, MEM_RELEASE, OK)},
};

const call_scene calls_virtual[] = {
    CALL_SCENE("reserving, committing, resetting and freeing", SOURCE, CALL_TESTED, states),
    CALL_SCENE("pages that are not cached", SOURCE, CALL_TESTED, caching),
    CALL_SCENE("alignment", SOURCE, CALL_TESTED, alignment),
    CALL_SCENE("the caller's own process", SOURCE, CALL_TESTED, own_process),
    CALL_SCENE("write watch", SOURCE, CALL_TESTED, write_watch),
    CALL_SCENE("the pages of a stack", SOURCE, CALL_TESTED, stack),
    CALL_SCENE("guard pages", SOURCE, CALL_TESTED, guard_pages),
    CALL_SCENE("a reservation", "Wine 8.0, dlls/kernel32/tests/process.c", CALL_TESTED, reserved_only),
    {0},
};
