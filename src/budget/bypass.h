/* Why freed memory goes to the budget at once, and not into the cache of a thread: a word of the budget's. Whoever has a
 * reason sets it, as often as he likes, and whoever finds that there is none any more takes it away. So a reason does
 * not last because a thread was stopped or ended before it came to take it away. */
#ifndef HMI_BUDGET_BYPASS_H
#define HMI_BUDGET_BYPASS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef _Atomic uint32_t hmi_bypass;

enum {
    HMI_BYPASS_NEAR_LIMIT = 1, /* every byte may be needed */
    HMI_BYPASS_WAITING = 2,    /* what is freed has to be seen to be free */
    HMI_BYPASS_REASONS = 3,    /* both */
    HMI_BYPASS_FLUSHED = 4,    /* with the first: what had been cached before has gone back to the budget */
    HMI_BYPASS_ENDED = 8       /* the bits from here up count how often a reason has been taken away */
};

static inline bool hmi_bypass_is_set(const hmi_bypass *bypass, uint32_t reasons)
{
    return (atomic_load(bypass) & reasons) != 0;
}

/* Returns the word as it is then: while it is the same but for HMI_BYPASS_FLUSHED, nothing has been put into a cache. */
static inline uint32_t hmi_bypass_set(hmi_bypass *bypass, uint32_t reason)
{
    return atomic_fetch_or(bypass, reason) | reason;
}

/* Says that all has been flushed since the word was so. */
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
