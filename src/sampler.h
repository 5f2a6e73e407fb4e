/* Which blocks without a site get their call stack recorded: some, by chance, the larger the likelier, so that what is
 * recorded stands for the rest. Each thread counts down bytes at one of several places; nothing here waits, and a
 * thread that stops anywhere costs at most one sample. */
#ifndef HOSTMEM_SRC_SAMPLER_H
#define HOSTMEM_SRC_SAMPLER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "sites.h"

/* A power of two. */
#define HOSTMEM_SAMPLER_PLACES 16

typedef struct hostmem_sampler_place {
    _Atomic uint32_t left; /* bytes up to the one whose block is sampled, that one included: never 0 */
    char pad[124];
} hostmem_sampler_place;

typedef struct hostmem_sampler {
    UINT32 bytes;           /* of small blocks, one sample on average; 0: no samples */
    _Atomic uint32_t draws; /* random numbers drawn so far */
    char pad[120];
    hostmem_sampler_place places[HOSTMEM_SAMPLER_PLACES];
} hostmem_sampler;

/* sampler is zeroed. bytes: at most HOSTMEM_MAX_SAMPLE_BYTES. */
void hostmem_sampler_init(hostmem_sampler *sampler, UINT32 bytes);

/* Counts a block. Precondition: there are samples. Returns whether to sample it. A block of less than half of
 * sampler->bytes is sampled with a probability of size / bytes, a larger one always. */
bool hostmem_sampler_count(hostmem_sampler *sampler, SIZE_T size);

static inline bool hostmem_sampler_wants(hostmem_sampler *sampler, SIZE_T size)
{
    return sampler->bytes && hostmem_sampler_count(sampler, size);
}

/* How many bytes a sampled block of this size stands for. */
UINT64 hostmem_sampler_estimate(const hostmem_sampler *sampler, SIZE_T size);

/* The call stack of the calling thread, recorded now if it is new. NULL: there is no memory to record it, or no stack.
 * The last error is untouched. */
const hostmem_site *hostmem_sampler_stack(hostmem_sites *sites);

#endif
