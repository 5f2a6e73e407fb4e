/* Which blocks without a site get their call stack recorded: some, by chance, the larger the likelier, so that what is
 * recorded stands for the rest. Each thread counts down bytes at one of several places; nothing here waits, and a
 * thread that stops anywhere costs at most one sample. */
#ifndef HMI_BOOKS_SAMPLER_H
#define HMI_BOOKS_SAMPLER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "books/sites.h"

/* A power of two. */
#define HMI_SAMPLER_SLOTS 16

typedef struct hmi_sampler_place {
    _Atomic uint32_t left; /* bytes up to the one whose block is sampled, that one included: never 0 */
    char pad[124];
} hmi_sampler_place;

typedef struct hmi_sampler {
    UINT32 bytes;           /* of small blocks, one sample on average; 0: no samples */
    _Atomic uint32_t draws; /* random numbers drawn so far */
    char pad[120];
    hmi_sampler_place places[HMI_SAMPLER_SLOTS];
} hmi_sampler;

/* sampler is zeroed. bytes: at most HOSTMEM_MAX_SAMPLE_BYTES. */
void hmi_sampler_init(hmi_sampler *sampler, UINT32 bytes);

/* Counts a block. Precondition: there are samples. Returns whether to sample it. A block of less than half of
 * sampler->bytes is sampled with a probability of size / bytes, a larger one always. */
bool hmi_sampler_count(hmi_sampler *sampler, SIZE_T size);

static inline bool hmi_sampler_wants(hmi_sampler *sampler, SIZE_T size)
{
    return sampler->bytes && hmi_sampler_count(sampler, size);
}

/* How many bytes a sampled block of this size stands for. */
UINT64 hmi_sampler_estimate(const hmi_sampler *sampler, SIZE_T size);

/* The call stack of the calling thread, recorded now if it is new. NULL: there is no memory to record it, or no stack.
 * The last error is untouched. */
const hmi_site *hmi_sampler_stack(hmi_sites *sites);

#endif
