/* Queries the twins' pages with VirtualQuery and compares their content. Updates the sums. */
#include <stdlib.h>
#include <string.h>

#include "twin.h"

static UINT32 base_protection(const twin_page *page)
{
    return page->state == TWIN_COMMITTED && !(page->protect & PAGE_GUARD) ? page->protect & 0xff : 0;
}

/* Without PAGE_EXECUTE: whether it can be read depends on the processor. */
BOOL twin_readable(const twin_page *page)
{
    UINT32 protect = base_protection(page);
    return protect == PAGE_READONLY || protect == PAGE_EXECUTE_READ || twin_writable(page);
}

BOOL twin_writable(const twin_page *page)
{
    UINT32 protect = base_protection(page);
    return protect == PAGE_READWRITE || protect == PAGE_EXECUTE_READWRITE;
}

static void count_page(twin_sums *sums, const twin_page *page, BOOL add)
{
    const UINT32 executing = PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    UINT64 bytes = add ? FUZZ_PAGE : 0 - (UINT64)FUZZ_PAGE;
    if (page->foreign || page->state == TWIN_FREE)
        return;
    sums->reserved += bytes;
    if (page->state != TWIN_COMMITTED)
        return;
    sums->committed += bytes;
    sums->executable += page->protect & executing ? bytes : 0;
}

static void record(twin *t, twin_page *page, const twin_page *now)
{
    twin_page was = *page;
    *page = *now;
    page->foreign = was.foreign && now->state != TWIN_FREE;
    page->unspecified = was.unspecified && now->state == TWIN_COMMITTED;
    count_page(&t->sums, &was, FALSE);
    count_page(&t->sums, page, TRUE);
}

static twin_state state_of(const MEMORY_BASIC_INFORMATION *region)
{
    return region->State == MEM_COMMIT ? TWIN_COMMITTED : region->State == MEM_RESERVE ? TWIN_RESERVED : TWIN_FREE;
}

/* Makes both results comparable: addresses relative to the window's start, and no run beyond its end. */
static void normalise(MEMORY_BASIC_INFORMATION *region, UINT_PTR base, SIZE_T bytes)
{
    SIZE_T start = (UINT_PTR)region->BaseAddress - base;
    if (region->RegionSize > bytes - start)
        region->RegionSize = bytes - start;
    region->BaseAddress = (void *)start;
    if (region->State == MEM_FREE) {
        region->AllocationBase = NULL; /* and the protection of free memory means nothing */
        region->AllocationProtect = region->Protect = region->Type = 0;
    } else {
        region->AllocationBase = (void *)((UINT_PTR)region->AllocationBase - base);
    }
    if (region->State == MEM_RESERVE)
        region->Protect = 0;
}

static BOOL differ(twin *t, SIZE_T offset, const MEMORY_BASIC_INFORMATION *a, const MEMORY_BASIC_INFORMATION *b)
{
    const struct {
        const char *name;
        UINT64 a, b;
    } fields[] = {
        {"start", (UINT_PTR)a->BaseAddress, (UINT_PTR)b->BaseAddress},
        {"state", a->State, b->State},
        {"allocation base", (UINT_PTR)a->AllocationBase, (UINT_PTR)b->AllocationBase},
        {"allocation protection", a->AllocationProtect, b->AllocationProtect},
        {"protection", a->Protect, b->Protect},
        {"type", a->Type, b->Type},
        {"size", a->RegionSize, b->RegionSize},
    };
    SIZE_T i;
    for (i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i].a != fields[i].b) {
            twin_fail(t, "the pages at +%#llx: %s is %#llx through hostmem and %#llx directly",
                      (unsigned long long)offset, fields[i].name, (unsigned long long)fields[i].a,
                      (unsigned long long)fields[i].b);
            return TRUE;
        }
    }
    return FALSE;
}

static BOOL look_at_run(twin *t, twin_window *window, SIZE_T *at)
{
    SIZE_T offset = *at * FUZZ_PAGE, bytes = window->pages * FUZZ_PAGE, written_a = 0, written_b = 0, end;
    MEMORY_BASIC_INFORMATION a, b;
    twin_page now = {0};
    HRESULT hr = IHostMemoryManager_VirtualQuery(t->manager, (void *)(window->a + offset), &a, sizeof a, &written_a);
    UINT32 error = t->world->twin->virtual_query(t->world->twin, (void *)(window->b + offset), &b, sizeof b,
                                                 &written_b);
    if (hr != S_OK || error || written_a != written_b)
        return twin_fail(t, "VirtualQuery at +%#llx: %#lx through hostmem, error %lu directly",
                         (unsigned long long)offset, (unsigned long)(UINT32)hr, (unsigned long)error);
    normalise(&a, window->a, bytes);
    normalise(&b, window->b, bytes);
    if (differ(t, offset, &a, &b))
        return FALSE;
    now.state = state_of(&b);
    now.protect = b.Protect;
    now.first = (SIZE_T)b.AllocationBase / FUZZ_PAGE;
    end = *at + b.RegionSize / FUZZ_PAGE;
    if (end <= *at)
        return twin_fail(t, "VirtualQuery at +%#llx: nothing is there", (unsigned long long)offset);
    for (; *at < end; ++*at)
        record(t, &window->page[*at], &now);
    return TRUE;
}

BOOL twin_look(twin *t, twin_window *window, SIZE_T first, SIZE_T end)
{
    if (end > window->pages)
        end = window->pages;
    while (first < end) {
        if (!look_at_run(t, window, &first))
            return FALSE;
    }
    return TRUE;
}

BOOL twin_compare_content(twin *t, const twin_window *window, SIZE_T first, SIZE_T end)
{
    for (; first < end && first < window->pages; first++) {
        const UINT8 *a = (const UINT8 *)(window->a + first * FUZZ_PAGE);
        const UINT8 *b = (const UINT8 *)(window->b + first * FUZZ_PAGE);
        SIZE_T i;
        if (!twin_readable(&window->page[first]) || window->page[first].unspecified || !memcmp(a, b, FUZZ_PAGE))
            continue;
        for (i = 0; i < FUZZ_PAGE && a[i] == b[i]; i++)
            continue;
        return twin_fail(t, "the byte at +%#llx: %#x through hostmem and %#x directly",
                         (unsigned long long)(first * FUZZ_PAGE + i), a[i], b[i]);
    }
    return TRUE;
}
