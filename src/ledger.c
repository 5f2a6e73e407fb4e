/* The books: bitmaps and extents, and sums that move by what the bitmaps report as changed. Each step is whole in
 * itself; a thread that stops between two of them leaves at most its own operation half recorded. Threads that change
 * the same pages in opposite ways at the same time may leave the books with one order and the system with the other;
 * the budget agrees with the books even then, and the release of the reservation takes everything out. */
#include "ledger.h"

UINT32 hostmem_ledger_init(hostmem_ledger *ledger, hostmem_os *os)
{
    hostmem_os_info info;
    UINT32 error;
    os->get_info(os, &info);
    ledger->page_size = info.page_size;
    ledger->granularity = info.granularity;
    if ((error = hostmem_pagemap_init(&ledger->owned, os, info.granularity)) != 0 ||
        (error = hostmem_pagemap_init(&ledger->committed, os, info.page_size)) != 0 ||
        (error = hostmem_pagemap_init(&ledger->executable, os, info.page_size)) != 0 ||
        (error = hostmem_extents_init(&ledger->reservations, os, info.granularity)) != 0)
        return error;
    return hostmem_extents_init(&ledger->views, os, info.granularity);
}

void hostmem_ledger_destroy(hostmem_ledger *ledger)
{
    hostmem_extents_destroy(&ledger->views);
    hostmem_extents_destroy(&ledger->reservations);
    hostmem_pagemap_destroy(&ledger->executable);
    hostmem_pagemap_destroy(&ledger->committed);
    hostmem_pagemap_destroy(&ledger->owned);
}

/* The sum was so large at one moment. Returns the peak. */
static uint64_t raise_peak(hostmem_sum *sum, uint64_t bytes)
{
    uint64_t peak = atomic_load_explicit(&sum->peak, memory_order_relaxed);
    while (peak < bytes) {
        if (atomic_compare_exchange_weak_explicit(&sum->peak, &peak, bytes, memory_order_relaxed, memory_order_relaxed))
            return bytes;
    }
    return peak;
}

uint64_t hostmem_sum_read(hostmem_sum *sum, UINT64 *peak)
{
    uint64_t bytes = atomic_load_explicit(&sum->now, memory_order_relaxed);
    *peak = raise_peak(sum, bytes);
    return bytes;
}

/* In one step, so that no peak has what was taken out with what was put in. */
static void change(hostmem_sum *sum, uint64_t added, uint64_t removed)
{
    uint64_t bytes;
    if (added == removed)
        return;
    bytes = atomic_fetch_add_explicit(&sum->now, added - removed, memory_order_relaxed) + added - removed;
    if (added > removed)
        raise_peak(sum, bytes);
}

bool hostmem_ledger_reservation(hostmem_ledger *ledger, UINT_PTR address, hostmem_range *pages)
{
    SIZE_T length = address & (ledger->granularity - 1) ? 0 : hostmem_extents_get(&ledger->reservations, address);
    *pages = (hostmem_range){address, address + length};
    return length != 0;
}

bool hostmem_ledger_prepare_reservation(hostmem_ledger *ledger, hostmem_range pages)
{
    return hostmem_pagemap_prepare(&ledger->owned, hostmem_ledger_granules(ledger, pages)) &&
           hostmem_extents_prepare(&ledger->reservations, pages.start, pages.end - pages.start);
}

bool hostmem_ledger_prepare_commit(hostmem_ledger *ledger, hostmem_entry *entry, bool executable)
{
    if (!entry->committed.cell) {
        if (!hostmem_pagemap_prepare_words(&ledger->committed, entry->pages))
            return false;
        hostmem_pagemap_find(&ledger->committed, entry->pages, &entry->committed);
    }
    return !executable || hostmem_ledger_prepare_executable(ledger, entry->pages);
}

bool hostmem_ledger_prepare_executable(hostmem_ledger *ledger, hostmem_range pages)
{
    return hostmem_pagemap_prepare(&ledger->executable, pages);
}

void hostmem_ledger_add_reservation(hostmem_ledger *ledger, hostmem_range pages)
{
    SIZE_T length = pages.end - pages.start;
    SIZE_T former = hostmem_extents_exchange(&ledger->reservations, pages.start, length);
    hostmem_pagemap_set(&ledger->owned, hostmem_ledger_granules(ledger, pages));
    change(&ledger->reserved_bytes, length, former);
}

bool hostmem_ledger_take_reservation(hostmem_ledger *ledger, UINT_PTR address, hostmem_range *pages)
{
    SIZE_T length = 0;
    if (!(address & (ledger->granularity - 1)))
        length = hostmem_extents_exchange(&ledger->reservations, address, 0);
    if (!length)
        return false;
    *pages = (hostmem_range){address, address + length};
    hostmem_pagemap_clear(&ledger->owned, hostmem_ledger_granules(ledger, *pages));
    change(&ledger->reserved_bytes, 0, length);
    return true;
}

SIZE_T hostmem_ledger_uncommitted_words(hostmem_ledger *ledger, hostmem_range pages)
{
    return pages.end - pages.start - hostmem_pagemap_count(&ledger->committed, pages) * ledger->page_size;
}

void hostmem_ledger_allow_execution(hostmem_ledger *ledger, hostmem_range pages)
{
    change(&ledger->executable_bytes, (uint64_t)hostmem_pagemap_set(&ledger->executable, pages) * ledger->page_size, 0);
}

void hostmem_ledger_forbade_execution(hostmem_ledger *ledger, SIZE_T pages)
{
    change(&ledger->executable_bytes, 0, (uint64_t)pages * ledger->page_size);
}

bool hostmem_ledger_set_view(hostmem_ledger *ledger, UINT_PTR address, SIZE_T size)
{
    SIZE_T former;
    if (size && !hostmem_extents_prepare(&ledger->views, address, size))
        return false;
    former = hostmem_extents_exchange(&ledger->views, address, size);
    change(&ledger->mapped_bytes, size, former);
    return true;
}
