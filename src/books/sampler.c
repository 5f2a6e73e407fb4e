/* Counts bytes down to the next sampled one. The distance between two sampled bytes is random, between half and one and
 * a half times the average. So no small block has two sampled bytes, and the probability of a small block is exactly
 * its size divided by the average, whatever the pattern of sizes is.
 *
 * Checked against ARM's memory model: counters that nothing else depends on; each step only has to be atomic. */
#include "books/sampler.h"

#include <hostmem/trace_format.h>

#include "base/thread_slot.h"

_Static_assert(sizeof(hmi_sampler_place) == 128, "places keep apart");

/* The finalizer of MurmurHash3 applied to a counter: evenly distributed, and the same in every run. */
static uint32_t draw(hmi_sampler *sampler)
{
    uint32_t value = atomic_fetch_add_explicit(&sampler->draws, 1, memory_order_relaxed) * 0x9e3779b9u + 1;
    value = (value ^ value >> 16) * 0x85ebca6bu;
    value = (value ^ value >> 13) * 0xc2b2ae35u;
    return value ^ value >> 16;
}

void hmi_sampler_init(hmi_sampler *sampler, UINT32 bytes)
{
    unsigned place;
    sampler->bytes = bytes;
    for (place = 0; bytes && place < HMI_SAMPLER_SLOTS; place++)
        atomic_init(&sampler->places[place].left, 1 + draw(sampler) % bytes);
}

/* One of an odd number of values, the middle of which is the average. */
static uint32_t distance(hmi_sampler *sampler)
{
    return (sampler->bytes + 1) / 2 + draw(sampler) % (sampler->bytes | 1);
}

static bool is_small(const hmi_sampler *sampler, SIZE_T size)
{
    return size < (sampler->bytes + 1) / 2;
}

bool hmi_sampler_count(hmi_sampler *sampler, SIZE_T size)
{
    _Atomic uint32_t *at = &sampler->places[hmi_thread_slot(HMI_SAMPLER_SLOTS)].left;
    uint32_t left, next = 0, bytes = (uint32_t)size;
    if (!is_small(sampler, size))
        return true;
    left = atomic_load_explicit(at, memory_order_relaxed);
    /* In one atomic step: a slot whose counter stayed at 0 would never give a sample again. */
    do {
        if (left <= bytes && !next)
            next = distance(sampler);
    } while (!atomic_compare_exchange_weak_explicit(at, &left, left <= bytes ? left + next - bytes : left - bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
    return left <= bytes;
}

UINT64 hmi_sampler_estimate(const hmi_sampler *sampler, SIZE_T size)
{
    return is_small(sampler, size) ? sampler->bytes : size;
}

/* No more than that many functions of ours are inside of each other where a stack is captured. */
#define MAX_OWN_FRAMES 12

UINT32 hmi_sampler_trim(void **frames, UINT32 count, const void *caller)
{
    UINT32 own = 0, end = 0;
    while (own < count && own < MAX_OWN_FRAMES && frames[own] != caller)
        own++;
    if (own == count || own == MAX_OWN_FRAMES)
        own = 0;
    for (; own + end < count && frames[own + end]; end++)
        frames[end] = frames[own + end];
    return end;
}

const hmi_site *hmi_sampler_stack(hmi_sites *sites, const void *caller)
{
    hostmem_os *os = sites->os;
    UINT32 last_error = os->get_last_error(os);
    void *frames[HOSTMEM_TRACE_MAX_FRAMES];
    UINT32 count = hmi_sampler_trim(frames, os->capture_stack(os, frames, HOSTMEM_TRACE_MAX_FRAMES), caller);
    const hmi_site *site = count ? hmi_sites_intern_stack(sites, frames, count) : NULL;
    os->set_last_error(os, last_error);
    return site;
}
