/* Twins: every operation runs through hostmem on one range of addresses and through the system itself on another,
 * and the two must agree on everything that can be observed. Used by one thread at a time, and nothing else may use
 * the two ranges. */
#ifndef HOSTMEM_TESTS_FUZZ_TWIN_H
#define HOSTMEM_TESTS_FUZZ_TWIN_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/hostmem.h>

#include "stream.h"
#include "world.h"

#define TWIN_ZONE_PAGES (FUZZ_ZONE_BYTES / FUZZ_PAGE)
#define TWIN_WINDOWS (1 + FUZZ_LOOSE_SLOTS)

/* Value of out parameters and the last error before an operation. */
#define TWIN_POISON 0x2badcafeu

typedef enum twin_state { TWIN_FREE, TWIN_RESERVED, TWIN_COMMITTED } twin_state;

/* A page as it was on both sides when last compared. */
typedef struct twin_page {
    twin_state state;
    BOOL foreign;     /* memory of others, allocated without hostmem; set as long as it is not free */
    BOOL unspecified; /* after a reset the content is not specified */
    UINT32 protect;
    SIZE_T first; /* the first page of its allocation */
} twin_page;

/* A pair of ranges: the zones, or an allocation at an address that the system chose. */
typedef struct twin_window {
    UINT_PTR a, b; /* their starts: hostmem's and its twin's; 0: the window is not in use */
    SIZE_T pages;
    twin_page page[TWIN_ZONE_PAGES];
} twin_window;

typedef struct twin_block {
    UINT8 *a, *b; /* NULL: no block */
    SIZE_T size;
    void *stale; /* address of hostmem's last block there */
    UINT8 content;
} twin_block;

typedef struct twin_heap {
    IHostMalloc *a;
    void *b;
    twin_block blocks[FUZZ_BLOCKS];
} twin_heap;

typedef struct twin_sums {
    UINT64 reserved, committed, executable, heap_bytes, heap_blocks;
} twin_sums;

/* The target of an operation. */
typedef struct twin_target {
    twin_window *window; /* NULL: none, and a and b are the same address */
    SIZE_T offset;       /* in the window */
    UINT_PTR a, b;
} twin_target;

typedef struct twin {
    fuzz_world *world;
    hostmem *instance;
    IHostMemoryManager *manager;
    twin_window windows[TWIN_WINDOWS]; /* the zones are the first one */
    twin_heap heaps[FUZZ_HEAPS];
    twin_sums sums;     /* sums over hostmem's windows and heaps, by what was found there */
    twin_target target; /* of the current operation */
    const char *rule;   /* the rule that applied to it; NULL: none */
    HRESULT hr;         /* hostmem's result */
    UINT32 last_error;  /* after hostmem's call */
    UINT32 twin_error;  /* the twin's error */
    BOOL done;          /* it was run: not skipped for lack of a target */
    BOOL failed;
    char message[256]; /* the first difference */
} twin;

/* FALSE: cannot begin, which is not a difference. */
BOOL twin_begin(twin *t, fuzz_world *world);

/* FALSE: they differ; t->message says how. */
BOOL twin_step(twin *t, const fuzz_op *op);

/* Compares everything, not only what the last operation may have changed. */
BOOL twin_compare_all(twin *t);

/* Frees everything on both sides, and checks that the figures end at 0. May be called after a failure. */
BOOL twin_end(twin *t);

/* ---- Internal ---- */

/* Records the first failure; returns FALSE. */
BOOL twin_fail(twin *t, const char *format, ...);

/* Sets the last error before a call to hostmem, and records it afterwards. */
void twin_before(twin *t);
HRESULT twin_after(twin *t, HRESULT hr);

/* The failure table's HRESULT for an error of the system, for an allocation or for any other operation. */
HRESULT twin_hresult(BOOL allocation, UINT32 error);

/* Whether hostmem's result equals the twin's: twin_error as the last error, with the HRESULT for it. */
BOOL twin_expect_same(twin *t, BOOL allocation);
BOOL twin_expect(twin *t, HRESULT hr, UINT32 last_error);

/* The pages that an operation on the target names, within the window. */
void twin_named_pages(const twin_target *target, SIZE_T size, SIZE_T *first, SIZE_T *end);
/* After an operation on t->target: whether everything that it can have changed is equal on both sides. */
BOOL twin_compare_affected(twin *t, SIZE_T size);

/* twin_window.c: queries the pages from first to end - 1 on both sides, and records their state. */
BOOL twin_look(twin *t, twin_window *window, SIZE_T first, SIZE_T end);
BOOL twin_readable(const twin_page *page);
BOOL twin_writable(const twin_page *page);
/* Skips pages with unspecified content and pages that cannot be read. */
BOOL twin_compare_content(twin *t, const twin_window *window, SIZE_T first, SIZE_T end);

/* twin_touch.c: the operations without the manager. */
BOOL twin_touch(twin *t, const fuzz_op *op);

/* twin_heap.c: the operations on heaps. */
BOOL twin_heap_step(twin *t, const fuzz_op *op);
BOOL twin_heaps_end(twin *t);

#endif
