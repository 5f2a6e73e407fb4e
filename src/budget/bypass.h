/* Tells whether freed quota must go to the budget at once instead of into a thread's cache. A thread that has a reason
 * sets its bit, as often as it likes; a thread that finds that the reason has gone clears it. So a bit does not stay
 * set for good because a thread was stopped or ended before it cleared it. */
#ifndef HMI_BUDGET_BYPASS_H
#define HMI_BUDGET_BYPASS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef _Atomic uint32_t hmi_bypass;

enum {
    HMI_BYPASS_NEAR_LIMIT = 1, /* use is near the limit, where every byte may be needed */
    HMI_BYPASS_WAITING = 2,    /* requests wait, and must see what is freed */
    HMI_BYPASS_REASONS = 3,    /* both */
    HMI_BYPASS_FLUSHED = 4,    /* together with HMI_BYPASS_NEAR_LIMIT: what was cached before is back in the budget */
    HMI_BYPASS_ENDED = 8       /* the bits from here up count how often a bit was cleared */
};

static inline bool hmi_bypass_is_set(const hmi_bypass *bypass, uint32_t reasons)
{
    return (atomic_load(bypass) & reasons) != 0;
}

/* Sets a bit and returns the word. While the word is the same, except for HMI_BYPASS_FLUSHED, nothing was put into a
 * cache. */
static inline uint32_t hmi_bypass_set(hmi_bypass *bypass, uint32_t reason)
{
    return atomic_fetch_or(bypass, reason) | reason;
}

/* Sets HMI_BYPASS_FLUSHED if the word is unchanged: everything was flushed since it had this value. */
static inline void hmi_bypass_note_flushed(hmi_bypass *bypass, uint32_t word)
{
    atomic_compare_exchange_strong(bypass, &word, word | HMI_BYPASS_FLUSHED);
}

static inline void hmi_bypass_end(hmi_bypass *bypass, uint32_t reason)
{
    uint32_t word = atomic_load(bypass), gone = reason | HMI_BYPASS_FLUSHED;
    while ((word & reason) && !atomic_compare_exchange_weak(bypass, &word, (word & ~gone) + (uint32_t)HMI_BYPASS_ENDED))
        continue;
}

#endif
