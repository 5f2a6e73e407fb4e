/* What may be freed: from Wine's tests of ntdll (test_NtAllocateVirtualMemory, test_NtFreeVirtualMemory and
 * test_query_region_information in dlls/ntdll/tests/virtual.c) and ReactOS's Test_NtFreeVirtualMemory. Calls that
 * succeed in releasing with a size are left out: ntdll's function allows that, VirtualFree does not. */
#include "call.h"

static const call ntdll[] = {
    {ALLOC(107, NOWHERE, PAGE, BOTH, XRW, GIVES(A))},
    {ALLOC(114, AT(A, PAGE), PAGE, BOTH, XRW, BAD_ADDRESS)},
    {ALLOC(219, AT(A, PAGE), PAGE, BOTH | 0x40000000, XRW, BAD_ARGUMENT)}, /* AT_ROUND_TO_PAGE */
    {FREE(225, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(232, NOWHERE, GRANULE, BOTH, XRW, GIVES(A))},
    {FREE(238, AT(A, 0x1fff), 2, MEM_DECOMMIT, OK)},
    {FREE(245, AT(A, 0x1001), 0, MEM_DECOMMIT, BAD_ADDRESS)},
    {FREE(252, AT(A, 0xffe), 0, MEM_DECOMMIT, OK)},
    {FREE(259, AT(A, 0x1001), 0, MEM_RELEASE, BAD_ADDRESS)},
    {FREE(266, AT(A, 0xfff), 0, MEM_RELEASE, OK)},
    {ALLOC(274, NOWHERE, GRANULE, MEM_RESERVE | 0x40000, NO, BAD_ARGUMENT)}, /* MEM_RESERVE_PLACEHOLDER */
    {ALLOC(1648, NOWHERE, GRANULE, MEM_RESERVE, RW, GIVES(A))},
    {FREE(1655, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(1793, NOWHERE, GRANULE, MEM_RESERVE, RW, GIVES(A))},
    {FREE(1823, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(1829, NOWHERE, GRANULE, BOTH, RW, GIVES(A))},
    {FREE(1846, AT(A, 0), 0, MEM_RELEASE, OK)},
};

static const call reactos[] = {
    {ALLOC(1, NOWHERE, PAGE, MEM_RESERVE, RW, GIVES(A))},      {FREE(2, AT(A, 0), PAGE, MEM_DECOMMIT, OK)},
    {FREE(3, AT(A, 0), PAGE + 1, MEM_DECOMMIT, BAD_ARGUMENT)}, {FREE(4, AT(A, 0), PAGE + 1, MEM_RELEASE, BAD_ARGUMENT)},
    {FREE(5, AT(A, 1), PAGE, MEM_DECOMMIT, BAD_ARGUMENT)},     {FREE(6, AT(A, 1), PAGE, MEM_RELEASE, BAD_ARGUMENT)},
    {FREE(7, AT(A, 1), PAGE - 1, MEM_DECOMMIT, OK)},           {FREE(0, AT(A, 0), 0, MEM_RELEASE, OK)},
};

const call_scene calls_free[] = {
    CALL_SCENE("what may be freed", "Wine 8.0, dlls/ntdll/tests/virtual.c", CALL_TESTED, ntdll),
    CALL_SCENE("freeing more than there is", "ReactOS 283bbe73, modules/rostests/apitests/ntdll/NtFreeVirtualMemory.c",
               CALL_TESTED, reactos),
    {0},
};
