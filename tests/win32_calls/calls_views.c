/* From Wine's tests of kernel32 (test_MapViewOfFile in dlls/kernel32/tests/virtual.c): the functions of virtual
 * memory in views of the paging file. Only one view at a time; the source has two of the same section. */
#include "call.h"

#define SOURCE "Wine 8.0, dlls/kernel32/tests/virtual.c"
#define BYTES ((SIZE_T)0x100000)

/* Parts for which sim_os has no views. */
#define IN_VIEW .except = CALL_NOT_IN_SIM

static const call reserved[] = {
    {MAP(755, BYTES, SEC_RESERVE, GIVES(A))},
    {QUERY(762, AT(A, 0), VIEW(A, 0, BYTES, MEM_RESERVE, 0)), IN_VIEW},
    {ALLOC(787, AT(A, 0), GRANULE, MEM_COMMIT, RO, GIVES_AT(A, 0)), IN_VIEW},
    {QUERY(790, AT(A, 0), VIEW(A, 0, GRANULE, MEM_COMMIT, RO)), IN_VIEW},
    {ALLOC(820, AT(A, 0), BYTES, MEM_RESET, RO, GIVES_AT(A, 0)), IN_VIEW},
    {FREE(823, AT(A, 0), GRANULE, MEM_DECOMMIT, BAD_ARGUMENT), IN_VIEW, .foreign = TRUE},
    {UNMAP(829, AT(A, 0))},
};

static const call committed[] = {
    {MAP(845, BYTES, SEC_COMMIT, GIVES(A))},
    {QUERY(848, AT(A, 0), VIEW(A, 0, BYTES, MEM_COMMIT, RW)), IN_VIEW},
    {ALLOC(858, AT(A, 0), GRANULE, MEM_COMMIT, RO, GIVES_AT(A, 0)), IN_VIEW},
    {QUERY(861, AT(A, 0), VIEW(A, 0, GRANULE, MEM_COMMIT, RO)), IN_VIEW},
    {ALLOC(871, AT(A, 0), BYTES, MEM_RESET, RO, GIVES_AT(A, 0)), IN_VIEW},
    {FREE(874, AT(A, 0), GRANULE, MEM_DECOMMIT, BAD_ARGUMENT), IN_VIEW, .foreign = TRUE},
    {UNMAP(878, AT(A, 0))},
};

const call_scene calls_views[] = {
    CALL_SCENE("a view of reserved pages", SOURCE, CALL_TESTED, reserved),
    CALL_SCENE("a view of committed pages", SOURCE, CALL_TESTED, committed),
    {0},
};
