/* Tells whether freed quota must go to the budget at once instead of into a thread's cache. A thread that has a reason
 * sets its bit, as often as it likes; a thread that finds that the reason has gone clears it. So a bit does not stay
 * set for good because a thread was stopped or ended before it cleared it. The word also says whether owners of slots
 * execute memory barriers; see quota_cache.h.
 *
 * Checked against ARM's memory model: sequentially consistent, except for the owner's look at the word, which is
 * acquired so that what it loads next is not loaded before. That what it has stored is not seen later than this look is
 * what the flush of write buffers, or the owner's exchange, is for; see quota_cache.c. */
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
    HMI_BYPASS_ORDERED = 8,    /* together with HMI_BYPASS_NEAR_LIMIT: every owner that has not seen that was flushed */
    HMI_BYPASS_ALWAYS_ORDERED = 16, /* stays set: owners always execute barriers */
    HMI_BYPASS_ENDED = 32           /* the bits from here up count how often a bit was cleared */
};

#define HMI_BYPASS_NOTES ((uint32_t)(HMI_BYPASS_FLUSHED | HMI_BYPASS_ORDERED))

static inline bool hmi_bypass_is_set(const hmi_bypass *bypass, uint32_t reasons)
{
    return (atomic_load(bypass) & reasons) != 0;
}

/* Whether the owner of a slot must execute a memory barrier between what it has stored and what it loads next.
 * Acquired: what is loaded next is loaded later. */
static inline bool hmi_bypass_orders_owners(const hmi_bypass *bypass)
{
    return (atomic_load_explicit(bypass, memory_order_acquire) & (HMI_BYPASS_REASONS | HMI_BYPASS_ALWAYS_ORDERED)) != 0;
}

/* Whether two words are the same, except for what was noted meanwhile. */
static inline bool hmi_bypass_is_same(uint32_t word, uint32_t other)
{
    return ((word ^ other) & ~HMI_BYPASS_NOTES) == 0;
}

/* Sets a bit and returns the word. While the word is the same, except for notes, nothing was put into a cache. */
static inline uint32_t hmi_bypass_set(hmi_bypass *bypass, uint32_t reason)
{
    return atomic_fetch_or(bypass, reason) | reason;
}

/* Sets one of HMI_BYPASS_NOTES if the word is the same since it had this value, except for notes: what the note says
 * was done since then. */
static inline void hmi_bypass_note(hmi_bypass *bypass, uint32_t word, uint32_t note)
{
    uint32_t now = atomic_load(bypass);
    while (hmi_bypass_is_same(now, word) && !atomic_compare_exchange_weak(bypass, &now, now | note))
        continue;
}

static inline void hmi_bypass_end(hmi_bypass *bypass, uint32_t reason)
{
    uint32_t word = atomic_load(bypass), gone = reason | HMI_BYPASS_NOTES;
    while ((word & reason) && !atomic_compare_exchange_weak(bypass, &word, (word & ~gone) + (uint32_t)HMI_BYPASS_ENDED))
        continue;
}

#endif
