/* Two maps that take turns: one takes notes while the notes of the other grow old. A thread that stops anywhere delays
 * nobody; it may lose the pages that it was just handing out. */
#include "resets.h"

UINT32 hostmem_resets_init(hostmem_resets *resets, hostmem_os *os, SIZE_T page_size)
{
    UINT32 error = hostmem_pagemap_init(&resets->noted[0], os, page_size);
    return error ? error : hostmem_pagemap_init(&resets->noted[1], os, page_size);
}

void hostmem_resets_destroy(hostmem_resets *resets)
{
    hostmem_pagemap_destroy(&resets->noted[0]);
    hostmem_pagemap_destroy(&resets->noted[1]);
}

static void be_due(hostmem_resets *resets, UINT64 now_ms)
{
    UINT64 never = 0;
    atomic_compare_exchange_strong(&resets->due_ms, &never, now_ms + HOSTMEM_RESETS_REST_MS);
}

bool hostmem_resets_note(hostmem_resets *resets, hostmem_range pages, UINT64 now_ms)
{
    hostmem_pagemap *map = &resets->noted[atomic_load(&resets->young)];
    if (!hostmem_pagemap_prepare(map, pages))
        return false;
    atomic_store(&resets->noted_ms, now_ms); /* first, so that nobody takes the new bits for old ones */
    hostmem_pagemap_set(map, pages);
    be_due(resets, now_ms);
    return true;
}

static bool is_empty(hostmem_resets *resets)
{
    UINT_PTR found;
    return !hostmem_pagemap_next(&resets->noted[0], 0, &found) && !hostmem_pagemap_next(&resets->noted[1], 0, &found);
}

typedef void taker(void *context, hostmem_range run);

static bool is_quiet(hostmem_resets *resets, UINT64 now_ms)
{
    return now_ms >= atomic_load(&resets->noted_ms) + HOSTMEM_RESETS_REST_MS;
}

/* Hands out one map, the young one only as long as no note comes. */
static void empty(hostmem_resets *resets, hostmem_pagemap *map, bool young, UINT64 now_ms, taker *take, void *context)
{
    hostmem_range run = {0, 0};
    while (hostmem_pagemap_next(map, run.end, &run.start)) {
        hostmem_pagemap_run(map, (hostmem_range){run.start, UINTPTR_MAX}, true, &run);
        if (!hostmem_pagemap_clear(map, run))
            continue;
        if (young && !is_quiet(resets, now_ms)) {
            hostmem_pagemap_set(map, run);
            return;
        }
        take(context, run);
    }
}

void hostmem_resets_hand_out(hostmem_resets *resets, UINT64 now_ms, taker *take, void *context)
{
    UINT64 due_ms = atomic_load(&resets->due_ms);
    UINT32 young;
    if (!due_ms || now_ms < due_ms ||
        !atomic_compare_exchange_strong(&resets->due_ms, &due_ms, now_ms + HOSTMEM_RESETS_REST_MS))
        return;

    young = atomic_load(&resets->young);
    empty(resets, &resets->noted[1 - young], false, now_ms, take, context);
    if (is_quiet(resets, now_ms))
        empty(resets, &resets->noted[young], true, now_ms, take, context);
    atomic_store(&resets->young, 1 - young);

    if (is_empty(resets)) {
        atomic_store(&resets->due_ms, 0);
        if (!is_empty(resets)) /* somebody has noted something just then, and found it due already */
            be_due(resets, now_ms);
    }
}
