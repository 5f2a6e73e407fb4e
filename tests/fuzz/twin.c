/* See twin.h. What an operation may have changed is compared right after it, and the figures are compared with sums
 * over the pages; the caller of the twins compares the rest now and then. */
#include "twin.h"

#include <corerror.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules.h"

BOOL twin_fail(twin *t, const char *format, ...)
{
    va_list arguments;
    if (!t->failed) {
        va_start(arguments, format);
        vsnprintf(t->message, sizeof t->message, format, arguments);
        va_end(arguments);
    }
    t->failed = TRUE;
    return FALSE;
}

void twin_before(twin *t)
{
    t->world->under->set_last_error(t->world->under, TWIN_POISON);
}

HRESULT twin_after(twin *t, HRESULT hr)
{
    t->last_error = t->world->under->get_last_error(t->world->under);
    return t->hr = hr;
}

/* From the table in the README, not from the library's code. */
HRESULT twin_hresult(BOOL allocation, UINT32 error)
{
    switch (error) {
    case 0:
        return S_OK;
    case ERROR_INVALID_ADDRESS:
        return allocation ? E_OUTOFMEMORY : E_INVALIDARG;
    case ERROR_INVALID_PARAMETER:
        return E_INVALIDARG;
    case ERROR_NOACCESS:
        return E_POINTER;
    case ERROR_ACCESS_DENIED:
        return E_ACCESSDENIED;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_NOT_ENOUGH_QUOTA:
        return E_OUTOFMEMORY;
    default:
        return HRESULT_FROM_WIN32(error);
    }
}

BOOL twin_expect(twin *t, HRESULT hr, UINT32 last_error)
{
    if (t->hr == hr && t->last_error == last_error)
        return TRUE;
    return twin_fail(t, "hostmem answers %#lx with last error %lu, and should %#lx with %lu (%s)",
                     (unsigned long)(UINT32)t->hr, (unsigned long)t->last_error, (unsigned long)(UINT32)hr,
                     (unsigned long)last_error, t->rule ? t->rule : "as the system does");
}

BOOL twin_expect_same(twin *t, BOOL allocation)
{
    UINT32 error = t->twin_error;
    return twin_expect(t, twin_hresult(allocation, error), error ? error : TWIN_POISON);
}

/* ---- Targets ---- */

static twin_target target_of(twin *t, const fuzz_op *op)
{
    twin_window *window = op->area == FUZZ_LOOSE ? &t->windows[1 + op->slot] : &t->windows[0];
    SIZE_T offset = op->offset;
    if (op->area == FUZZ_NOWHERE)
        return (twin_target){.a = op->offset, .b = op->offset};
    if (!window->a)
        return (twin_target){0};
    if (op->area == FUZZ_LOOSE)
        offset %= window->pages * FUZZ_PAGE;
    return (twin_target){.window = window, .offset = offset, .a = window->a + offset, .b = window->b + offset};
}

void twin_named_pages(const twin_target *target, SIZE_T size, SIZE_T *first, SIZE_T *end)
{
    SIZE_T rest = target->window->pages * FUZZ_PAGE - target->offset;
    *first = target->offset / FUZZ_PAGE;
    if (size > rest)
        size = rest;
    *end = size ? (target->offset + size - 1) / FUZZ_PAGE + 1 : *first + 1;
}

/* The pages named, the granule in which they begin, and the whole of their allocations: everything that the
 * operation can change. */
static void affected_pages(const twin_target *target, SIZE_T size, SIZE_T *first, SIZE_T *end)
{
    const twin_page *page = target->window->page;
    twin_named_pages(target, size, first, end);
    *first -= *first % (FUZZ_GRANULE / FUZZ_PAGE);
    if (page[*first].state != TWIN_FREE)
        *first = page[*first].first;
    while (*end < target->window->pages && page[*end].state != TWIN_FREE && page[*end].first == page[*end - 1].first)
        ++*end;
}

BOOL twin_compare_affected(twin *t, SIZE_T size)
{
    const twin_target *target = &t->target;
    SIZE_T first, end;
    if (!target->window)
        return TRUE;
    affected_pages(target, size, &first, &end);
    if (!twin_look(t, target->window, first, end))
        return FALSE;
    twin_named_pages(target, size, &first, &end);
    return twin_compare_content(t, target->window, first, first + 1) &&
           twin_compare_content(t, target->window, end - 1, end);
}

/* ---- Operations ---- */

static BOOL place_loose(twin *t, const fuzz_op *op, void *a, void *b)
{
    twin_window *window = &t->windows[1 + op->slot];
    memset(window, 0, sizeof *window);
    window->a = (UINT_PTR)a;
    window->b = (UINT_PTR)b;
    window->pages = (op->size - 1) / FUZZ_PAGE + 1;
    if (window->pages > TWIN_ZONE_PAGES || window->a % FUZZ_GRANULE)
        return twin_fail(t, "a reservation of %#llx bytes at %p", (unsigned long long)op->size, a);
    t->target = (twin_target){.window = window, .a = window->a, .b = window->b};
    return TRUE;
}

static void forget_content(twin *t, const fuzz_op *op)
{
    SIZE_T first, end;
    if (!t->target.window || !(op->type & MEM_RESET))
        return;
    for (twin_named_pages(&t->target, op->size, &first, &end); first < end; first++)
        t->target.window->page[first].unspecified = t->target.window->page[first].state == TWIN_COMMITTED;
}

static BOOL do_alloc(twin *t, const fuzz_op *op, const fuzz_rule *rule)
{
    hostmem_os *twin_os = t->world->twin;
    void *a = (void *)(UINT_PTR)TWIN_POISON, *b = NULL, **out = op->null_out ? NULL : &a;
    if (!t->target.a && !rule && (op->area == FUZZ_NOWHERE || t->windows[1 + op->slot].a))
        return TRUE; /* there is no slot left for it */
    t->done = TRUE;
    twin_before(t);
    twin_after(t, IHostMemoryManager_VirtualAlloc(t->manager, (void *)t->target.a, op->size, op->type, op->protect,
                                                  (EMemoryCriticalLevel)op->level, out));
    if (out && t->hr != S_OK && a)
        return twin_fail(t, "a failed VirtualAlloc has left its out parameter at %p", a);
    if (rule)
        return twin_expect(t, rule->hr, rule->error) && twin_compare_affected(t, op->size);
    t->twin_error = twin_os->virtual_alloc(twin_os, (void *)t->target.b, op->size, op->type, op->protect, &b);
    if (!twin_expect_same(t, TRUE))
        return FALSE;
    if (t->hr == S_OK) {
        if (!t->target.a && !place_loose(t, op, a, b))
            return FALSE;
        if ((UINT_PTR)a - t->target.a != (UINT_PTR)b - t->target.b)
            return twin_fail(t, "VirtualAlloc has given +%#llx through hostmem and +%#llx directly",
                             (unsigned long long)((UINT_PTR)a - t->target.a + t->target.offset),
                             (unsigned long long)((UINT_PTR)b - t->target.b + t->target.offset));
        forget_content(t, op);
    }
    return twin_compare_affected(t, op->size);
}

static BOOL do_free(twin *t, const fuzz_op *op, const fuzz_rule *rule)
{
    hostmem_os *twin_os = t->world->twin;
    twin_window *window = t->target.window;
    UINT32 error = !rule ? 0 : rule->error_of ? rule->error_of(t, op) : rule->error;
    t->done = TRUE;
    twin_before(t);
    twin_after(t, IHostMemoryManager_VirtualFree(t->manager, (void *)t->target.a, op->size, op->type));
    if (rule)
        return twin_expect(t, rule->hr, error) && twin_compare_affected(t, op->size);
    t->twin_error = twin_os->virtual_free(twin_os, (void *)t->target.b, op->size, op->type);
    if (!twin_expect_same(t, FALSE))
        return FALSE;
    if (!twin_compare_affected(t, op->size))
        return FALSE;
    if (t->hr == S_OK && op->type == MEM_RELEASE && window != &t->windows[0])
        memset(window, 0, sizeof *window); /* others may allocate its addresses now */
    return TRUE;
}

static BOOL do_protect(twin *t, const fuzz_op *op, const fuzz_rule *rule)
{
    hostmem_os *twin_os = t->world->twin;
    DWORD old_a = TWIN_POISON;
    UINT32 old_b = 0;
    t->done = TRUE;
    twin_before(t);
    twin_after(t, IHostMemoryManager_VirtualProtect(t->manager, (void *)t->target.a, op->size, op->protect,
                                                    op->null_out ? NULL : &old_a));
    if (rule)
        return (op->null_out || !old_a ||
                twin_fail(t, "a failed VirtualProtect has left its out parameter as it was")) &&
               twin_expect(t, rule->hr, rule->error) && twin_compare_affected(t, op->size);
    t->twin_error = twin_os->virtual_protect(twin_os, (void *)t->target.b, op->size, op->protect, &old_b);
    if (!twin_expect_same(t, FALSE))
        return FALSE;
    if (old_a != (t->twin_error ? 0 : old_b))
        return twin_fail(t, "the old protection is %#lx through hostmem and %#lx directly", (unsigned long)old_a,
                         (unsigned long)(t->twin_error ? 0 : old_b));
    return twin_compare_affected(t, op->size);
}

/* The length is checked here; the pages are compared as after any other operation. */
static BOOL do_query(twin *t, const fuzz_op *op, const fuzz_rule *rule)
{
    hostmem_os *twin_os = t->world->twin;
    SIZE_T length = op->choice & 3 ? sizeof(MEMORY_BASIC_INFORMATION) : op->choice / 4, written_a = TWIN_POISON;
    SIZE_T written_b = 0;
    MEMORY_BASIC_INFORMATION a, b;
    t->done = TRUE;
    twin_before(t);
    twin_after(t, IHostMemoryManager_VirtualQuery(t->manager, (void *)t->target.a, &a, length,
                                                  op->null_out ? NULL : &written_a));
    if (rule)
        return twin_expect(t, rule->hr, rule->error);
    t->twin_error = twin_os->virtual_query(twin_os, (void *)t->target.b, &b, length, &written_b);
    if (!twin_expect_same(t, FALSE))
        return FALSE;
    if (written_a != (t->twin_error ? 0 : written_b))
        return twin_fail(t, "VirtualQuery has written %llu bytes through hostmem and %llu directly",
                         (unsigned long long)written_a, (unsigned long long)written_b);
    return twin_compare_affected(t, op->size);
}

static BOOL do_virtual(twin *t, const fuzz_op *op)
{
    const fuzz_rule *rule;
    t->target = target_of(t, op);
    rule = fuzz_rule_for(t, op);
    t->rule = rule ? rule->name : NULL;
    if (rule && rule->nobody_is_asked)
        return TRUE;
    switch (op->kind) {
    case FUZZ_ALLOC:
        return do_alloc(t, op, rule);
    case FUZZ_FREE:
        return do_free(t, op, rule);
    case FUZZ_PROTECT:
        return do_protect(t, op, rule);
    case FUZZ_QUERY:
        return do_query(t, op, rule);
    case FUZZ_CONTROL:
        return TRUE; /* there is nothing to control here */
    default:
        return twin_touch(t, op);
    }
}

/* ---- The whole ---- */

static BOOL compare_books(twin *t)
{
    hostmem_stats stats = {.size = sizeof stats};
    const twin_sums *sums = &t->sums;
    HRESULT hr = hostmem_get_stats(t->instance, &stats);
    const struct {
        const char *name;
        UINT64 told, seen;
    } figures[] = {
        {"reserved_bytes", stats.reserved_bytes, sums->reserved},
        {"committed_bytes", stats.committed_bytes, sums->committed},
        {"executable_bytes", stats.executable_bytes, sums->executable},
        {"heap_bytes", stats.heap_bytes, sums->heap_bytes},
        {"heap_blocks", stats.heap_blocks, sums->heap_blocks},
        {"used_bytes", stats.used_bytes, sums->committed + sums->heap_bytes},
    };
    SIZE_T i;
    for (i = 0; hr == S_OK && i < sizeof figures / sizeof *figures; i++) {
        if (figures[i].told != figures[i].seen)
            return twin_fail(t, "%s is %llu, and %llu are seen", figures[i].name, (unsigned long long)figures[i].told,
                             (unsigned long long)figures[i].seen);
    }
    return hr == S_OK || twin_fail(t, "no figures: %#lx", (unsigned long)(UINT32)hr);
}

BOOL twin_begin(twin *t, fuzz_world *world)
{
    hostmem_config config = {.size = sizeof config, .os = world->os};
    memset(t, 0, sizeof *t);
    t->world = world;
    t->windows[0].a = world->zone_a;
    t->windows[0].b = world->zone_b;
    t->windows[0].pages = TWIN_ZONE_PAGES;
    return hostmem_create(&config, &t->instance) == S_OK && hostmem_get_manager(t->instance, &t->manager) == S_OK;
}

BOOL twin_step(twin *t, const fuzz_op *op)
{
    t->rule = NULL;
    t->done = FALSE;
    t->hr = S_OK;
    t->twin_error = 0;
    t->target = (twin_target){0};
    if (op->kind >= FUZZ_HEAP_CREATE && op->kind <= FUZZ_BLOCK_BAD_FREE)
        twin_heap_step(t, op);
    else
        do_virtual(t, op);
    return !t->failed && compare_books(t);
}

BOOL twin_compare_all(twin *t)
{
    unsigned i;
    for (i = 0; !t->failed && i < TWIN_WINDOWS; i++) {
        twin_window *window = &t->windows[i];
        if (window->a && twin_look(t, window, 0, window->pages))
            twin_compare_content(t, window, 0, window->pages);
    }
    return !t->failed && compare_books(t);
}

/* A mistake that is planted may keep what it says that it has released. It would be in the way of the next episode. */
static BOOL is_released(hostmem_os *os, UINT_PTR allocation)
{
    MEMORY_BASIC_INFORMATION region;
    SIZE_T written;
    return os->virtual_query(os, (void *)allocation, &region, sizeof region, &written) || region.State == MEM_FREE;
}

/* After a failure the two sides may differ, so both possible addresses of each allocation are tried. */
static void release_window(twin *t, twin_window *window, UINT_PTR base, hostmem_os *os, BOOL is_hostmems)
{
    MEMORY_BASIC_INFORMATION region;
    SIZE_T offset, written;
    UINT_PTR allocation;
    for (offset = 0; base && offset < window->pages * FUZZ_PAGE;
         offset = (UINT_PTR)region.BaseAddress + region.RegionSize - base) {
        BOOL foreign = window->page[offset / FUZZ_PAGE].foreign;
        if (os->virtual_query(os, (void *)(base + offset), &region, sizeof region, &written))
            break;
        allocation = (UINT_PTR)region.AllocationBase;
        if (region.State == MEM_FREE || allocation < base)
            continue;
        if (is_hostmems && !foreign) {
            HRESULT hr = IHostMemoryManager_VirtualFree(t->manager, (void *)allocation, 0, MEM_RELEASE);
            if (hr == S_OK && is_released(os, allocation))
                continue;
            twin_fail(t, "the reservation at +%#llx is still there after its release in the end, which returned %#lx",
                      (unsigned long long)(allocation - base), (unsigned long)(UINT32)hr);
        }
        os->virtual_free(os, (void *)allocation, 0, MEM_RELEASE);
    }
}

BOOL twin_end(twin *t)
{
    unsigned i;
    for (i = 0; i < TWIN_WINDOWS; i++) {
        release_window(t, &t->windows[i], t->windows[i].a, t->world->under, TRUE);
        release_window(t, &t->windows[i], t->windows[i].b, t->world->twin, FALSE);
    }
    twin_heaps_end(t);
    memset(&t->sums, 0, sizeof t->sums);
    if (!t->failed)
        compare_books(t);
    IHostMemoryManager_Release(t->manager);
    if (hostmem_release(t->instance))
        twin_fail(t, "something of the instance is left");
    return !t->failed;
}
