/* Decides which blocks without a site have their call stack recorded. They are chosen at random, larger blocks with a
 * higher probability, so that the recorded blocks stand for the rest. Each thread counts down bytes in one of several
 * slots. A thread that is ended in here costs at most one sample. */
#ifndef HMI_BOOKS_SAMPLER_H
#define HMI_BOOKS_SAMPLER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "books/sites.h"

/* A power of two. */
#define HMI_SAMPLER_SLOTS 16

typedef struct hmi_sampler_place {
    _Atomic uint32_t left; /* bytes up to and including the next sampled one; never 0 */
    char pad[124];
} hmi_sampler_place;

typedef struct hmi_sampler {
    UINT32 bytes;           /* average distance between samples of small blocks; 0: no sampling */
    _Atomic uint32_t draws; /* random numbers drawn so far */
    char pad[120];
    hmi_sampler_place places[HMI_SAMPLER_SLOTS];
} hmi_sampler;

/* Precondition: sampler is zeroed. bytes: at most HOSTMEM_MAX_SAMPLE_BYTES. */
void hmi_sampler_init(hmi_sampler *sampler, UINT32 bytes);

/* Counts a block, and returns whether to sample it. A block of less than half of sampler->bytes is sampled with the
 * probability size / bytes, a larger one always. Precondition: sampler->bytes is not 0. */
bool hmi_sampler_count(hmi_sampler *sampler, SIZE_T size);

static inline bool hmi_sampler_wants(hmi_sampler *sampler, SIZE_T size)
{
    return sampler->bytes && hmi_sampler_count(sampler, size);
}

/* How many bytes a sampled block of this size stands for. */
UINT64 hmi_sampler_estimate(const hmi_sampler *sampler, SIZE_T size);

/* Removes frames of the library's own from the beginning: those before the frame `caller`, if that is among the first
 * ones. Wine 8 gives frames below the first function of a thread, after a frame of 0: the stack ends there. Returns the
 * new number of frames. */
UINT32 hmi_sampler_trim(void **frames, UINT32 count, const void *caller);

/* The calling thread's call stack from the return address `caller` on, recorded now if it is new. NULL: there is no
 * memory to record it, or the system gives no stack. Does not change the last error. */
const hmi_site *hmi_sampler_stack(hmi_sites *sites, const void *caller);

#endif
