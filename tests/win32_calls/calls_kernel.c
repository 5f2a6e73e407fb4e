/* From ReactOS's test of ZwAllocateVirtualMemory in the kernel, which is run on Windows, too: SimpleErrorChecks,
 * SimpleAllocation and CustomBaseAllocation. Calls are numbered in each. Those about other processes and about the
 * number of leading zeroes in an address have no counterpart in Win32. */
#include "call.h"

#define SOURCE "ReactOS 56b1c5d9, modules/rostests/kmtests/ntos_mm/ZwAllocateVirtualMemory.c"
#define BYTES 200

/* In the source each allocation is followed by its release. Where it failed, that is a release at NULL. */
#define TAKES(number, bytes, type, access)                   \
    {ALLOC(number, NOWHERE, bytes, type, access, GIVES(A))}, \
    {                                                        \
        FREE((number) + 1, AT(A, 0), 0, MEM_RELEASE, OK)     \
    }
#define RELEASES_NOTHING(number)                                                                \
    {                                                                                           \
        FREE(number, NOWHERE, 0, MEM_RELEASE, BAD_ADDRESS), WINE(BAD_ARGUMENT), .foreign = TRUE \
    }
#define REFUSES(number, bytes, type, access) \
    {ALLOC(number, NOWHERE, bytes, type, access, BAD_ARGUMENT)}, RELEASES_NOTHING((number) + 1)
/* Wine allocates the memory, which the test frees. */
#define REFUSES_UNLIKE_WINE(number, bytes, type, access) \
    {ALLOC(number, NOWHERE, bytes, type, access, BAD_ARGUMENT), WINE(GIVES(B))}, RELEASES_NOTHING((number) + 1)

static const call errors[] = {
    TAKES(1, BYTES, BOTH, RW),
    {ALLOC(9, AT(WINDOW, 0), BYTES, BOTH, RW, GIVES_AT(WINDOW, 0))},
    {FREE(10, AT(WINDOW, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(11, AT(KERNEL, 200), BYTES, BOTH, RW, BAD_ARGUMENT)},
    {FREE(12, AT(KERNEL, 200), 0, MEM_RELEASE, BAD_ARGUMENT), .foreign = TRUE},
    {ALLOC(13, AT(KERNEL, 0x123450), 0x1000, MEM_COMMIT, RW, BAD_ARGUMENT)},
    {FREE(14, AT(KERNEL, 0x123450), 0, MEM_RELEASE, BAD_ARGUMENT), .foreign = TRUE},
    TAKES(23, BYTES, BOTH, RW),
    REFUSES(25, (SIZE_T)-1, BOTH, RW),
    REFUSES(27, 0, BOTH, RW),
    REFUSES(31, BYTES, MEM_PHYSICAL, RW),
    REFUSES_UNLIKE_WINE(33, BYTES, MEM_COMMIT | MEM_RESET, RW),
    REFUSES(35, BYTES, 0, RW),
    REFUSES(37, BYTES, MEM_TOP_DOWN, RW),
    REFUSES_UNLIKE_WINE(39, BYTES, MEM_TOP_DOWN | MEM_RESET, RW),
    TAKES(41, BYTES, MEM_TOP_DOWN | MEM_COMMIT, RW),
    {ALLOC(43, NOWHERE, BYTES, MEM_PHYSICAL | MEM_RESERVE, RW, GIVES(A)), WINE(BAD_ARGUMENT),
     .except = CALL_NOT_IN_SIM},
    {FREE(44, AT(A, 0), 0, MEM_RELEASE, OK), .except = CALL_NOT_IN_SIM | CALL_NOT_BY_WINE},
    REFUSES(45, BYTES, MEM_PHYSICAL | MEM_COMMIT, RW),
    REFUSES_UNLIKE_WINE(47, BYTES, MEM_RESET | MEM_COMMIT | MEM_RESERVE, RW),
    REFUSES(49, BYTES, 0xffffffff, RW),
    TAKES(51, BYTES, MEM_COMMIT, RW),
    TAKES(53, BYTES, MEM_RESERVE, RW),
    REFUSES(55, BYTES, MEM_RESERVE, PAGE_WRITECOPY),
    REFUSES(57, BYTES, MEM_RESERVE, PAGE_EXECUTE_WRITECOPY),
    REFUSES(59, BYTES, BOTH, 0),
    REFUSES(61, BYTES, BOTH, 0xffffffff),
    REFUSES_UNLIKE_WINE(63, BYTES, BOTH, NO | PAGE_GUARD),
    REFUSES_UNLIKE_WINE(65, BYTES, BOTH, NO | PAGE_WRITECOMBINE),
    TAKES(67, BYTES, BOTH, RO | PAGE_WRITECOMBINE),
};

static const call simple[] = {
    {ALLOC(1, NOWHERE, BYTES, MEM_COMMIT, RW, GIVES(A))},
    {READ(2, AT(A, 0), 0)},
    {READ(2, AT(A, 0xffc), 0)},
    {WRITE(3, AT(A, 0), 0x4c656854)},
    {READ(3, AT(A, 0), 0x4c656854)},
    {FREE(4, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(5, NOWHERE, BYTES, MEM_RESERVE, RW, GIVES(A))},
    {QUERY(6, AT(A, 0), REGION(A, 0, PAGE, MEM_RESERVE, 0, RW))},
    {ALLOC(7, AT(A, 0), PAGE, MEM_COMMIT, RW, GIVES_AT(A, 0))},
    {WRITE(8, AT(A, 0), 0x4c656854)},
    {READ(8, AT(A, 0), 0x4c656854)},
    {QUERY(9, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, RW, RW))},
    {FREE(10, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(11, NOWHERE, BYTES, BOTH, NO, GIVES(A))},
    {QUERY(12, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, NO, NO))},
    {FREE(13, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(14, NOWHERE, BYTES, BOTH, RO, GIVES(A))},
    {QUERY(15, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, RO, RO))},
    {READ(16, AT(A, 0), 0)},
    {FREE(17, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(18, NOWHERE, 1000, BOTH, RW | PAGE_GUARD, GIVES(A))},
    {QUERY(19, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, RW | PAGE_GUARD, RW | PAGE_GUARD))},
    {FREE(21, AT(A, 0), 0, MEM_RELEASE, OK)},
};

static const call chosen_base[] = {
    {ALLOC(1, AT(WINDOW, 0x25000), BYTES, BOTH, RW, GIVES_AT(WINDOW, 0x20000))},
    {QUERY(2, AT(WINDOW, 0x20000), REGION_FROM(WINDOW, 0x20000, 0x6000, MEM_COMMIT, RW, RW))},
    {FREE(3, AT(WINDOW, 0x20000), 0, MEM_RELEASE, OK)},
};

const call_scene calls_kernel[] = {
    CALL_SCENE("what an allocation is refused for", SOURCE, CALL_TESTED, errors),
    CALL_SCENE("pages that are used", SOURCE, CALL_TESTED, simple),
    CALL_SCENE("a chosen base", SOURCE, CALL_TESTED, chosen_base),
    {0},
};
