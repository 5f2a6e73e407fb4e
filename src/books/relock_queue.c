/* Two bitmaps that alternate: new pages are noted in one while those in the other grow old enough. A thread that is
 * ended in here may lose the pages that it was handing out. Checked against ARM's memory model: sequentially consistent
 * (atomic_bitmap.h says why); only hmi_relock_queue_pending is relaxed, whose callers look again at the next call. */
#include "books/relock_queue.h"

UINT32 hmi_relock_queue_init(hmi_relock_queue *resets, hostmem_os *os, SIZE_T page_size)
{
    UINT32 error = hmi_atomic_bitmap_init(&resets->noted[0], os, page_size);
    return error ? error : hmi_atomic_bitmap_init(&resets->noted[1], os, page_size);
}

void hmi_relock_queue_destroy(hmi_relock_queue *resets)
{
    hmi_atomic_bitmap_destroy(&resets->noted[0]);
    hmi_atomic_bitmap_destroy(&resets->noted[1]);
}

static void schedule(hmi_relock_queue *resets, UINT64 now_ms)
{
    UINT64 never = 0;
    atomic_compare_exchange_strong(&resets->due_ms, &never, now_ms + HMI_RELOCK_DELAY_MS);
}

bool hmi_relock_queue_note(hmi_relock_queue *resets, hmi_range pages, UINT64 now_ms)
{
    hmi_atomic_bitmap *map = &resets->noted[atomic_load(&resets->young)];
    if (!hmi_atomic_bitmap_prepare(map, pages))
        return false;
    /* Before the bits are set, so that no thread takes new bits for old ones */
    atomic_store(&resets->noted_ms, now_ms);
    hmi_atomic_bitmap_set(map, pages);
    schedule(resets, now_ms);
    return true;
}

static bool is_empty(hmi_relock_queue *resets)
{
    UINT_PTR found;
    return !hmi_atomic_bitmap_next(&resets->noted[0], 0, &found) &&
           !hmi_atomic_bitmap_next(&resets->noted[1], 0, &found);
}

typedef void taker(void *context, hmi_range run);

static bool is_quiet(hmi_relock_queue *resets, UINT64 now_ms)
{
    return now_ms >= atomic_load(&resets->noted_ms) + HMI_RELOCK_DELAY_MS;
}

/* Hands out the pages in one map; of the young map only as long as nothing new is noted. */
static void empty(hmi_relock_queue *resets, hmi_atomic_bitmap *map, bool young, UINT64 now_ms, taker *take,
                  void *context)
{
    hmi_range run = {0, 0};
    while (hmi_atomic_bitmap_next(map, run.end, &run.start)) {
        hmi_atomic_bitmap_run(map, (hmi_range){run.start, UINTPTR_MAX}, true, &run);
        if (!hmi_atomic_bitmap_clear(map, run))
            continue;
        if (young && !is_quiet(resets, now_ms)) {
            hmi_atomic_bitmap_set(map, run);
            return;
        }
        take(context, run);
    }
}

void hmi_relock_queue_take_due(hmi_relock_queue *resets, UINT64 now_ms, taker *take, void *context)
{
    UINT64 due_ms = atomic_load(&resets->due_ms);
    UINT32 young;
    if (!due_ms || now_ms < due_ms ||
        !atomic_compare_exchange_strong(&resets->due_ms, &due_ms, now_ms + HMI_RELOCK_DELAY_MS))
        return;

    young = atomic_load(&resets->young);
    empty(resets, &resets->noted[1 - young], false, now_ms, take, context);
    if (is_quiet(resets, now_ms))
        empty(resets, &resets->noted[young], true, now_ms, take, context);
    atomic_store(&resets->young, 1 - young);

    if (is_empty(resets)) {
        atomic_store(&resets->due_ms, 0);
        if (!is_empty(resets)) /* a page was noted after is_empty looked and before due_ms became 0 */
            schedule(resets, now_ms);
    }
}
