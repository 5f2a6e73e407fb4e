/* From Wine's tests of kernel32: test_VirtualProtect and test_VirtualAlloc_protection in
 * dlls/kernel32/tests/virtual.c: every protection, and each function's result for it. */
#include "call.h"

#define SOURCE "Wine 8.0, dlls/kernel32/tests/virtual.c"
#define WC PAGE_WRITECOPY
#define XWC PAGE_EXECUTE_WRITECOPY

#define FIRST(access) REGION(A, 0, PAGE, MEM_COMMIT, access, NO)

/* A protection is set on a page without access, queried, and removed. The lines are those of the four calls, or
 * three where it is refused. */
#define SETS(access)                                                                      \
    {QUERY(3176, AT(A, 0), FIRST(NO))}, {PROTECT(3188, AT(A, 0), PAGE, access, WAS(NO))}, \
        {QUERY(3195, AT(A, 0), FIRST(access))},                                           \
    {                                                                                     \
        PROTECT(3213, AT(A, 0), PAGE, NO, WAS(access))                                    \
    }
#define REFUSES(access)                                                                        \
    {QUERY(3176, AT(A, 0), FIRST(NO))}, {PROTECT(3188, AT(A, 0), PAGE, access, BAD_ARGUMENT)}, \
    {                                                                                          \
        PROTECT(3213, AT(A, 0), PAGE, NO, WAS(NO))                                             \
    }

static const call protecting[] = {
    {ALLOC(3150, NOWHERE, PAGE, BOTH, NO, GIVES(A))},
    {PROTECT(3154, AT(A, 0), PAGE, RO, FAILS(ERROR_NOACCESS)), .no_old = TRUE},
    {PROTECT(3158, AT(A, 0), PAGE, NO, WAS(NO))},
    REFUSES(0),
    SETS(NO),
    SETS(RO),
    REFUSES(RO | NO),
    SETS(RW),
    REFUSES(RW | NO),
    REFUSES(RW | RO),
    REFUSES(RW | RO | NO),
    REFUSES(WC),
    REFUSES(WC | NO),
    REFUSES(WC | RO),
    REFUSES(WC | NO | RO),
    REFUSES(WC | RW),
    REFUSES(WC | RW | NO),
    REFUSES(WC | RW | RO),
    REFUSES(WC | RW | RO | NO),
    SETS(X),
    SETS(XR),
    REFUSES(XR | X),
    SETS(XRW),
    REFUSES(XRW | X),
    REFUSES(XRW | XR),
    REFUSES(XRW | XR | X),
    REFUSES(XWC),
    REFUSES(XWC | X),
    REFUSES(XWC | XR),
    REFUSES(XWC | XR | X),
    REFUSES(XWC | XRW),
    REFUSES(XWC | XRW | X),
    REFUSES(XWC | XRW | XR),
    REFUSES(XWC | XRW | XR | X),
    {FREE(3276, AT(A, 0), 0, MEM_RELEASE, OK)},
};

/* One of the executable protections, or none, with one of the others, or none: by commit and by protect. */
#define BOTH_REFUSE(access)                                          \
    {ALLOC(3232, AT(A, 0), PAGE, MEM_COMMIT, access, BAD_ARGUMENT)}, \
    {                                                                \
        PROTECT(3253, AT(A, 0), PAGE, access, BAD_ARGUMENT)          \
    }
#define BOTH_SET(access)                                               \
    {ALLOC(3232, AT(A, 0), PAGE, MEM_COMMIT, access, GIVES_AT(A, 0))}, \
    {                                                                  \
        PROTECT(3253, AT(A, 0), PAGE, access, WAS(access))             \
    }
#define NONE_IS_SET_WITH(access) \
    BOTH_REFUSE((access) | NO), BOTH_REFUSE((access) | RO), BOTH_REFUSE((access) | RW), BOTH_REFUSE((access) | WC)

static const call combining[] = {
    {ALLOC(3150, NOWHERE, PAGE, BOTH, NO, GIVES(A))},
    BOTH_REFUSE(0),
    BOTH_SET(NO),
    BOTH_SET(RO),
    BOTH_SET(RW),
    BOTH_REFUSE(WC),
    BOTH_SET(X),
    NONE_IS_SET_WITH(X),
    BOTH_SET(XR),
    NONE_IS_SET_WITH(XR),
    BOTH_SET(XRW),
    NONE_IS_SET_WITH(XRW),
    BOTH_REFUSE(XWC),
    NONE_IS_SET_WITH(XWC),
    {FREE(3276, AT(A, 0), 0, MEM_RELEASE, OK)},
};

#define ALLOWED(access)                                                          \
    {ALLOC(3342, NOWHERE, PAGE, MEM_COMMIT, access, GIVES(A))},                  \
        {QUERY(3349, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, access, access))}, \
        {ALLOC(3370, AT(A, 0), PAGE, MEM_COMMIT, access, GIVES_AT(A, 0))},       \
    {                                                                            \
        FREE(3373, AT(A, 0), 0, MEM_RELEASE, OK)                                 \
    }
/* The page is written to, and queried again. */
#define WRITABLE(access)                                                                                        \
    {ALLOC(3342, NOWHERE, PAGE, MEM_COMMIT, access, GIVES(A))},                                                 \
        {QUERY(3349, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, access, access))}, {WRITE(3361, AT(A, 0), 0xfe)}, \
        {QUERY(3364, AT(A, 0), REGION(A, 0, PAGE, MEM_COMMIT, access, access))},                                \
        {ALLOC(3370, AT(A, 0), PAGE, MEM_COMMIT, access, GIVES_AT(A, 0))},                                      \
    {                                                                                                           \
        FREE(3373, AT(A, 0), 0, MEM_RELEASE, OK)                                                                \
    }
#define FORBIDDEN(access)                                            \
    {                                                                \
        ALLOC(3342, NOWHERE, PAGE, MEM_COMMIT, access, BAD_ARGUMENT) \
    }

static const call allocating[] = {
    FORBIDDEN(0),
    ALLOWED(NO),
    ALLOWED(RO),
    FORBIDDEN(RO | NO),
    WRITABLE(RW),
    FORBIDDEN(RW | NO),
    FORBIDDEN(RW | RO),
    FORBIDDEN(RW | RO | NO),
    FORBIDDEN(WC),
    FORBIDDEN(WC | NO),
    FORBIDDEN(WC | RO),
    FORBIDDEN(WC | NO | RO),
    FORBIDDEN(WC | RW),
    FORBIDDEN(WC | RW | NO),
    FORBIDDEN(WC | RW | RO),
    FORBIDDEN(WC | RW | RO | NO),
    ALLOWED(X),
    ALLOWED(XR),
    FORBIDDEN(XR | X),
    WRITABLE(XRW),
    FORBIDDEN(XRW | X),
    FORBIDDEN(XRW | XR),
    FORBIDDEN(XRW | XR | X),
    FORBIDDEN(XWC),
    FORBIDDEN(XWC | X),
    FORBIDDEN(XWC | XR),
    FORBIDDEN(XWC | XR | X),
    FORBIDDEN(XWC | XRW),
    FORBIDDEN(XWC | XRW | X),
    FORBIDDEN(XWC | XRW | XR),
    FORBIDDEN(XWC | XRW | XR | X),
};

const call_scene calls_protect[] = {
    CALL_SCENE("each protection set on a page", SOURCE, CALL_TESTED, protecting),
    CALL_SCENE("two protections at once", SOURCE, CALL_TESTED, combining),
    CALL_SCENE("each protection for new memory", SOURCE, CALL_TESTED, allocating),
    {0},
};
