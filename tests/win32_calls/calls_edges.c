/* Calls for which no test on Windows is known: the results are from Microsoft's documentation, or from ReactOS's
 * code, which follows Windows. Calls are numbered within each scene. */
#include "call.h"

#define LARGE MEM_LARGE_PAGES
#define TARGETS 0x40000000u   /* PAGE_TARGETS_INVALID, and PAGE_TARGETS_NO_UPDATE for VirtualProtect */
#define PRESERVE 2u           /* MEM_PRESERVE_PLACEHOLDER */
#define COALESCE 1u           /* MEM_COALESCE_PLACEHOLDERS */
#define RESET_UNDO 0x1000000u /* not the headers' value: Wine's differs */

/* Beyond the end of an allocation, and after it. */
static const call ends[] = {
    {ALLOC(1, NOWHERE, GRANULE, BOTH, RW, GIVES(A))},
    {FREE(2, AT(A, 0), GRANULE + PAGE, MEM_DECOMMIT, BAD_ARGUMENT)},
    {FREE(3, AT(A, 0xf000), 2 * PAGE, MEM_DECOMMIT, BAD_ARGUMENT)},
    {QUERY(4, AT(A, 0), REGION(A, 0, GRANULE, MEM_COMMIT, RW, RW))},
    {FREE(5, AT(A, 0), (SIZE_T)-1, MEM_DECOMMIT, BAD_ARGUMENT), WINE(OK)},
    {FREE(6, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(7, AT(WINDOW, 0), 3 * PAGE, MEM_RESERVE, RW, GIVES_AT(WINDOW, 0))},
    {FREE(8, AT(WINDOW, 0x2000), 2 * PAGE, MEM_DECOMMIT, BAD_ARGUMENT)},
    {FREE(9, AT(WINDOW, 0x3000), PAGE, MEM_DECOMMIT, BAD_ADDRESS), WINE(BAD_ARGUMENT), .foreign = TRUE},
    {FREE(10, AT(WINDOW, 0x8000), PAGE, MEM_DECOMMIT, BAD_ADDRESS), WINE(BAD_ARGUMENT), .foreign = TRUE},
    {FREE(11, AT(WINDOW, 0x8000), 0, MEM_RELEASE, BAD_ADDRESS), WINE(BAD_ARGUMENT), .foreign = TRUE},
    {FREE(12, AT(WINDOW, 0x8000), 0, MEM_DECOMMIT, BAD_ADDRESS), WINE(BAD_ARGUMENT), .foreign = TRUE},
    {ALLOC(13, AT(WINDOW, 0x3000), PAGE, MEM_COMMIT, RW, BAD_ADDRESS)},
    {PROTECT(14, AT(WINDOW, 0x3000), PAGE, RO, BAD_ADDRESS), WINE(BAD_ARGUMENT)},
    {FREE(15, AT(WINDOW, 0), 0, MEM_RELEASE, OK)},
    {FREE(16, AT(WINDOW, 0), 0, MEM_RELEASE, BAD_ADDRESS), WINE(BAD_ARGUMENT), .foreign = TRUE},
    {PROTECT(17, AT(WINDOW, 0), PAGE, RO, BAD_ADDRESS), WINE(BAD_ARGUMENT)},
};

static const call two_allocations[] = {
    {ALLOC(1, AT(WINDOW, 0), GRANULE, BOTH, RW, GIVES_AT(WINDOW, 0))},
    {ALLOC(2, AT(WINDOW, 0x10000), GRANULE, BOTH, RW, GIVES_AT(WINDOW, 0x10000))},
    {PROTECT(3, AT(WINDOW, 0xf000), 2 * PAGE, RO, BAD_ADDRESS), WINE(BAD_ARGUMENT)},
    {FREE(4, AT(WINDOW, 0xf000), 2 * PAGE, MEM_DECOMMIT, BAD_ARGUMENT)},
    {ALLOC(5, AT(WINDOW, 0xf000), 2 * PAGE, MEM_COMMIT, RO, BAD_ADDRESS)},
    {PROTECT(6, AT(WINDOW, 0x1f000), 2 * PAGE, RO, BAD_ADDRESS), WINE(BAD_ARGUMENT)},
    {FREE(7, AT(WINDOW, 0), 0, MEM_RELEASE, OK)},
    {FREE(8, AT(WINDOW, 0x10000), 0, MEM_RELEASE, OK)},
};

static const call sizes[] = {
    {ALLOC(1, NOWHERE, 2 * PAGE, BOTH, RW, GIVES(A))},
    {PROTECT(2, AT(A, 0), 0, RO, BAD_ARGUMENT), WINE(WAS(RW))},
    {PROTECT(3, AT(A, 0), (SIZE_T)-1, RO, BAD_ARGUMENT), WINE(WAS(RW))},
    {PROTECT(0, AT(A, 0), 2 * PAGE, RW, WAS(RW))},
    {PROTECT(4, AT(A, 0xfff), 2, RO, WAS(RW))},
    {QUERY(5, AT(A, 0x1234), REGION(A, PAGE, PAGE, MEM_COMMIT, RO, RW))},
    {ALLOC(6, AT(A, 0xfff), 2, MEM_COMMIT, RW, GIVES_AT(A, 0))},
    {QUERY(7, AT(A, 0), REGION(A, 0, 2 * PAGE, MEM_COMMIT, RW, RW))},
    {FREE(8, AT(A, 0), 0, MEM_RELEASE, OK)},
};

/* Decommitted pages are like pages that were never committed. */
static const call decommitted[] = {
    {ALLOC(1, NOWHERE, 4 * PAGE, MEM_RESERVE, NO, GIVES(A))},
    {ALLOC(2, AT(A, 0), 2 * PAGE, MEM_COMMIT, RW, GIVES_AT(A, 0))},
    {FREE(3, AT(A, 0), 2 * PAGE, MEM_DECOMMIT, OK)},
    {QUERY(4, AT(A, 0), REGION(A, 0, 4 * PAGE, MEM_RESERVE, 0, NO)), WINE(REGION(A, 0, 2 * PAGE, MEM_RESERVE, 0, NO))},
    {FREE(5, AT(A, 0), 0, MEM_RELEASE, OK)},
};

/* Flags are checked first, then the protection, then address and size, and the privilege last. */
static const call large_pages[] = {
    {ALLOC(1, NOWHERE, 0x200000, LARGE, RW, BAD_ARGUMENT)},
    {ALLOC(2, NOWHERE, 0x200000, LARGE | MEM_RESERVE, RW, BAD_ARGUMENT)},
    {ALLOC(3, NOWHERE, 0x200000, LARGE | BOTH | MEM_WRITE_WATCH, RW, BAD_ARGUMENT)},
    {ALLOC(4, NOWHERE, 0x200000, LARGE | BOTH, 0, BAD_ARGUMENT)},
    {ALLOC(5, NOWHERE, 0, LARGE | BOTH, RW, BAD_ARGUMENT)},
    {ALLOC(6, NOWHERE, 0x200000, LARGE | BOTH, RW, FAILS(ERROR_PRIVILEGE_NOT_HELD)), WINE(BAD_ARGUMENT)},
};

static const call resets[] = {
    {ALLOC(1, NOWHERE, GRANULE, MEM_RESET, RW, GIVES(A))},
    {QUERY(2, AT(A, 0), REGION(A, 0, GRANULE, MEM_RESERVE, 0, RW))},
    {FREE(3, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(4, NOWHERE, GRANULE, BOTH, RW, GIVES(A))},
    {ALLOC(5, AT(A, 0), GRANULE, MEM_RESET, 0, BAD_ARGUMENT), WINE(GIVES_AT(A, 0))},
    {ALLOC(6, AT(A, 0), GRANULE, MEM_RESET | MEM_COMMIT, RW, BAD_ARGUMENT), WINE(GIVES_AT(A, 0))},
    {ALLOC(7, AT(A, 0), GRANULE, RESET_UNDO, RW, GIVES_AT(A, 0)), WINE(BAD_ARGUMENT)},
    {FREE(8, AT(A, 0), 0, MEM_RELEASE, OK)},
};

/* Control flow guard: the flag is not part of the protection. */
static const call targets[] = {
    {ALLOC(1, NOWHERE, PAGE, BOTH, XRW | TARGETS, GIVES(A))},
    {QUERY(2, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, XRW, XRW))},
    {PROTECT(3, AT(A, 0), PAGE, XR | TARGETS, WAS(XRW))},
    {QUERY(4, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, XR, XRW))},
    {FREE(5, AT(A, 0), 0, MEM_RELEASE, OK)},
};

/* Memory that is not a placeholder. */
static const call placeholders[] = {
    {ALLOC(1, NOWHERE, GRANULE, MEM_RESERVE, RW, GIVES(A))},
    {FREE(2, AT(A, 0), PAGE, MEM_RELEASE | PRESERVE, BAD_ADDRESS), WINE(BAD_ARGUMENT)},
    {FREE(3, AT(A, 0), PAGE, MEM_RELEASE | PRESERVE | COALESCE, BAD_ARGUMENT)},
    {FREE(4, AT(A, 0), PAGE, MEM_DECOMMIT | PRESERVE, BAD_ARGUMENT)},
    {FREE(5, AT(A, 0), 0, MEM_RELEASE, OK)},
};

/* Pages without access have no caching. */
static const call modifiers[] = {
    {ALLOC(1, NOWHERE, PAGE, BOTH, NO | PAGE_NOCACHE, BAD_ARGUMENT), WINE(GIVES(B))},
    {ALLOC(2, NOWHERE, PAGE, BOTH, RW | PAGE_NOCACHE | PAGE_WRITECOMBINE, BAD_ARGUMENT), WINE(GIVES(B))},
};

static const call queries[] = {
    {QUERY(1, AT(WINDOW, 0), FREE_REGION(WINDOW, 0, 0))},
    {QUERY(2, AT(WINDOW, 0), FAILS(ERROR_BAD_LENGTH)), .type = 1},
    {QUERY(3, AT(KERNEL, 0), BAD_ARGUMENT)},
    {ALLOC(4, AT(WINDOW, 0), PAGE, MEM_RESERVE, RW, GIVES_AT(WINDOW, 0))},
    {QUERY(5, AT(WINDOW, 0x1000), FREE_REGION(WINDOW, 0x1000, 0))},
    {FREE(6, AT(WINDOW, 0), 0, MEM_RELEASE, OK)},
};

#define DOCUMENTATION "Microsoft's documentation"
#define CODE "ReactOS, ntoskrnl/mm/ARM3/virtual.c"

const call_scene calls_edges[] = {
    CALL_SCENE("ends", CODE, CALL_DOCUMENTED, ends),
    CALL_SCENE("two allocations", CODE, CALL_DOCUMENTED, two_allocations),
    CALL_SCENE("sizes", CODE, CALL_DOCUMENTED, sizes),
    CALL_SCENE("decommitted pages", CODE, CALL_DOCUMENTED, decommitted),
    CALL_SCENE("large pages", CODE, CALL_DOCUMENTED, large_pages),
    CALL_SCENE("resets", CODE, CALL_DOCUMENTED, resets),
    CALL_SCENE("targets of control flow guard", DOCUMENTATION, CALL_DOCUMENTED, targets),
    CALL_SCENE("placeholders", DOCUMENTATION, CALL_DOCUMENTED, placeholders),
    CALL_SCENE("caching", CODE, CALL_DOCUMENTED, modifiers),
    CALL_SCENE("queries", DOCUMENTATION, CALL_DOCUMENTED, queries),
    {0},
};
