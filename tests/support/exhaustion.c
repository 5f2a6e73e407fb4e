#include "exhaustion.h"

#include <stdio.h>
#include <string.h>

void exhaustion_wrong(scene *s, const char *what, int way, UINT64 a, UINT64 b)
{
    if (!s->wrong[0])
        snprintf(s->wrong, sizeof s->wrong, "%s (way %d, with %u pieces): %#llx, %#llx", what, way, s->count,
                 (unsigned long long)a, (unsigned long long)b);
}

hostmem_stats exhaustion_stats(scene *s)
{
    hostmem_stats stats = {.size = sizeof stats};
    hostmem_get_stats(s->instance, &stats);
    return stats;
}

HRESULT exhaustion_result(DWORD error)
{
    switch (error) {
    case ERROR_INVALID_PARAMETER:
        return E_INVALIDARG;
    case ERROR_ACCESS_DENIED:
        return E_ACCESSDENIED;
    default:
        return E_OUTOFMEMORY;
    }
}

/* TRUE: the memory was granted. */
static BOOL judge(scene *s, way way, DWORD type, EMemoryCriticalLevel level, HRESULT hr, const void *out)
{
    DWORD error = GetLastError();
    if (hr == S_OK) {
        if (!out || out == POISON || error != LAST_ERROR)
            exhaustion_wrong(s, "a success without memory, or with a last error", (int)way, (UINT64)(UINT_PTR)out,
                             error);
        return TRUE;
    }
    if (!os_limit_may_say(&s->limit, type, error) || hr != exhaustion_result(error))
        exhaustion_wrong(s, "a refusal that is not in the table", (int)way, (UINT32)hr, error);
    if (out)
        exhaustion_wrong(s, "a refusal that returns a pointer", (int)way, (UINT64)(UINT_PTR)out, error);
    s->refusals++;
    s->refused[level] += hr == E_OUTOFMEMORY;
    return FALSE;
}

static DWORD type_of(way way)
{
    static const DWORD types[WAYS] = {MEM_RESERVE, MEM_RESERVE | MEM_COMMIT, MEM_COMMIT, 0};
    return types[way];
}

BOOL exhaustion_take_at(scene *s, way way, SIZE_T bytes, EMemoryCriticalLevel level)
{
    DWORD type = type_of(way);
    void *out = POISON, *at = NULL;
    HRESULT hr;
    if (s->count == MAX_PIECES) {
        exhaustion_wrong(s, "memory is never refused", (int)way, bytes, 0);
        return FALSE;
    }
    if (way == COMMIT && (!s->room || ROOM - s->room_used < bytes)) {
        if (!exhaustion_take_at(s, RESERVE, ROOM, level))
            return FALSE;
        s->room = s->pieces[s->count - 1].address;
        s->room_used = 0;
    }
    if (way == COMMIT)
        at = s->room + s->room_used;
    SetLastError(LAST_ERROR);
    if (way == BLOCK)
        hr = IHostMalloc_Alloc(s->heap, bytes, level, &out);
    else
        hr = IHostMemoryManager_VirtualAlloc(s->manager, at, bytes, type, PAGE_READWRITE, level, &out);
    if (!judge(s, way, type, level, hr, out))
        return FALSE;
    s->pieces[s->count++] = (piece){out, bytes, way};
    if (way == COMMIT)
        s->room_used += bytes;
    return TRUE;
}

BOOL exhaustion_take(scene *s, way way, SIZE_T bytes)
{
    return exhaustion_take_at(s, way, bytes, (EMemoryCriticalLevel)(s->requests++ % 3));
}

void exhaustion_give_back_last(scene *s)
{
    const piece *last = &s->pieces[--s->count];
    HRESULT hr;
    if (last->way == BLOCK)
        hr = IHostMalloc_Free(s->heap, last->address);
    else if (last->way == COMMIT)
        hr = IHostMemoryManager_VirtualFree(s->manager, last->address, last->bytes, MEM_DECOMMIT);
    else
        hr = IHostMemoryManager_VirtualFree(s->manager, last->address, 0, MEM_RELEASE);
    if (hr != S_OK)
        exhaustion_wrong(s, "memory that cannot be freed", (int)last->way, (UINT32)hr, (UINT64)(UINT_PTR)last->address);
    if (last->way == COMMIT)
        s->room_used -= last->bytes;
    if (last->address == s->room && last->way == RESERVE)
        s->room = NULL;
}

void exhaustion_give_all_back(scene *s)
{
    while (s->count)
        exhaustion_give_back_last(s);
}

void exhaustion_take_all(scene *s, way way)
{
    static const SIZE_T sizes[WAYS][5] = {
        [RESERVE] = {ROOM, 8 * MIB, MIB, 256 * KIB, 64 * KIB},
        [RESERVE_AND_COMMIT] = {ROOM, 8 * MIB, MIB, 256 * KIB, 64 * KIB},
        [COMMIT] = {8 * MIB, MIB, 64 * KIB, 8 * KIB, 4 * KIB},
        [BLOCK] = {16 * MIB, 100000, 3000, 100, 0},
    };
    unsigned i;
    for (i = 0; i < sizeof sizes[way] / sizeof *sizes[way]; i++)
        while (exhaustion_take(s, way, sizes[way][i]))
            ;
}
