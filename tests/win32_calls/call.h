/* Calls of Win32's memory functions and what Windows answers, as data. Each call has a source: the line of a test that
 * others run on Windows, or what else is known. The tables are in calls_*.c; run.c makes the calls. */
#ifndef HOSTMEM_TESTS_WIN32_CALLS_CALL_H
#define HOSTMEM_TESTS_WIN32_CALLS_CALL_H

#include <windows.h>

/* Where memory is: an offset from what an earlier call of the same scene has given out. */
typedef enum call_slot {
    CALL_NULL,
    CALL_A,
    CALL_B,
    CALL_C,
    CALL_WINDOW, /* 4 MiB of addresses that are free when the scene begins, aligned to 1 MiB */
    CALL_KERNEL, /* the first address that no program can have */
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
    /* No calls: */
    CALL_WRITE, /* a 32-bit value */
    CALL_READ   /* the value has to be there */
} call_kind;

/* In place of an error: some error. */
#define CALL_ANY_ERROR 0xffffffffu

/* What a call comes to. */
typedef struct call_outcome {
    UINT32 error;     /* 0: success */
    call_slot fresh;  /* of CALL_ALLOC and CALL_HEAP_ALLOC: the slot for what it gives out, if that is a new place */
    call_place place; /* of CALL_ALLOC otherwise: what it gives; of CALL_QUERY: BaseAddress */
    UINT32 protect;   /* of CALL_PROTECT: the old protection; of CALL_QUERY: Protect */
    SIZE_T size;      /* of CALL_QUERY; of 0 nothing is known */
    UINT32 state;
    call_place allocation; /* AllocationBase */
    UINT32 allocation_protect;
    UINT32 memory; /* Type; 0: MEM_PRIVATE */
} call_outcome;

/* Who a call is not made to. */
enum {
    CALL_NOT_BY_MANAGER = 1, /* IHostMemoryManager has no such function */
    CALL_NOT_IN_SIM = 2,     /* sim_os does not simulate it */
    CALL_NOT_ON_32_BIT = 4,
    CALL_NOT_BY_WINE = 8 /* nothing was given that it could be about */
};

typedef struct call {
    UINT16 line; /* of the source, or the number of the call in it; 0: no call of the source, to tidy up */
    call_kind kind;
    call_place at;
    SIZE_T size;
    UINT32 type;    /* of a query: how much shorter than needed the buffer is */
    UINT32 protect; /* of CALL_WRITE and CALL_READ: the value */
    call_outcome windows;
    BOOL wine_differs; /* then wine is what Wine 8 does instead */
    call_outcome wine;
    BOOL foreign;    /* a free of what is not, or no more, the caller's: HOST_E_INVALIDOPERATION from the manager */
    BOOL no_old;     /* of CALL_PROTECT: without a place for the old protection */
    unsigned except; /* a set of CALL_NOT_... */
} call;

/* How sure the answers are. */
typedef enum call_evidence {
    CALL_TESTED,    /* by a test that is run on Windows */
    CALL_DOCUMENTED /* by documentation, or by ReactOS's reading of Windows */
} call_evidence;

/* Calls that belong together and leave nothing behind. */
typedef struct call_scene {
    const char *name;
    const char *source; /* file of the lines, and in which version */
    call_evidence evidence;
    const call *calls;
    SIZE_T count;
} call_scene;

#define CALL_SCENE(title, from, how, table)                                     \
    {                                                                           \
        .name = (title), .source = (from), .evidence = (how), .calls = (table), \
        .count = sizeof(table) / sizeof *(table)                                \
    }

/* All of a file's scenes, up to one without a name. */
extern const call_scene calls_virtual[];
extern const call_scene calls_protect[];
extern const call_scene calls_free[];
extern const call_scene calls_reactos[];
extern const call_scene calls_kernel[];
extern const call_scene calls_clr[];
extern const call_scene calls_heap[];
extern const call_scene calls_views[];
extern const call_scene calls_edges[];

/* ---- How tables are written: {ALLOC(line, ...)}, or {ALLOC(line, ...), WINE(outcome)} ---- */

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

/* What Wine 8 does instead. */
#define WINE(outcome) .wine_differs = TRUE, .wine = outcome

/* Shorter names for what most calls have. */
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
