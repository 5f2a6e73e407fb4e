/* Linked into tests of heaps with --wrap: makes every instance use mimalloc, and counts mimalloc's blocks. The
 * simulated system then reports these blocks together with those of its own heaps, as the tests expect. One system
 * at a time; any thread. */
#include <mimalloc.h>
#include <stdatomic.h>

#include "config.h"
#include "os/heap_backend.h"
#include "sim_os.h"
#include "with_mimalloc.h"

static _Atomic INT64 blocks;
static _Atomic INT64 bytes;
static void (*freeing_hook)(void *context);
static void *freeing_context;

void with_mimalloc_when_freeing(void (*hook)(void *context), void *context)
{
    freeing_hook = hook;
    freeing_context = context;
}

#define WRAPPED(type, name, parameters) \
    type __real_##name parameters;      \
    type __wrap_##name parameters;      \
    type __wrap_##name parameters

WRAPPED(HRESULT, hmi_config_complete,
        (const hostmem_config *config, hmi_settings *settings, hmi_config_mistake *mistake))
{
    HRESULT hr = __real_hmi_config_complete(config, settings, mistake);
    settings->config.flags |= HOSTMEM_MIMALLOC;
    return hr;
}

/* What the library asked for; mi_malloc is asked for more where that would put blocks side by side. */
static _Thread_local SIZE_T asked;
static const hmi_heap_backend *mimalloc;

static void *note_and_alloc(hostmem_os *os, SIZE_T size)
{
    asked = size;
    return mimalloc->alloc(os, size);
}

WRAPPED(const hmi_heap_backend *, hmi_heap_mimalloc, (void))
{
    static hmi_heap_backend noting;
    mimalloc = __real_hmi_heap_mimalloc();
    noting = (hmi_heap_backend){.alloc = note_and_alloc, .free = mimalloc->free};
    return &noting;
}

WRAPPED(void *, mi_malloc, (size_t size))
{
    void *block = __real_mi_malloc(size);
    if (block) {
        atomic_fetch_add(&bytes, (INT64)asked);
        atomic_fetch_add(&blocks, 1);
    }
    return block;
}

/* Every block begins with its size, which does not include this header. */
WRAPPED(void, mi_free, (void *block))
{
    void (*hook)(void *context) = freeing_hook;
    freeing_hook = NULL;
    if (hook)
        hook(freeing_context);
    atomic_fetch_sub(&bytes, (INT64)(*(SIZE_T *)block + MEMORY_ALLOCATION_ALIGNMENT));
    atomic_fetch_sub(&blocks, 1);
    __real_mi_free(block);
}

WRAPPED(void, sim_os_total, (sim_os * sim, sim_os_totals *totals))
{
    __real_sim_os_total(sim, totals);
    totals->heap_blocks += (UINT64)atomic_load(&blocks);
    totals->heap_bytes += (UINT64)atomic_load(&bytes);
}

/* Also checks that all of mimalloc's blocks have been freed. */
WRAPPED(BOOL, sim_os_check, (sim_os * sim, sim_os_totals *rest))
{
    return __real_sim_os_check(sim, rest) && !atomic_load(&blocks) && !atomic_load(&bytes);
}
