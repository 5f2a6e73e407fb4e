/* Segments. See standin_segment.h. */
#include "standin_segment.h"

#include "standin_calls.h"

#include <string.h>

static SIZE_T round_up(SIZE_T size, SIZE_T unit)
{
    return (size + unit - 1) & ~(unit - 1);
}

HRESULT standin_segment_open(standin_check *check, standin_segment *segment, SIZE_T size, EMemoryCriticalLevel level)
{
    DWORD type = check->watches_writes ? MEM_RESERVE | MEM_WRITE_WATCH : MEM_RESERVE;
    void *base;
    HRESULT hr = standin_virtual_alloc(check, NULL, size, type, PAGE_READWRITE, level, &base);

    segment->base = base;
    segment->reserved = hr == S_OK ? size : 0;
    segment->committed = 0;
    return hr;
}

HRESULT standin_segment_commit(standin_check *check, void *at, EMemoryCriticalLevel level)
{
    void *out;
    HRESULT hr = standin_virtual_alloc(check, at, STANDIN_SEGMENT_STEP, MEM_COMMIT, PAGE_READWRITE, level, &out);

    /* The heap relies on it, so it must not continue after a violation. */
    if (hr == S_OK && !standin_check_zero(check, STANDIN_VIRTUAL_ALLOC, at, STANDIN_SEGMENT_STEP))
        memset(at, 0, STANDIN_SEGMENT_STEP);
    return hr;
}

HRESULT standin_segment_grow(standin_check *check, standin_segment *segment, SIZE_T needed, EMemoryCriticalLevel level)
{
    while (segment->committed < needed) {
        HRESULT hr = standin_segment_commit(check, segment->base + segment->committed, level);

        if (hr != S_OK)
            return hr;
        segment->committed += STANDIN_SEGMENT_STEP;
    }
    return S_OK;
}

void standin_segment_shrink(standin_check *check, standin_segment *segment, SIZE_T keep)
{
    keep = round_up(keep, STANDIN_SEGMENT_STEP);
    if (segment->committed <= keep)
        return;
    standin_virtual_free(check, segment->base + keep, segment->committed - keep, MEM_DECOMMIT);
    segment->committed = keep;
}

void standin_segment_reset(standin_check *check, standin_segment *segment, SIZE_T from, SIZE_T to)
{
    void *out;

    from = round_up(from, check->page_size);
    if (from < to)
        standin_virtual_alloc(check, segment->base + from, to - from, MEM_RESET, PAGE_READWRITE, eTaskCritical, &out);
}

void standin_segment_close(standin_check *check, standin_segment *segment)
{
    if (!segment->base)
        return;
    standin_virtual_free(check, segment->base, 0, MEM_RELEASE);
    segment->base = NULL;
    segment->reserved = segment->committed = 0;
}

void standin_segment_check_written(standin_check *check, void *address, SIZE_T size)
{
    void *pages[4];
    ULONG_PTR count = sizeof(pages) / sizeof(*pages);
    DWORD granularity;

    if (!check->watches_writes)
        return;
    if (GetWriteWatch(0, address, size, pages, &count, &granularity) || !count)
        standin_violation(check, STANDIN_VIRTUAL_ALLOC, "a write to %p, reserved with write watch, was not reported",
                          address);
}

void standin_segment_forget_writes(standin_check *check, const standin_segment *segment, SIZE_T size)
{
    if (check->watches_writes && size && ResetWriteWatch(segment->base, size))
        standin_violation(check, STANDIN_VIRTUAL_ALLOC, "%p was not reserved with write watch", (void *)segment->base);
}
