/* Pages are counted in the books, reservation by reservation, so that requests need not count them by kind. Blocks are
 * counted with each request, but only those of heaps that are not the runtime's main one. */
#include "report/kind_bytes.h"

#include "core_state.h"

#include <string.h>

static void add_pages(hmi_core *core, hmi_range pages, UINT64 bytes[HOSTMEM_KINDS])
{
    hmi_ledger *ledger = &core->ledger;
    UINT32 kind = hmi_kinds_get(&core->kinds, pages.start);
    UINT64 committed = (UINT64)hmi_atomic_bitmap_count(&ledger->committed, pages) * ledger->page_size, executable = 0;
    if (committed && kind != HOSTMEM_KIND_INVOKED)
        executable = (UINT64)hmi_atomic_bitmap_count(&ledger->executable, pages) * ledger->page_size;
    if (executable > committed) /* another thread has just committed more */
        executable = committed;
    bytes[HOSTMEM_KIND_CODE] += executable;
    bytes[kind] += committed - executable;
}

static void add_extents(hmi_core *core, hmi_extent_table *extents, bool are_views, UINT64 bytes[HOSTMEM_KINDS])
{
    UINT_PTR start = 0;
    SIZE_T length;
    for (; hmi_extent_table_next(extents, start, &start, &length); start += core->ledger.granularity) {
        /* A view inside of a reservation is counted with that. */
        if (!are_views || !hmi_ledger_owns_granule(&core->ledger, start))
            add_pages(core, (hmi_range){start, start + length}, bytes);
    }
}

void hmi_kind_bytes_read(hmi_core *core, UINT64 bytes[HOSTMEM_KINDS])
{
    UINT64 blocks, named = 0;
    UINT32 kind;
    memset(bytes, 0, HOSTMEM_KINDS * sizeof *bytes);
    if (!hmi_kinds_are_known(&core->kinds))
        return;
    add_extents(core, &core->ledger.reservations, false, bytes);
    add_extents(core, &core->ledger.views, true, bytes);
    for (kind = 0; kind < HOSTMEM_KINDS; kind++) {
        UINT64 counted = hmi_kinds_counted(&core->kinds, kind);
        bytes[kind] += counted;
        named += counted;
    }
    blocks = hmi_quota_cache_used_bytes(core->quota_cache, HMI_BLOCKS);
    bytes[HOSTMEM_KIND_BLOCKS] += blocks > named ? blocks - named : 0;
}
