/* The table of the differences. The first rule that applies is used: they are in the order in which hostmem checks. */
#include "rules.h"

#include <corerror.h>

static BOOL is_null_out(const twin *t, const fuzz_op *op)
{
    (void)t;
    return op->null_out && (op->kind == FUZZ_ALLOC || op->kind == FUZZ_PROTECT || op->kind == FUZZ_QUERY ||
                            op->kind == FUZZ_HEAP_CREATE || op->kind == FUZZ_BLOCK_ALLOC);
}

static BOOL has_unknown_level(const twin *t, const fuzz_op *op)
{
    (void)t;
    return (op->level < eTaskCritical || op->level > eProcessCritical) &&
           (op->kind == FUZZ_ALLOC || op->kind == FUZZ_BLOCK_ALLOC);
}

static BOOL is_unknown_heap_type(const twin *t, const fuzz_op *op)
{
    (void)t;
    return op->kind == FUZZ_HEAP_CREATE && (op->type & ~(UINT32)(MALLOC_THREADSAFE | MALLOC_EXECUTABLE));
}

/* For VirtualFree size 0 means the whole reservation. */
static BOOL is_empty_or_wraps(const twin *t, const fuzz_op *op)
{
    SIZE_T size = op->kind == FUZZ_FREE && !op->size ? 1 : op->size;
    return (op->kind == FUZZ_ALLOC || op->kind == FUZZ_FREE || op->kind == FUZZ_PROTECT) &&
           (!size || size - 1 > UINTPTR_MAX - t->target.a ||
            ((t->target.a + (size - 1)) | (FUZZ_PAGE - 1)) == UINTPTR_MAX);
}

static BOOL is_own(const twin_page *page)
{
    return page->state != TWIN_FREE && !page->foreign;
}

/* Windows reserves whole granules, so a granule has one owner. The loose windows may be adjacent. */
static BOOL is_own_granule(const twin *t, UINT_PTR address)
{
    unsigned i;
    address -= address % FUZZ_GRANULE;
    for (i = 0; i < TWIN_WINDOWS; i++) {
        const twin_window *window = &t->windows[i];
        if (window->a && address >= window->a && (address - window->a) / FUZZ_PAGE < window->pages)
            return is_own(&window->page[(address - window->a) / FUZZ_PAGE]);
    }
    return FALSE;
}

#define COALESCE_PLACEHOLDERS 1u
#define PRESERVE_PLACEHOLDER 2u

static BOOL is_valid_free(const fuzz_op *op)
{
    return op->kind == FUZZ_FREE &&
           (op->type == MEM_DECOMMIT || (op->type == MEM_RELEASE && !op->size) ||
            op->type == (MEM_RELEASE | PRESERVE_PLACEHOLDER) || op->type == (MEM_RELEASE | COALESCE_PLACEHOLDERS));
}

/* Memory of others, free memory, or the rest of a last granule after the end of a reservation. A range that begins
 * in a reservation is passed to the system. */
static BOOL frees_what_is_not_ours(const twin *t, const fuzz_op *op)
{
    if (!is_valid_free(op))
        return FALSE;
    return !is_own_granule(t, t->target.a) ||
           (t->target.window && t->target.window->page[t->target.offset / FUZZ_PAGE].state == TWIN_FREE);
}

/* The error of Windows' VirtualFree; Wine's has one more. */
static UINT32 error_of_free(const twin *t, const fuzz_op *op)
{
    hostmem_os *os = t->world->under;
    UINT_PTR address = t->target.a, end = address;
    MEMORY_BASIC_INFORMATION region;
    void *allocation = NULL;
    hmi_os_info info;
    SIZE_T written;
    t->world->os->get_info(t->world->os, &info);
    if (address > info.highest_address || op->size > info.highest_address - address)
        return ERROR_INVALID_PARAMETER;
    while (!os->virtual_query(os, (void *)end, &region, sizeof region, &written) && region.State != MEM_FREE &&
           (end == address || region.AllocationBase == allocation)) {
        if (region.Type != MEM_PRIVATE)
            return ERROR_INVALID_PARAMETER;
        allocation = region.AllocationBase;
        end = (UINT_PTR)region.BaseAddress + region.RegionSize;
    }
    return end > address && op->size > end - address ? ERROR_INVALID_PARAMETER : ERROR_INVALID_ADDRESS;
}

static BOOL reserves_too_high(const twin *t, const fuzz_op *op)
{
    hmi_os_info info;
    if (!t->world->is_windows || op->kind != FUZZ_ALLOC || !(op->type & MEM_RESERVE))
        return FALSE;
    t->world->os->get_info(t->world->os, &info);
    return t->target.a > info.highest_address;
}

static BOOL frees_a_block_that_is_none(const twin *t, const fuzz_op *op)
{
    (void)t;
    return op->kind == FUZZ_BLOCK_BAD_FREE;
}

static const fuzz_rule rules[] = {
    {
        .name = "an out parameter that Win32 has not, or would fault on, is NULL",
        .applies = is_null_out,
        .hr = E_POINTER,
        .error = ERROR_NOACCESS,
    },
    {
        .name = "a critical level, which Win32 has not, is none of the three",
        .applies = has_unknown_level,
        .hr = E_INVALIDARG,
        .error = ERROR_INVALID_PARAMETER,
    },
    {
        .name = "a kind of heap that the interfaces do not define",
        .applies = is_unknown_heap_type,
        .hr = E_INVALIDARG,
        .error = ERROR_INVALID_PARAMETER,
    },
    {
        .name = "an empty range or one that wraps is refused as on Windows; Wine takes some for size 0, or "
                "has another error",
        .applies = is_empty_or_wraps,
        .hr = E_INVALIDARG,
        .error = ERROR_INVALID_PARAMETER,
    },
    {
        .name = "memory that was not allocated through the manager, or is free, is not the caller's to free; the twin "
                "keeps it, too",
        .applies = frees_what_is_not_ours,
        .hr = HOST_E_INVALIDOPERATION,
        .error_of = error_of_free,
    },
    {
        .name =
            "a reservation above the highest address of programs: refused by Windows; a 32-bit Wine has room there, "
            "where hostmem's books have ended",
        .applies = reserves_too_high,
        .nobody_is_asked = TRUE,
    },
    {
        .name = "a heap knows its blocks; HeapFree of anything else is undefined",
        .applies = frees_a_block_that_is_none,
        .hr = HOST_E_INVALIDOPERATION,
        .error = ERROR_INVALID_ADDRESS,
    },
};

const fuzz_rule *fuzz_rule_for(const twin *t, const fuzz_op *op)
{
    SIZE_T i;
    for (i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].applies(t, op))
            return &rules[i];
    }
    return NULL;
}
