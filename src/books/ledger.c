/* The books: bitmaps, tables of extents, and sums that change by what the bitmaps report. Each step is atomic; a thread
 * that is ended between two steps leaves at most its own operation half recorded. Calls that change the same pages at
 * the same time learn it from the overlap, and query the operating system.
 *
 * Checked against ARM's memory model: bitmaps and tables are sequentially consistent with the overlap. Sums are
 * relaxed: who subtracts has seen the record before, by its atomic change, and so comes after the addition. */
#include "books/ledger.h"

UINT32 hmi_ledger_init(hmi_ledger *ledger, hostmem_os *os)
{
    hmi_os_info info;
    UINT32 error;
    os->get_info(os, &info);
    ledger->page_size = info.page_size;
    ledger->granularity = info.granularity;
    if ((error = hmi_atomic_bitmap_init(&ledger->owned, os, info.granularity)) != 0 ||
        (error = hmi_atomic_bitmap_init_spread(&ledger->committed, os, info.page_size)) != 0 ||
        (error = hmi_atomic_bitmap_init_spread(&ledger->executable, os, info.page_size)) != 0 ||
        (error = hmi_atomic_bitmap_init(&ledger->viewed, os, info.granularity)) != 0 ||
        (error = hmi_extent_table_init(&ledger->reservations, os, info.granularity)) != 0)
        return error;
    return hmi_extent_table_init(&ledger->views, os, info.granularity);
}

void hmi_ledger_destroy(hmi_ledger *ledger)
{
    hmi_page_origins_destroy(&ledger->origins);
    hmi_extent_table_destroy(&ledger->views);
    hmi_extent_table_destroy(&ledger->reservations);
    hmi_atomic_bitmap_destroy(&ledger->viewed);
    hmi_atomic_bitmap_destroy(&ledger->executable);
    hmi_atomic_bitmap_destroy(&ledger->committed);
    hmi_atomic_bitmap_destroy(&ledger->owned);
}

/* Raises the peak to bytes, if it is smaller. Returns the peak. */
static uint64_t raise_peak(hmi_sum *sum, uint64_t bytes)
{
    uint64_t peak = atomic_load_explicit(&sum->peak, memory_order_relaxed);
    while (peak < bytes) {
        if (atomic_compare_exchange_weak_explicit(&sum->peak, &peak, bytes, memory_order_relaxed, memory_order_relaxed))
            return bytes;
    }
    return peak;
}

/* Sums run ahead of the records: bytes are added to a sum before they are recorded, and subtracted after they are
 * removed. So a thread that is ended in between leaves a sum too large by its own operation, and no sum falls below
 * zero when other threads remove what was recorded. */
static void expect(hmi_sum *sum, uint64_t bytes)
{
    atomic_fetch_add_explicit(&sum->now, bytes, memory_order_relaxed);
}

/* Replaces expected bytes by what was really added and removed. In one step, so that no peak counts removed and added
 * bytes together. */
static void settle(hmi_sum *sum, uint64_t expected, uint64_t added, uint64_t removed)
{
    uint64_t more = added - removed - expected; /* may be negative */
    uint64_t bytes = more ? atomic_fetch_add_explicit(&sum->now, more, memory_order_relaxed) + more
                          : atomic_load_explicit(&sum->now, memory_order_relaxed);
    if (added > removed)
        raise_peak(sum, bytes);
}

/* May be negative for good if two threads recorded the same pages at the same time and one of them was ended. */
uint64_t hmi_sum_read(hmi_sum *sum, UINT64 *peak)
{
    uint64_t bytes = atomic_load_explicit(&sum->now, memory_order_relaxed);
    if ((int64_t)bytes < 0)
        bytes = 0;
    *peak = raise_peak(sum, bytes);
    return bytes;
}

bool hmi_ledger_reservation(hmi_ledger *ledger, UINT_PTR address, hmi_range *pages)
{
    SIZE_T length = address & (ledger->granularity - 1) ? 0 : hmi_extent_table_get(&ledger->reservations, address);
    *pages = (hmi_range){address, address + length};
    return length != 0;
}

bool hmi_ledger_prepare_reservation(hmi_ledger *ledger, hmi_range pages)
{
    return hmi_atomic_bitmap_prepare(&ledger->owned, hmi_ledger_granules(ledger, pages)) &&
           hmi_extent_table_prepare(&ledger->reservations, pages.start, pages.end - pages.start);
}

bool hmi_ledger_prepare_commit(hmi_ledger *ledger, hmi_entry *entry, bool executable)
{
    if (!entry->committed.cell) {
        if (!hmi_atomic_bitmap_prepare_words(&ledger->committed, entry->pages))
            return false;
        hmi_atomic_bitmap_find(&ledger->committed, entry->pages, &entry->committed);
    }
    return !executable || hmi_ledger_prepare_executable(ledger, entry->pages);
}

bool hmi_ledger_prepare_executable(hmi_ledger *ledger, hmi_range pages)
{
    return hmi_atomic_bitmap_prepare(&ledger->executable, pages);
}

void hmi_ledger_add_reservation(hmi_ledger *ledger, hmi_range pages)
{
    SIZE_T length = pages.end - pages.start;
    SIZE_T former;
    expect(&ledger->reserved_bytes, length);
    former = hmi_extent_table_exchange(&ledger->reservations, pages.start, length);
    hmi_atomic_bitmap_set(&ledger->owned, hmi_ledger_granules(ledger, pages));
    settle(&ledger->reserved_bytes, length, length, former);
}

bool hmi_ledger_take_reservation(hmi_ledger *ledger, UINT_PTR address, hmi_range *pages)
{
    SIZE_T length = 0;
    if (!(address & (ledger->granularity - 1)))
        length = hmi_extent_table_exchange(&ledger->reservations, address, 0);
    if (!length)
        return false;
    *pages = (hmi_range){address, address + length};
    hmi_atomic_bitmap_clear(&ledger->owned, hmi_ledger_granules(ledger, *pages));
    settle(&ledger->reserved_bytes, 0, 0, length);
    return true;
}

void hmi_ledger_set_origin(hmi_ledger *ledger, hmi_range pages, const hmi_site *stack, bool is_committed)
{
    SIZE_T bytes = pages.end - pages.start;
    hmi_range run = pages;
    bool is_whole = !hmi_atomic_bitmap_count(&ledger->committed, pages); /* the usual case; runs are slow */
    while (is_whole || hmi_atomic_bitmap_run(&ledger->committed, pages, false, &run)) {
        if (is_committed)
            hmi_page_origins_set(&ledger->origins, run, stack, bytes);
        else
            hmi_page_origins_take_back(&ledger->origins, run, stack);
        if (is_whole)
            return;
        pages.start = run.end;
    }
}

SIZE_T hmi_ledger_uncommitted_words(hmi_ledger *ledger, hmi_range pages)
{
    return pages.end - pages.start - hmi_atomic_bitmap_count(&ledger->committed, pages) * ledger->page_size;
}

void hmi_ledger_allow_execution(hmi_ledger *ledger, hmi_range pages)
{
    SIZE_T known = hmi_atomic_bitmap_count(&ledger->executable, pages) * ledger->page_size, set;
    SIZE_T expected = pages.end - pages.start - known;
    expect(&ledger->executable_bytes, expected);
    set = hmi_atomic_bitmap_set(&ledger->executable, pages) * ledger->page_size;
    settle(&ledger->executable_bytes, expected, set, 0);
}

void hmi_ledger_forbade_execution(hmi_ledger *ledger, SIZE_T pages)
{
    settle(&ledger->executable_bytes, 0, 0, (uint64_t)pages * ledger->page_size);
}

/* The granules of a view that begins in the granule of address. */
static hmi_range view_granules(const hmi_ledger *ledger, UINT_PTR address, SIZE_T size)
{
    UINT_PTR start = address & ~(ledger->page_size - 1);
    return hmi_ledger_granules(ledger, (hmi_range){start, start + size});
}

bool hmi_ledger_prepare_view(hmi_ledger *ledger, UINT_PTR address, SIZE_T size)
{
    return hmi_extent_table_prepare(&ledger->views, address, size) &&
           hmi_atomic_bitmap_prepare(&ledger->viewed, view_granules(ledger, address, size));
}

SIZE_T hmi_ledger_set_view(hmi_ledger *ledger, UINT_PTR address, SIZE_T size)
{
    hmi_range gone;
    SIZE_T former;
    expect(&ledger->mapped_bytes, size);
    former = hmi_extent_table_exchange(&ledger->views, address, size);
    if (size)
        hmi_atomic_bitmap_set(&ledger->viewed, view_granules(ledger, address, size));
    gone = view_granules(ledger, address, former);
    if (size) /* pages of both views stay in the books all the time: another thread may be committing pages there */
        gone.start = view_granules(ledger, address, size).end;
    if (former && gone.start < gone.end)
        hmi_atomic_bitmap_clear(&ledger->viewed, gone);
    settle(&ledger->mapped_bytes, size, size, former);
    return former;
}

bool hmi_ledger_reserve_views(hmi_ledger *ledger)
{
    return hmi_extent_table_reserve_all(&ledger->views) &&
           (sizeof(void *) == 8 || hmi_sparse_array_touch(&ledger->viewed.words, 0));
}

bool hmi_ledger_find_view(hmi_ledger *ledger, UINT_PTR address, hmi_range *view)
{
    UINT_PTR start = address & ~(ledger->granularity - 1);
    SIZE_T length;
    if (!hmi_atomic_bitmap_test(&ledger->viewed, start))
        return false;
    for (; !(length = hmi_extent_table_get(&ledger->views, start)); start -= ledger->granularity) {
        if (!start || !hmi_atomic_bitmap_test(&ledger->viewed, start - ledger->granularity))
            return false; /* the view was removed meanwhile */
    }
    *view = (hmi_range){start, start + length};
    return true;
}

/* Whether a page in a granule of a view lies in the view. The last granule of a view may have a part behind the view's
 * end; only there the granules before it are searched. */
static bool is_in_view(hmi_ledger *ledger, UINT_PTR page)
{
    UINT_PTR next = (page & ~(ledger->granularity - 1)) + ledger->granularity;
    hmi_range view;
    if (hmi_atomic_bitmap_test(&ledger->viewed, next) && !hmi_extent_table_get(&ledger->views, next))
        return true;
    return hmi_ledger_find_view(ledger, page, &view) && page < view.end;
}

bool hmi_ledger_views_hold(hmi_ledger *ledger, hmi_range pages)
{
    hmi_range granules = hmi_ledger_granules(ledger, pages);
    if (!hmi_atomic_bitmap_test(&ledger->viewed, pages.start))
        return false;
    return hmi_atomic_bitmap_count(&ledger->viewed, granules) ==
               (granules.end - granules.start) / ledger->granularity &&
           is_in_view(ledger, pages.end - ledger->page_size) && !hmi_atomic_bitmap_count(&ledger->owned, granules);
}

void hmi_ledger_allow_execution_of_committed(hmi_ledger *ledger, hmi_range pages)
{
    hmi_range run;
    for (; hmi_atomic_bitmap_run(&ledger->committed, pages, true, &run); pages.start = run.end)
        hmi_ledger_allow_execution(ledger, run);
}

SIZE_T hmi_ledger_decommit_unowned(hmi_ledger *ledger, hmi_range pages)
{
    hmi_range rest = hmi_ledger_granules(ledger, pages), run;
    SIZE_T removed = 0;
    for (; hmi_atomic_bitmap_run(&ledger->owned, rest, false, &run); rest.start = run.end) {
        hmi_range part = {run.start > pages.start ? run.start : pages.start, run.end < pages.end ? run.end : pages.end};
        removed += hmi_ledger_decommit(ledger, part);
    }
    return removed;
}
