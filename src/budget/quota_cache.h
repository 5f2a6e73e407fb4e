/* Charges the budget for one instance, through a cache of quota in slots by thread, so that threads seldom share a
 * cache line. A slot caches bytes that the budget has granted and that are not in use. Most requests and frees only
 * move bytes between a slot and use, in one atomic step; the others charge the budget itself. Figures are sums over all
 * slots: exact while no call is running, and at any time for a single thread. */
#ifndef HMI_BUDGET_QUOTA_CACHE_H
#define HMI_BUDGET_QUOTA_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/bits.h"
#include "base/thread_slot.h"
#include "budget/budget.h"
#include "os/os.h"

/* What memory is used for. */
typedef enum hmi_kind {
    HMI_PAGES,  /* committed memory */
    HMI_BLOCKS, /* heap blocks; their number is counted, too */
    HMI_KINDS
} hmi_kind;

/* Number of slots; a power of two. Threads that share a slot are slower, nothing worse. */
#define HMI_QUOTA_SLOTS 64

/* How many bytes of a kind a slot gets at a time. If it would cache more than twice as much, it returns some. */
static inline SIZE_T hmi_quota_fill(hmi_kind kind)
{
    return (SIZE_T)(kind == HMI_PAGES ? 128 : 32) << 10;
}

/* Two cache lines, because processors fetch them in pairs, and two more that are rarely used. */
#define HMI_QUOTA_SLOT_SIZE 256

/* Methods whose calls are counted in slots: those with an index below this (HOSTMEM_CALL_VIRTUAL_ALLOC and so on). */
#define HMI_COUNTED_METHODS 10

/* The low bits of a word have the cached bytes; the bits above have the number of blocks allocated minus blocks freed
 * in this slot, which may be negative. */
#define HMI_QUOTA_BITS 24
#define HMI_QUOTA_MASK (((uint64_t)1 << HMI_QUOTA_BITS) - 1)

typedef struct hmi_quota_slot {
    _Atomic uint64_t word[HMI_KINDS];
    /* Low-water marks: the fewest bytes cached since the marks were reset; last: of all kinds together. */
    _Atomic uint64_t low_water[HMI_KINDS + 1];
    _Atomic(UINT_PTR) owner; /* hmi_thread_id of the first thread that counted a call here; 0: none */
    _Atomic uint64_t own_calls[HMI_COUNTED_METHODS];   /* calls by the owner, which is the only thread to change them */
    _Atomic uint64_t other_calls[HMI_COUNTED_METHODS]; /* calls by all other threads */
    char pad[HMI_QUOTA_SLOT_SIZE - (2 * HMI_KINDS + 2 + 2 * HMI_COUNTED_METHODS) * sizeof(uint64_t)];
} hmi_quota_slot;

struct hmi_quota_cache {
    struct hmi_quota_cache *next;                           /* the budget's */
    atomic_bool in_use;                                     /* the budget's */
    hostmem_budget *budget;                                 /* while its bypass is set, nothing may be cached */
    _Atomic hmi_word used[HMI_QUOTA_SLOTS / HMI_WORD_BITS]; /* bits of the slots that were ever used */
    char pad_before_granted[HMI_QUOTA_SLOT_SIZE];
    _Atomic uint64_t granted[HMI_KINDS];  /* bytes in use and cached */
    _Atomic uint64_t peak[HMI_KINDS + 1]; /* of bytes in use; last: of all kinds together */
    char pad_before_slot[HMI_QUOTA_SLOT_SIZE];
    hmi_quota_slot slot[HMI_QUOTA_SLOTS];
};

/* Precondition: cache is zeroed, or clean. */
void hmi_quota_cache_init(hmi_quota_cache *cache, hostmem_budget *budget);

/* Whether another instance can use the cache: all its figures are 0. */
bool hmi_quota_cache_is_clean(hmi_quota_cache *cache);

/* The calling thread's slot. */
static inline hmi_quota_slot *hmi_quota_cache_slot(hmi_quota_cache *cache)
{
    return &cache->slot[hmi_thread_slot(HMI_QUOTA_SLOTS)];
}

static inline UINT32 hmi_quota_cached_in(uint64_t word)
{
    return (UINT32)(word & HMI_QUOTA_MASK);
}

/* What one more block adds to a word. */
static inline uint64_t hmi_quota_one_block(hmi_kind kind)
{
    return kind == HMI_BLOCKS ? (uint64_t)1 << HMI_QUOTA_BITS : 0;
}

/* Takes bytes, and for HMI_BLOCKS one block, from the calling thread's slot. False: it has not cached so many. This and
 * the next function are inline, because every request calls them. */
static inline bool hmi_quota_cache_take(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes)
{
    hmi_quota_slot *slot = hmi_quota_cache_slot(cache);
    uint64_t word = atomic_load_explicit(&slot->word[kind], memory_order_relaxed);
    do {
        if (bytes > hmi_quota_cached_in(word) || !hmi_quota_cached_in(word))
            return false; /* an empty slot may be one that was never used, which sums skip */
    } while (!atomic_compare_exchange_weak(&slot->word[kind], &word, word - bytes + hmi_quota_one_block(kind)));
    return true;
}

/* Lowers a mark to cached. If several threads lower the same mark, the smallest value stays. */
static inline void hmi_quota_lower(_Atomic uint64_t *low_water, uint64_t cached)
{
    uint64_t known = atomic_load_explicit(low_water, memory_order_relaxed);
    while (cached < known && !atomic_compare_exchange_weak_explicit(low_water, &known, cached, memory_order_relaxed,
                                                                    memory_order_relaxed))
        continue;
}

/* Includes what the calling thread has taken in the peaks. Called when it is in use. */
static inline void hmi_quota_cache_note_peak(hmi_quota_cache *cache)
{
    hmi_quota_slot *slot = hmi_quota_cache_slot(cache);
    uint64_t pages = hmi_quota_cached_in(atomic_load_explicit(&slot->word[HMI_PAGES], memory_order_relaxed));
    uint64_t blocks = hmi_quota_cached_in(atomic_load_explicit(&slot->word[HMI_BLOCKS], memory_order_relaxed));
    hmi_quota_lower(&slot->low_water[HMI_PAGES], pages);
    hmi_quota_lower(&slot->low_water[HMI_BLOCKS], blocks);
    hmi_quota_lower(&slot->low_water[HMI_KINDS], pages + blocks);
}

/* How many bytes a thread may be moving between a slot and the budget, besides those of its call. While it is suspended
 * there, they count as in use; if it is ended there, they do so for good. */
#define HMI_QUOTA_IN_TRANSIT ((SIZE_T)128 << 10)

/* Takes bytes, and for HMI_BLOCKS one block, that the budget has granted together with extra bytes, which are cached.
 * This and the next function return how many bytes go back to the budget: at most those of the call plus
 * HMI_QUOTA_IN_TRANSIT. */
SIZE_T hmi_quota_cache_grant(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes, SIZE_T extra);

/* Puts bytes, and for HMI_BLOCKS one block, back into the calling thread's slot, as far as it may cache more. */
SIZE_T hmi_quota_cache_put(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes);

/* Takes at most HMI_QUOTA_IN_TRANSIT cached bytes out of the first slot from *slot on that has any. The caller returns
 * them to the budget before it takes the next. *slot: 0 at first. Returns 0 if no slot has any. */
SIZE_T hmi_quota_cache_reclaim(hmi_quota_cache *cache, unsigned *slot);

/* ---- Charges: what an instance calls ---- */

/* Part of the next function. */
bool hmi_quota_cache_charge_budget(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes, EMemoryCriticalLevel level);

/* Charges bytes, and for HMI_BLOCKS one block, if the critical level allows it. False: refused, nothing is charged. */
static inline bool hmi_quota_cache_charge(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes,
                                          EMemoryCriticalLevel level)
{
    if (!bytes && kind == HMI_PAGES)
        return true;
    return hmi_quota_cache_take(cache, kind, bytes) || hmi_quota_cache_charge_budget(cache, kind, bytes, level);
}

/* Refunds the charge of memory that was freed (for HMI_BLOCKS also one block), and wakes requests that wait for it. */
static inline void hmi_quota_cache_refund(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes)
{
    SIZE_T surplus = bytes || kind == HMI_BLOCKS ? hmi_quota_cache_put(cache, kind, bytes) : 0;
    if (surplus)
        hmi_budget_refund(cache->budget, surplus);
}

/* The same for memory that the operating system refused. Wakes nobody, because no memory was freed. */
void hmi_quota_cache_cancel_charge(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes);

/* Part of the next function. */
void hmi_quota_cache_force_charge(hmi_quota_cache *cache, SIZE_T bytes);

/* Changes a charge of pages to what was really committed, whatever the limit. */
static inline void hmi_quota_cache_adjust_charge(hmi_quota_cache *cache, SIZE_T charged, SIZE_T taken)
{
    if (taken < charged)
        hmi_quota_cache_refund(cache, HMI_PAGES, charged - taken);
    else if (taken > charged)
        hmi_quota_cache_force_charge(cache, taken - charged);
}

/* ---- Figures ---- */

/* The bytes cached in all slots. */
SIZE_T hmi_quota_cache_cached_bytes(hmi_quota_cache *cache);

/* The bytes in use, and the number of blocks. */
uint64_t hmi_quota_cache_used_bytes(hmi_quota_cache *cache, hmi_kind kind);
uint64_t hmi_quota_cache_used_blocks(hmi_quota_cache *cache);

/* The rest of the next function. */
void hmi_quota_cache_count_other_call(hmi_quota_slot *slot, unsigned method);

/* Counts a call of a method. The owner of a slot needs no atomic addition for it: no other thread has its id while it
 * lives, and a later thread with the same id continues its count. */
static inline void hmi_quota_cache_count_call(hmi_quota_cache *cache, unsigned method)
{
    hmi_quota_slot *slot = hmi_quota_cache_slot(cache);
    _Atomic uint64_t *calls = &slot->own_calls[method];
    if (atomic_load_explicit(&slot->owner, memory_order_relaxed) == hmi_thread_id())
        atomic_store_explicit(calls, atomic_load_explicit(calls, memory_order_relaxed) + 1, memory_order_release);
    else
        hmi_quota_cache_count_other_call(slot, method);
}

/* The number of calls of a method that were counted. */
uint64_t hmi_quota_cache_calls(const hmi_quota_cache *cache, unsigned method);

/* The peak of bytes in use, of a kind, or with HMI_KINDS of all kinds together. If several threads run, it may be too
 * large by what their slots cached, but not larger than what the budget has granted. */
uint64_t hmi_quota_cache_peak(hmi_quota_cache *cache, hmi_kind kind);

#endif
