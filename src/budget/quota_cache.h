/* Charges the budget for one instance, through a cache of quota in slots by thread, so that threads seldom share a
 * cache line. A slot caches bytes that the budget has granted and that are not in use. Most requests and frees only
 * move bytes between a slot and use, in one atomic step; the others charge the budget itself. Figures are sums over all
 * slots: exact while no call is running, and at any time for a single thread.
 *
 * The first thread that is granted quota for blocks in a slot, or counts a call there, owns the slot. Quota for the
 * owner's blocks is in two words of its own: own_granted, which any thread changes in atomic steps, and own_taken,
 * which only the owner changes, by ordinary loads and stores. Their difference is cached. The owner first stores what
 * it takes, and then looks whether that much was there. A thread that takes quota back first lowers own_granted, then
 * makes the system flush the write buffers of all processors, and then looks what has been taken. So at least one of
 * the two sees the other's step, and gives back what was not there. If both do, that much is cached again, and both
 * look whether it may be. A flush is dear (microseconds), and near the limit every refused request would need some. So
 * owners look at the budget's bypass after they have stored: while it is set they store again by a locked exchange, and
 * after one flush nobody needs another one. Where the system cannot flush (Wine), they always do.
 *
 * Steps of an owner are not atomic for itself: it must not be made to call the library while it is inside of a call, as
 * by a debugger that calls functions. */
#ifndef HMI_BUDGET_QUOTA_CACHE_H
#define HMI_BUDGET_QUOTA_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/bits.h"
#include "base/compiler.h"
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
    _Atomic(UINT_PTR) owner; /* hmi_thread_id; 0: none. What follows up to other_calls is the owner's */
    _Atomic uint64_t own_granted;
    _Atomic uint64_t own_taken;  /* bytes that the owner has allocated, minus bytes that it has freed */
    _Atomic uint64_t own_blocks; /* the same in blocks */
    _Atomic uint64_t own_calls[HMI_COUNTED_METHODS];   /* calls by the owner, which is the only thread to change them */
    _Atomic uint64_t other_calls[HMI_COUNTED_METHODS]; /* calls by all other threads */
    char pad[HMI_QUOTA_SLOT_SIZE - (2 * HMI_KINDS + 5 + 2 * HMI_COUNTED_METHODS) * sizeof(uint64_t)];
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

/* The bytes of a kind that are cached in a slot. More may be taken of the owner's than there were, for a moment. */
static inline uint64_t hmi_quota_slot_cached(const hmi_quota_slot *slot, hmi_kind kind)
{
    uint64_t cached = hmi_quota_cached_in(atomic_load_explicit(&slot->word[kind], memory_order_relaxed)), own;
    if (kind != HMI_BLOCKS)
        return cached;
    own = atomic_load_explicit(&slot->own_granted, memory_order_relaxed);
    own -= atomic_load_explicit(&slot->own_taken, memory_order_relaxed);
    return (int64_t)own > 0 ? cached + own : cached;
}

/* Whether the calling thread owns a slot, which is then one that sums do not skip. No other thread has its id while it
 * lives, and a later thread with the same id continues its counts. */
static inline bool hmi_quota_slot_is_own(const hmi_quota_slot *slot)
{
    return atomic_load_explicit(&slot->owner, memory_order_relaxed) == hmi_thread_id();
}

/* Sets what the owner has taken, and adds blocks, which may be negative. Released, so that who sees a count of calls
 * sees what came before it. */
static inline void hmi_quota_cache_set_own(hmi_quota_cache *cache, hmi_quota_slot *slot, uint64_t taken,
                                           uint64_t blocks)
{
    blocks += atomic_load_explicit(&slot->own_blocks, memory_order_relaxed);
    atomic_store_explicit(&slot->own_blocks, blocks, memory_order_release);
    atomic_store_explicit(&slot->own_taken, taken, memory_order_release);
    atomic_signal_fence(memory_order_seq_cst); /* the compiler must not load what follows before; see above */
    if (HMI_UNLIKELY(hmi_bypass_orders_owners(&cache->budget->bypass)))
        atomic_exchange(&slot->own_taken, taken);
}

/* Adds bytes and blocks, which may be negative, to what the owner has taken, and returns that. */
static inline uint64_t hmi_quota_cache_change_own(hmi_quota_cache *cache, hmi_quota_slot *slot, uint64_t bytes,
                                                  uint64_t blocks)
{
    uint64_t taken = atomic_load_explicit(&slot->own_taken, memory_order_relaxed) + bytes;
    hmi_quota_cache_set_own(cache, slot, taken, blocks);
    return taken;
}

/* For bytes that another thread has just taken back: puts them back where they were. */
void hmi_quota_cache_give_up_own(hmi_quota_cache *cache, SIZE_T bytes);

/* The owner's way of the next function. */
static inline bool hmi_quota_cache_take_own(hmi_quota_cache *cache, hmi_quota_slot *slot, SIZE_T bytes)
{
    uint64_t taken = atomic_load_explicit(&slot->own_taken, memory_order_relaxed);
    int64_t cached = (int64_t)(atomic_load_explicit(&slot->own_granted, memory_order_relaxed) - taken);
    if (HMI_UNLIKELY(cached <= 0 || (uint64_t)cached < bytes))
        return false;
    taken += bytes;
    hmi_quota_cache_set_own(cache, slot, taken, 1);
    if (HMI_LIKELY((int64_t)(atomic_load(&slot->own_granted) - taken) >= 0))
        return true;
    hmi_quota_cache_give_up_own(cache, bytes);
    return false;
}

/* Takes bytes, and for HMI_BLOCKS one block, from the calling thread's slot. False: it has not cached so many. This and
 * the functions below are inline, because every request calls them. */
static inline bool hmi_quota_slot_take(hmi_quota_cache *cache, hmi_quota_slot *slot, hmi_kind kind, SIZE_T bytes)
{
    uint64_t word;
    if (kind == HMI_BLOCKS && HMI_LIKELY(hmi_quota_slot_is_own(slot)))
        return hmi_quota_cache_take_own(cache, slot, bytes);
    word = atomic_load_explicit(&slot->word[kind], memory_order_relaxed);
    do {
        if (bytes > hmi_quota_cached_in(word) || !hmi_quota_cached_in(word))
            return false; /* an empty slot may be one that was never used, which sums skip */
    } while (!atomic_compare_exchange_weak(&slot->word[kind], &word, word - bytes + hmi_quota_one_block(kind)));
    return true;
}

static inline bool hmi_quota_cache_take(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes)
{
    return hmi_quota_slot_take(cache, hmi_quota_cache_slot(cache), kind, bytes);
}

/* Part of the next function. */
void hmi_quota_lower_mark(_Atomic uint64_t *low_water, uint64_t cached);

/* Lowers a mark to cached. If several threads lower the same mark, the smallest value stays. */
static inline void hmi_quota_lower(_Atomic uint64_t *low_water, uint64_t cached)
{
    if (HMI_UNLIKELY(cached < atomic_load_explicit(low_water, memory_order_relaxed)))
        hmi_quota_lower_mark(low_water, cached);
}

/* Includes what the calling thread has taken in the peaks. Called when it is in use. */
static inline void hmi_quota_slot_note_peak(hmi_quota_slot *slot)
{
    uint64_t pages = hmi_quota_slot_cached(slot, HMI_PAGES), blocks = hmi_quota_slot_cached(slot, HMI_BLOCKS);
    hmi_quota_lower(&slot->low_water[HMI_PAGES], pages);
    hmi_quota_lower(&slot->low_water[HMI_BLOCKS], blocks);
    hmi_quota_lower(&slot->low_water[HMI_KINDS], pages + blocks);
}

static inline void hmi_quota_cache_note_peak(hmi_quota_cache *cache)
{
    hmi_quota_slot_note_peak(hmi_quota_cache_slot(cache));
}

/* How many bytes a thread may be moving between a slot and the budget, besides those of its call. While it is suspended
 * there, they count as in use; if it is ended there, they do so for good. */
#define HMI_QUOTA_IN_TRANSIT ((SIZE_T)128 << 10)

/* Takes bytes, and for HMI_BLOCKS one block, that the budget has granted together with extra bytes, which are cached.
 * This and the next function return how many bytes go back to the budget: at most those of the call plus
 * HMI_QUOTA_IN_TRANSIT. */
SIZE_T hmi_quota_cache_grant(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes, SIZE_T extra);

/* Whether the owner of a slot may cache so many bytes. If not, they go to the budget at once: if the thread is ended on
 * the way, they must not stay in a cache that is believed to be empty. */
static inline bool hmi_quota_cache_may_keep(hmi_quota_cache *cache, SIZE_T bytes)
{
    return HMI_LIKELY(bytes <= 2 * hmi_quota_fill(HMI_BLOCKS)) &&
           HMI_LIKELY(!hmi_bypass_is_set(&cache->budget->bypass, HMI_BYPASS_REASONS));
}

/* Parts of the next function: all of it but for the owner's ordinary blocks, and what may follow for those. */
SIZE_T hmi_quota_cache_put_rest(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes);
SIZE_T hmi_quota_cache_return_own(hmi_quota_cache *cache, SIZE_T bytes, SIZE_T most);

/* Puts bytes, and for HMI_BLOCKS one block, back into the calling thread's slot, as far as it may cache more. */
static inline SIZE_T hmi_quota_slot_put(hmi_quota_cache *cache, hmi_quota_slot *slot, hmi_kind kind, SIZE_T bytes)
{
    if (kind == HMI_BLOCKS && HMI_LIKELY(hmi_quota_slot_is_own(slot)) && hmi_quota_cache_may_keep(cache, bytes)) {
        uint64_t taken = hmi_quota_cache_change_own(cache, slot, 0 - (uint64_t)bytes, 0 - (uint64_t)1);
        uint64_t cached = atomic_load_explicit(&slot->own_granted, memory_order_relaxed) - taken;
        if (HMI_LIKELY(!hmi_bypass_is_set(&cache->budget->bypass, HMI_BYPASS_REASONS) &&
                       (int64_t)cached <= (int64_t)(2 * hmi_quota_fill(HMI_BLOCKS))))
            return 0;
        return hmi_quota_cache_return_own(cache, bytes, bytes + HMI_QUOTA_IN_TRANSIT);
    }
    return hmi_quota_cache_put_rest(cache, kind, bytes);
}

static inline SIZE_T hmi_quota_cache_put(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes)
{
    return hmi_quota_slot_put(cache, hmi_quota_cache_slot(cache), kind, bytes);
}

/* Takes at most HMI_QUOTA_IN_TRANSIT cached bytes out of the first slot from *slot on that has any. The caller returns
 * them to the budget before it takes the next. *slot: 0 at first. Returns 0 if no slot has any. So that nothing that
 * other threads have put into their slots is missed, the caller has ordered them before (hmi_budget_order_owners). */
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
static inline void hmi_quota_slot_refund(hmi_quota_cache *cache, hmi_quota_slot *slot, hmi_kind kind, SIZE_T bytes)
{
    SIZE_T surplus = bytes || kind == HMI_BLOCKS ? hmi_quota_slot_put(cache, slot, kind, bytes) : 0;
    if (HMI_UNLIKELY(surplus))
        hmi_budget_refund(cache->budget, surplus);
}

static inline void hmi_quota_cache_refund(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes)
{
    hmi_quota_slot_refund(cache, hmi_quota_cache_slot(cache), kind, bytes);
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
void hmi_quota_cache_count_other_call(hmi_quota_cache *cache, hmi_quota_slot *slot, unsigned method);

/* Counts a call of a method. The owner of a slot needs no atomic addition for it. */
static inline void hmi_quota_slot_count_call(hmi_quota_cache *cache, hmi_quota_slot *slot, unsigned method)
{
    _Atomic uint64_t *calls = &slot->own_calls[method];
    if (HMI_LIKELY(hmi_quota_slot_is_own(slot)))
        atomic_store_explicit(calls, atomic_load_explicit(calls, memory_order_relaxed) + 1, memory_order_release);
    else
        hmi_quota_cache_count_other_call(cache, slot, method);
}

static inline void hmi_quota_cache_count_call(hmi_quota_cache *cache, unsigned method)
{
    hmi_quota_slot_count_call(cache, hmi_quota_cache_slot(cache), method);
}

/* The number of calls of a method that were counted. */
uint64_t hmi_quota_cache_calls(const hmi_quota_cache *cache, unsigned method);

/* The peak of bytes in use, of a kind, or with HMI_KINDS of all kinds together. If several threads run, it may be too
 * large by what their slots cached, but not larger than what the budget has granted. */
uint64_t hmi_quota_cache_peak(hmi_quota_cache *cache, hmi_kind kind);

#endif
