/* From CoreCLR's tests of its own implementation of Win32's functions, which expect Windows' behaviour:
 * src/coreclr/pal/tests/palsuite/filemapping_memmgt in dotnet/runtime. A line is the number of the test and that of
 * the call in it: 401 is the first call of test 4. */
#include "call.h"

#define FOLDER "dotnet/runtime, src/coreclr/pal/tests/palsuite/filemapping_memmgt/"
#define BYTES 1024

/* None of them frees its memory, so that is done here without a line number. */
#define TAKES(test, type, access)                                    \
    {ALLOC((test)*100 + 1, NOWHERE, BYTES, type, access, GIVES(A))}, \
        {FREE((test)*100 + 2, AT(A, 0), BYTES, MEM_DECOMMIT, OK)},   \
    {                                                                \
        FREE(0, AT(A, 0), 0, MEM_RELEASE, OK)                        \
    }

static const call alloc[] = {
    TAKES(1, MEM_COMMIT, RO),
    TAKES(2, MEM_COMMIT, RW),
    TAKES(4, MEM_COMMIT, XR),
    TAKES(5, MEM_COMMIT, XRW),
    TAKES(7, MEM_RESERVE, RO),
    TAKES(8, MEM_RESERVE, RW),
    TAKES(11, MEM_RESERVE, XRW),
    TAKES(13, MEM_COMMIT | MEM_TOP_DOWN, RO),
    TAKES(15, MEM_COMMIT | MEM_TOP_DOWN, X),
    TAKES(16, MEM_COMMIT | MEM_TOP_DOWN, XR),
    TAKES(17, MEM_COMMIT | MEM_TOP_DOWN, XRW),
    TAKES(18, MEM_COMMIT | MEM_TOP_DOWN, NO),
    TAKES(19, BOTH | MEM_TOP_DOWN, RO),
    {ALLOC(2001, NOWHERE, PAGE, BOTH, RW, GIVES(A))},
    {WRITE(2002, AT(A, 0), 123)},
    {ALLOC(2003, AT(A, 0), PAGE, MEM_COMMIT, RW, GIVES_AT(A, 0))},
    {READ(2004, AT(A, 0), 123)},
    {FREE(0, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(2101, NOWHERE, PAGE, BOTH, RW, GIVES(A))},
    {WRITE(2102, AT(A, 0), 123)},
    {FREE(2103, AT(A, 0), PAGE, MEM_DECOMMIT, OK)},
    {ALLOC(2104, AT(A, 0), PAGE, MEM_COMMIT, RW, GIVES_AT(A, 0))},
    {READ(2105, AT(A, 0), 0)},
    {FREE(0, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(2201, NOWHERE, (SIZE_T)2147483647000000, MEM_COMMIT, RW, FAILS(CALL_ANY_ERROR)),
     .except = CALL_NOT_ON_32_BIT},
};

static const call release[] = {
    TAKES(1, MEM_COMMIT, RO),
    {ALLOC(201, NOWHERE, BYTES, MEM_COMMIT, RO, GIVES(A))},
    {FREE(202, AT(A, 0), 0, MEM_RELEASE, OK)},
    {ALLOC(301, NOWHERE, BYTES, MEM_RESERVE, NO, GIVES(A))},
    {FREE(302, AT(A, 0), BYTES, MEM_DECOMMIT | MEM_RELEASE, BAD_ARGUMENT)},
    {FREE(0, AT(A, 0), 0, MEM_RELEASE, OK)},
};

#define CHANGES(test, from, to)                                          \
    {ALLOC((test)*100 + 1, NOWHERE, BYTES, MEM_COMMIT, from, GIVES(A))}, \
        {PROTECT((test)*100 + 2, AT(A, 0), BYTES, to, WAS(from))},       \
        {FREE((test)*100 + 3, AT(A, 0), BYTES, MEM_DECOMMIT, OK)},       \
    {                                                                    \
        FREE(0, AT(A, 0), 0, MEM_RELEASE, OK)                            \
    }

static const call protect[] = {
    CHANGES(1, RO, RW), CHANGES(2, RO, X), CHANGES(4, RO, XRW), CHANGES(6, RO, NO), CHANGES(7, RW, RO),
};

static const call query[] = {
    {ALLOC(101, NOWHERE, BYTES, MEM_COMMIT, RO, GIVES(A))},
    {QUERY(102, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, RO, RO))},
    {FREE(103, AT(A, 0), BYTES, MEM_DECOMMIT, OK)},
    {FREE(0, AT(A, 0), 0, MEM_RELEASE, OK)},
};

const call_scene calls_clr[] = {
    CALL_SCENE("VirtualAlloc", FOLDER "VirtualAlloc", CALL_TESTED, alloc),
    CALL_SCENE("VirtualFree", FOLDER "VirtualFree", CALL_TESTED, release),
    CALL_SCENE("VirtualProtect", FOLDER "VirtualProtect", CALL_TESTED, protect),
    CALL_SCENE("VirtualQuery", FOLDER "VirtualQuery", CALL_TESTED, query),
    {0},
};
