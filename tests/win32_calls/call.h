/* Calls of Win32's memory functions and their results on Windows, as data. Each call has a source: the line of a
 * test that others run on Windows, or another one. The tables are in calls_*.c; test_win32_calls.c makes the calls. */
#ifndef HOSTMEM_TESTS_WIN32_CALLS_CALL_H
#define HOSTMEM_TESTS_WIN32_CALLS_CALL_H

#include <windows.h>

/* An address: an offset from what an earlier call of the same scene has returned. */
typedef enum call_slot {
    CALL_NULL,
    CALL_A,
    CALL_B,
    CALL_C,
    CALL_WINDOW, /* 4 MiB of addresses that are free at the start of the scene, aligned to 1 MiB */
    CALL_KERNEL, /* the first address that programs cannot use */
    CALL_SLOTS
} call_slot;

typedef struct call_place {
    call_slot slot;
    SIZE_T offset;
} call_place;

typedef enum call_kind {
    CALL_ALLOC,
    CALL_FREE,
    CALL_PROTECT,
    CALL_QUERY,
    CALL_LOCK,
    CALL_HEAP_ALLOC,
    CALL_HEAP_FREE,
    CALL_MAP, /* MapViewOfFile of a new section of the paging file, read-write; type: SEC_RESERVE or SEC_COMMIT */
    CALL_UNMAP,
    /* Not calls: */
    CALL_WRITE, /* a 32-bit value */
    CALL_READ   /* the value must be there */
} call_kind;

/* In place of an error: any error. */
#define CALL_ANY_ERROR 0xffffffffu

/* The result of a call. */
typedef struct call_outcome {
    UINT32 error;     /* 0: success */
    call_slot fresh;  /* of CALL_ALLOC and CALL_HEAP_ALLOC: the slot for the result, if that is a new address */
    call_place place; /* of CALL_ALLOC otherwise: the result; of CALL_QUERY: BaseAddress */
    UINT32 protect;   /* of CALL_PROTECT: the old protection; of CALL_QUERY: Protect */
    SIZE_T size;      /* of CALL_QUERY; 0: not known */
    UINT32 state;
    call_place allocation; /* AllocationBase */
    UINT32 allocation_protect;
    UINT32 memory; /* Type; 0: MEM_PRIVATE */
} call_outcome;

/* Where a call is not made. */
enum {
    CALL_NOT_BY_MANAGER = 1, /* IHostMemoryManager has no such function */
    CALL_NOT_IN_SIM = 2,     /* sim_os does not simulate it */
    CALL_NOT_ON_32_BIT = 4,
    CALL_NOT_BY_WINE = 8 /* Wine returned no memory that the call could use */
};

typedef struct call {
    UINT16 line; /* of the source, or the number of the call in it; 0: not in the source, only cleans up */
    call_kind kind;
    call_place at;
    SIZE_T size;
    UINT32 type;    /* of a query: by how much the buffer is too short */
    UINT32 protect; /* of CALL_WRITE and CALL_READ: the value */
    call_outcome windows;
    BOOL wine_differs; /* wine is the result in Wine 8 */
    call_outcome wine;
    BOOL foreign;    /* a free of memory that is not, or no longer, the caller's: HOST_E_INVALIDOPERATION from the
                      * manager */
    BOOL no_old;     /* of CALL_PROTECT: without a pointer for the old protection */
    unsigned except; /* a set of CALL_NOT_... */
} call;

/* How reliable the results are. */
typedef enum call_evidence {
    CALL_TESTED,    /* from a test that is run on Windows */
    CALL_DOCUMENTED /* from documentation, or from ReactOS's code, which follows Windows */
} call_evidence;

/* Calls that belong together and free everything. */
typedef struct call_scene {
    const char *name;
    const char *source; /* file that the lines refer to, and its version */
    call_evidence evidence;
    const call *calls;
    SIZE_T count;
} call_scene;

#define CALL_SCENE(title, from, how, table)                                     \
    {                                                                           \
        .name = (title), .source = (from), .evidence = (how), .calls = (table), \
        .count = sizeof(table) / sizeof *(table)                                \
    }

/* All scenes of a file, up to one without a name. */
extern const call_scene calls_virtual[];
extern const call_scene calls_protect[];
extern const call_scene calls_free[];
extern const call_scene calls_reactos[];
extern const call_scene calls_kernel[];
extern const call_scene calls_clr[];
extern const call_scene calls_heap[];
extern const call_scene calls_views[];
extern const call_scene calls_edges[];

/* ---- Tables consist of {ALLOC(line, ...)}, or {ALLOC(line, ...), WINE(outcome)} ---- */

#define AT(name, bytes)      \
    {                        \
        CALL_##name, (bytes) \
    }
#define NOWHERE      \
    {                \
        CALL_NULL, 0 \
    }

/* Outcomes. */
#define OK         \
    {              \
        .error = 0 \
    }
#define FAILS(code)     \
    {                   \
        .error = (code) \
    }
#define GIVES(name)          \
    {                        \
        .fresh = CALL_##name \
    }
#define GIVES_AT(name, bytes)             \
    {                                     \
        .place = { CALL_##name, (bytes) } \
    }
#define WAS(old)         \
    {                    \
        .protect = (old) \
    }
/* A region that begins at an offset from its allocation. */
#define REGION(name, bytes, length, is, now, at_first)                                      \
    {                                                                                       \
        .place = {CALL_##name, (bytes)}, .size = (length), .state = (is), .protect = (now), \
        .allocation = {CALL_##name, 0}, .allocation_protect = (at_first)                    \
    }
/* The first region of an allocation that begins at an offset. */
#define REGION_FROM(name, bytes, length, is, now, at_first)                                 \
    {                                                                                       \
        .place = {CALL_##name, (bytes)}, .size = (length), .state = (is), .protect = (now), \
        .allocation = {CALL_##name, (bytes)}, .allocation_protect = (at_first)              \
    }
#define VIEW(name, bytes, length, is, now)                                                         \
    {                                                                                              \
        .place = {CALL_##name, (bytes)}, .size = (length), .state = (is), .protect = (now),        \
        .allocation = {CALL_##name, 0}, .allocation_protect = PAGE_READWRITE, .memory = MEM_MAPPED \
    }
#define FREE_REGION(name, bytes, length)                                                               \
    {                                                                                                  \
        .place = {CALL_##name, (bytes)}, .size = (length), .state = MEM_FREE, .protect = PAGE_NOACCESS \
    }

/* Calls. */
#define ALLOC(where, address, length, how, access, outcome)                                                   \
    .line = (where), .kind = CALL_ALLOC, .at = address, .size = (length), .type = (how), .protect = (access), \
    .windows = outcome
#define FREE(where, address, length, how, outcome) \
    .line = (where), .kind = CALL_FREE, .at = address, .size = (length), .type = (how), .windows = outcome
#define PROTECT(where, address, length, access, outcome) \
    .line = (where), .kind = CALL_PROTECT, .at = address, .size = (length), .protect = (access), .windows = outcome
#define QUERY(where, address, outcome) .line = (where), .kind = CALL_QUERY, .at = address, .windows = outcome
#define LOCK(where, address, length, outcome)                                                \
    .line = (where), .kind = CALL_LOCK, .at = address, .size = (length), .windows = outcome, \
    .except = CALL_NOT_BY_MANAGER
#define HEAP_ALLOC(where, length, outcome) \
    .line = (where), .kind = CALL_HEAP_ALLOC, .size = (length), .windows = outcome
#define HEAP_FREE(where, address) .line = (where), .kind = CALL_HEAP_FREE, .at = address, .windows = OK
#define MAP(where, length, how, outcome) \
    .line = (where), .kind = CALL_MAP, .size = (length), .type = (how), .windows = outcome, .except = CALL_NOT_IN_SIM
#define UNMAP(where, address) \
    .line = (where), .kind = CALL_UNMAP, .at = address, .windows = OK, .except = CALL_NOT_IN_SIM
#define WRITE(where, address, value) .line = (where), .kind = CALL_WRITE, .at = address, .protect = (value)
#define READ(where, address, value) .line = (where), .kind = CALL_READ, .at = address, .protect = (value)

/* The result in Wine 8. */
#define WINE(outcome) .wine_differs = TRUE, .wine = outcome

/* Shorter names for common values. */
#define NO PAGE_NOACCESS
#define RO PAGE_READONLY
#define RW PAGE_READWRITE
#define X PAGE_EXECUTE
#define XR PAGE_EXECUTE_READ
#define XRW PAGE_EXECUTE_READWRITE
#define BOTH (MEM_RESERVE | MEM_COMMIT)
#define BAD_ARGUMENT FAILS(ERROR_INVALID_PARAMETER)
#define BAD_ADDRESS FAILS(ERROR_INVALID_ADDRESS)

#define PAGE ((SIZE_T)0x1000)
#define GRANULE ((SIZE_T)0x10000)

#endif
