/* Twins: every operation runs through hostmem on one range of addresses and through the system itself on another, and
 * the two must agree on everything that can be seen. One thread at a time, and nobody else may use the two ranges. */
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

/* What the last operation's results and the last error hold before it. */
#define TWIN_POISON 0x2badcafeu

typedef enum twin_state { TWIN_FREE, TWIN_RESERVED, TWIN_COMMITTED } twin_state;

/* A page as both sides had it when it was last looked at. */
typedef struct twin_page {
    twin_state state;
    BOOL foreign;     /* others have it, past hostmem; kept as long as it is not free */
    BOOL unspecified; /* its content is, after a reset */
    UINT32 protect;
    SIZE_T first; /* the page that its allocation begins with */
} twin_page;

/* A pair of ranges: the zones, or what the system has placed. */
typedef struct twin_window {
    UINT_PTR a, b; /* where they begin: hostmem's and its twin's; 0: the window is not in use */
    SIZE_T pages;
    twin_page page[TWIN_ZONE_PAGES];
} twin_window;

typedef struct twin_block {
    UINT8 *a, *b; /* NULL: there is none */
    SIZE_T size;
    void *stale; /* where hostmem's last one was */
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

/* Where an operation goes to. */
typedef struct twin_target {
    twin_window *window; /* NULL: nowhere, and a and b are the same address */
    SIZE_T offset;       /* in the window */
    UINT_PTR a, b;
} twin_target;

typedef struct twin {
    fuzz_world *world;
    hostmem *instance;
    IHostMemoryManager *manager;
    twin_window windows[TWIN_WINDOWS]; /* the zones first */
    twin_heap heaps[FUZZ_HEAPS];
    twin_sums sums;     /* of what hostmem's windows and heaps hold, by what was found there */
    twin_target target; /* of the operation that runs */
    const char *rule;   /* the rule that has applied to it; NULL: none */
    HRESULT hr;         /* hostmem's answer to it */
    UINT32 last_error;  /* after hostmem's answer */
    UINT32 twin_error;  /* the twin's answer */
    BOOL done;          /* it was tried: not passed over because there was nothing to try it on */
    BOOL failed;
    char message[256]; /* the first thing that was wrong */
} twin;

/* FALSE: cannot begin, which is no finding. */
BOOL twin_begin(twin *t, fuzz_world *world);

/* FALSE: they differ; t->message says where. */
BOOL twin_step(twin *t, const fuzz_op *op);

/* Compares everything, not just what the last operation has touched. */
BOOL twin_compare_all(twin *t);

/* Gives everything back on both sides, and checks that the books end at nothing. May be called after a failure. */
BOOL twin_end(twin *t);

/* ---- For the parts of it ---- */

/* Records the first failure; returns FALSE. */
BOOL twin_fail(twin *t, const char *format, ...);

/* Sets the last error before a call to hostmem, and notes it after. */
void twin_before(twin *t);
HRESULT twin_after(twin *t, HRESULT hr);

/* The HRESULT that the failure table gives to an error of the system, for an allocation or for anything else. */
HRESULT twin_hresult(BOOL allocation, UINT32 error);

/* Whether hostmem's answer is the twin's: twin_error, with the HRESULT that belongs to it and as the last error. */
BOOL twin_expect_same(twin *t, BOOL allocation);
BOOL twin_expect(twin *t, HRESULT hr, UINT32 last_error);

/* The pages that an operation on the target names, as far as the window goes. */
void twin_named_pages(const twin_target *target, SIZE_T size, SIZE_T *first, SIZE_T *end);
/* After an operation on t->target: is it the same on both sides, as far as it can have changed something? */
BOOL twin_compare_affected(twin *t, SIZE_T size);

/* twin_window.c: looks at the pages from first to end - 1 on both sides, and records what is there. */
BOOL twin_look(twin *t, twin_window *window, SIZE_T first, SIZE_T end);
BOOL twin_readable(const twin_page *page);
BOOL twin_writable(const twin_page *page);
/* Pages of unspecified content, and those that cannot be read, are left out. */
BOOL twin_compare_content(twin *t, const twin_window *window, SIZE_T first, SIZE_T end);

/* twin_touch.c: the operations that go past the manager. */
BOOL twin_touch(twin *t, const fuzz_op *op);

/* twin_heap.c: the operations on heaps. */
BOOL twin_heap_step(twin *t, const fuzz_op *op);
BOOL twin_heaps_end(twin *t);

#endif
