/* Growing and shrinking of the heap. See standin_growth.h. */
#include "standin_growth.h"

#include "standin_calls.h"

static SIZE_T min_size(SIZE_T a, SIZE_T b)
{
    return a < b ? a : b;
}

SIZE_T standin_growth_bytes(const standin_gc *gc, UINT32 segment, SIZE_T slots)
{
    SIZE_T bytes = slots * sizeof(standin_node);
    SIZE_T before = segment * gc->segment_size;

    return bytes <= before ? 0 : min_size(bytes - before, gc->segment_size);
}

/* The segment in which the heap grows: the first that is not fully committed, or a new one. */
static UINT32 growing_segment(const standin_gc *gc)
{
    UINT32 i = 0;

    while (i < gc->segment_count && gc->segments[i].committed == gc->segment_size)
        i++;
    return i;
}

static SIZE_T committed_bytes(const standin_gc *gc)
{
    UINT32 last = growing_segment(gc);

    return last * gc->segment_size + (last < gc->segment_count ? gc->segments[last].committed : 0);
}

BOOL standin_growth_has(const standin_gc *gc, SIZE_T slots)
{
    return slots * sizeof(standin_node) <= committed_bytes(gc);
}

static HRESULT add_segment(standin_gc *gc, EMemoryCriticalLevel level)
{
    standin_segment segment;
    HRESULT hr;

    if (gc->segment_count == STANDIN_GC_SEGMENTS)
        return E_OUTOFMEMORY;
    LeaveCriticalSection(&gc->lock);
    hr = standin_segment_open(gc->check, &segment, gc->segment_size, level);
    EnterCriticalSection(&gc->lock);
    if (hr == S_OK)
        gc->segments[gc->segment_count++] = segment;
    return hr;
}

static HRESULT commit_step(standin_gc *gc, standin_segment *segment, EMemoryCriticalLevel level)
{
    char *at = segment->base + segment->committed;
    HRESULT hr;

    LeaveCriticalSection(&gc->lock);
    hr = standin_segment_commit(gc->check, at, level);
    EnterCriticalSection(&gc->lock);
    if (hr != S_OK)
        return hr;
    if (at == segment->base + segment->committed)
        segment->committed += STANDIN_SEGMENT_STEP;
    else /* a collection has freed what lay before it */
        standin_virtual_free(gc->check, at, STANDIN_SEGMENT_STEP, MEM_DECOMMIT);
    return S_OK;
}

HRESULT standin_growth_step(standin_gc *gc, EMemoryCriticalLevel level)
{
    UINT32 i = growing_segment(gc);
    HRESULT hr;

    gc->growing = TRUE;
    hr = i == gc->segment_count ? add_segment(gc, level) : commit_step(gc, &gc->segments[i], level);
    gc->growing = FALSE;
    WakeAllConditionVariable(&gc->changed);
    return hr;
}

void standin_growth_trim(standin_gc *gc, SIZE_T keep)
{
    /* A thread that is growing the heap needs its segment. */
    while (!gc->growing && gc->segment_count > 1 && !standin_growth_bytes(gc, gc->segment_count - 1, gc->used_slots))
        standin_segment_close(gc->check, &gc->segments[--gc->segment_count]);
    for (UINT32 i = 0; i < gc->segment_count; i++) {
        SIZE_T used = standin_growth_bytes(gc, i, gc->used_slots);

        standin_segment_shrink(gc->check, &gc->segments[i], i || used > keep ? used : keep);
    }
    gc->clean_from_slot = min_size(gc->clean_from_slot, committed_bytes(gc) / sizeof(standin_node));
}

void standin_growth_reset_tail(standin_gc *gc)
{
    for (UINT32 i = 0; i < gc->segment_count; i++)
        standin_segment_reset(gc->check, &gc->segments[i], standin_growth_bytes(gc, i, gc->used_slots),
                              standin_growth_bytes(gc, i, gc->clean_from_slot));
}
