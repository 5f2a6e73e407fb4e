/* Operations without the manager: programs write and read their memory, the garbage collector asks which pages were
 * written, and others allocate memory in between. */
#include <string.h>

#include "twin.h"

/* At most so many pages are written or read by one operation. */
#define TOUCHED_PAGES 4

static SIZE_T touched_bytes(const twin_target *target, SIZE_T size)
{
    SIZE_T rest = target->window->pages * FUZZ_PAGE - target->offset, most = TOUCHED_PAGES * FUZZ_PAGE;
    most = most < rest ? most : rest;
    return size < most ? size : most;
}

/* As far as the pages are writable. */
static BOOL do_write(twin *t, const fuzz_op *op)
{
    twin_window *window = t->target.window;
    SIZE_T bytes = window ? touched_bytes(&t->target, op->size) : 0, first = t->target.offset / FUZZ_PAGE, page = first;
    if (!bytes || !twin_writable(&window->page[page]))
        return TRUE;
    t->done = TRUE;
    for (; page * FUZZ_PAGE < t->target.offset + bytes && twin_writable(&window->page[page]); page++) {
        if (window->page[page].unspecified) {
            memset((void *)(window->a + page * FUZZ_PAGE), 0, FUZZ_PAGE);
            memset((void *)(window->b + page * FUZZ_PAGE), 0, FUZZ_PAGE);
            window->page[page].unspecified = FALSE;
        }
    }
    if (bytes > page * FUZZ_PAGE - t->target.offset)
        bytes = page * FUZZ_PAGE - t->target.offset;
    memset((void *)t->target.a, (int)(op->choice | 1), bytes);
    memset((void *)t->target.b, (int)(op->choice | 1), bytes);
    return twin_compare_affected(t, bytes);
}

static BOOL do_read(twin *t, const fuzz_op *op)
{
    SIZE_T first, end;
    if (!t->target.window)
        return TRUE;
    t->done = TRUE;
    twin_named_pages(&t->target, touched_bytes(&t->target, op->size), &first, &end);
    return twin_compare_content(t, t->target.window, first, end);
}

/* Foreign memory between hostmem's, so that operations hit it, and ranges that are only partly hostmem's. */
static BOOL do_foreign(twin *t, const fuzz_op *op)
{
    hostmem_os *under = t->world->under, *twin_os = t->world->twin;
    twin_window *window = t->target.window;
    UINT32 type = MEM_RESERVE | (op->choice & 1 ? MEM_COMMIT : 0), error_a, error_b;
    SIZE_T size = (1 + op->choice % 24) * FUZZ_PAGE, first, page;
    void *a, *b;
    if (window != &t->windows[0])
        return TRUE;
    first = t->target.offset / FUZZ_GRANULE * (FUZZ_GRANULE / FUZZ_PAGE);
    t->target = (twin_target){window, first * FUZZ_PAGE, window->a + first * FUZZ_PAGE, window->b + first * FUZZ_PAGE};
    t->done = TRUE;
    if (window->page[first].state == TWIN_FREE) {
        error_a = under->virtual_alloc(under, (void *)t->target.a, size, type, PAGE_READWRITE, &a);
        error_b = twin_os->virtual_alloc(twin_os, (void *)t->target.b, size, type, PAGE_READWRITE, &b);
        for (page = first; !error_a && page < first + size / FUZZ_PAGE; page++)
            window->page[page].foreign = TRUE;
    } else if (window->page[first].foreign && window->page[first].first == first) {
        error_a = under->virtual_free(under, (void *)t->target.a, 0, MEM_RELEASE);
        error_b = twin_os->virtual_free(twin_os, (void *)t->target.b, 0, MEM_RELEASE);
    } else {
        return TRUE;
    }
    if (error_a != error_b)
        return twin_fail(t, "others get error %lu on hostmem's side and %lu on the other", (unsigned long)error_a,
                         (unsigned long)error_b);
    return twin_compare_affected(t, size);
}

static BOOL do_watch(twin *t, const fuzz_op *op)
{
    const twin_window *window = t->target.window;
    SIZE_T first, end, pages_a = 0, pages_b = 0;
    UINT64 mark_a = 0, mark_b = 0;
    UINT32 error_a, error_b;
    if (!t->world->write_watch || !window || window->page[t->target.offset / FUZZ_PAGE].state == TWIN_FREE)
        return TRUE;
    t->done = TRUE;
    twin_named_pages(&t->target, op->size, &first, &end);
    first *= FUZZ_PAGE;
    end *= FUZZ_PAGE;
    error_a = t->world->write_watch((void *)(window->a + first), end - first, op->choice & 1, &pages_a, &mark_a);
    error_b = t->world->write_watch((void *)(window->b + first), end - first, op->choice & 1, &pages_b, &mark_b);
    if (error_a != error_b || pages_a != pages_b || mark_a != mark_b)
        return twin_fail(
            t, "GetWriteWatch: error %lu, %llu pages for hostmem's memory; error %lu, %llu pages for the other",
            (unsigned long)error_a, (unsigned long long)pages_a, (unsigned long)error_b, (unsigned long long)pages_b);
    return TRUE;
}

BOOL twin_touch(twin *t, const fuzz_op *op)
{
    switch (op->kind) {
    case FUZZ_WRITE:
        return do_write(t, op);
    case FUZZ_READ:
        return do_read(t, op);
    case FUZZ_FOREIGN:
        return do_foreign(t, op);
    default:
        return do_watch(t, op);
    }
}
