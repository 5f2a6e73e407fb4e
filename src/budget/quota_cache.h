/* What an instance has taken of a budget, cut into shares so that threads do not meet: a share has room, bytes that the
 * budget has granted and nobody uses yet, and most requests and frees only move bytes between room and use, in one
 * atomic step on a cache line that few threads touch. Figures are sums over all shares: exact at rest, and exact at any
 * time for one thread. Nothing here waits, and a thread that stops anywhere leaves all of it in order. */
#ifndef HMI_BUDGET_QUOTA_CACHE_H
#define HMI_BUDGET_QUOTA_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/bits.h"
#include "base/thread_slot.h"
#include "budget/bypass.h"
#include "os/os.h"

/* What is taken. */
typedef enum hmi_kind {
    HMI_PAGES,  /* committed memory */
    HMI_BLOCKS, /* heap blocks, which are counted, too */
    HMI_KINDS
} hmi_kind;

/* Number of cache; a power of two. Threads that are led to the same one get in each other's way, nothing worse. */
#define HMI_QUOTA_SLOTS 64

/* How much room of a kind a share is given at a time. Before it has more than twice as much it gives some back. */
static inline SIZE_T hmi_quota_fill(hmi_kind kind)
{
    return (SIZE_T)(kind == HMI_PAGES ? 128 : 32) << 10;
}

/* Two cache lines, as processors fetch them in pairs, and two more that are seldom used. */
#define HMI_QUOTA_SLOT_SIZE 256

/* Methods whose calls are counted in shares: those of the indices below this (HOSTMEM_CALL_VIRTUAL_ALLOC and so on). */
#define HMI_COUNTED_METHODS 10

/* A word has the room in its low bits, and above them how many blocks were taken less how many were given back here,
 * which may be less than none. */
#define HMI_QUOTA_BITS 24
#define HMI_QUOTA_MASK (((uint64_t)1 << HMI_QUOTA_BITS) - 1)

typedef struct hmi_quota_slot {
    _Atomic uint64_t word[HMI_KINDS];
    /* The least that was unused since the last reckoning; last: of all kinds. */
    _Atomic uint64_t low_water[HMI_KINDS + 1];
    _Atomic(UINT_PTR) owner; /* hmi_thread_id of the first thread that counted here; 0: nobody has */
    _Atomic uint64_t own_calls[HMI_COUNTED_METHODS];   /* of methods, by the owner, who alone changes them */
    _Atomic uint64_t other_calls[HMI_COUNTED_METHODS]; /* by all others */
    char pad[HMI_QUOTA_SLOT_SIZE - (2 * HMI_KINDS + 2 + 2 * HMI_COUNTED_METHODS) * sizeof(uint64_t)];
} hmi_quota_slot;

typedef struct hmi_quota_cache {
    struct hmi_quota_cache *next;                           /* the budget's */
    atomic_bool in_use;                                     /* the budget's */
    const hmi_bypass *bypass;                               /* set: nothing may be cached */
    _Atomic hmi_word used[HMI_QUOTA_SLOTS / HMI_WORD_BITS]; /* which shares were ever used */
    char pad_before_granted[HMI_QUOTA_SLOT_SIZE];
    _Atomic uint64_t granted[HMI_KINDS];  /* bytes in use and in rooms */
    _Atomic uint64_t peak[HMI_KINDS + 1]; /* of bytes in use; last: of all kinds together */
    char pad_before_slot[HMI_QUOTA_SLOT_SIZE];
    hmi_quota_slot slot[HMI_QUOTA_SLOTS];
} hmi_quota_cache;

/* shares is zeroed, or clean. */
void hmi_quota_cache_init(hmi_quota_cache *cache, const hmi_bypass *bypass);

/* Whether nothing is left of what was done with them, so that another instance can begin with them. */
bool hmi_quota_cache_is_clean(hmi_quota_cache *cache);

/* The calling thread's share. */
static inline hmi_quota_slot *hmi_quota_cache_slot(hmi_quota_cache *cache)
{
    return &cache->slot[hmi_thread_slot(HMI_QUOTA_SLOTS)];
}

static inline UINT32 hmi_quota_cached_in(uint64_t word)
{
    return (UINT32)(word & HMI_QUOTA_MASK);
}

/* What a word has more with one more block. */
static inline uint64_t hmi_quota_one_block(hmi_kind kind)
{
    return kind == HMI_BLOCKS ? (uint64_t)1 << HMI_QUOTA_BITS : 0;
}

/* Takes bytes, and of BLOCKS one block, out of the room of the calling thread's share. False: there is not so much.
 * This and the next are in line, for every request comes to them. */
static inline bool hmi_quota_cache_take(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes)
{
    hmi_quota_slot *slot = hmi_quota_cache_slot(cache);
    uint64_t word = atomic_load_explicit(&slot->word[kind], memory_order_relaxed);
    do {
        if (bytes > hmi_quota_cached_in(word) || !hmi_quota_cached_in(word))
            return false; /* a share without room may be one that sums leave out */
    } while (!atomic_compare_exchange_weak(&slot->word[kind], &word, word - bytes + hmi_quota_one_block(kind)));
    return true;
}

/* Of threads that lower the same one the least stays. */
static inline void hmi_quota_lower(_Atomic uint64_t *low_water, uint64_t room)
{
    uint64_t known = atomic_load_explicit(low_water, memory_order_relaxed);
    while (room < known &&
           !atomic_compare_exchange_weak_explicit(low_water, &known, room, memory_order_relaxed, memory_order_relaxed))
        continue;
}

/* Says that what the calling thread has taken is in use: peaks count it from here on. */
static inline void hmi_quota_cache_note_peak(hmi_quota_cache *cache)
{
    hmi_quota_slot *slot = hmi_quota_cache_slot(cache);
    uint64_t pages = hmi_quota_cached_in(atomic_load_explicit(&slot->word[HMI_PAGES], memory_order_relaxed));
    uint64_t blocks = hmi_quota_cached_in(atomic_load_explicit(&slot->word[HMI_BLOCKS], memory_order_relaxed));
    hmi_quota_lower(&slot->low_water[HMI_PAGES], pages);
    hmi_quota_lower(&slot->low_water[HMI_BLOCKS], blocks);
    hmi_quota_lower(&slot->low_water[HMI_KINDS], pages + blocks);
}

/* What a thread may have on its way between a slot and the budget, beside what its call is about. If it stops there,
 * that much seems to be in use, and is lost if it never goes on. */
#define HMI_QUOTA_IN_TRANSIT ((SIZE_T)128 << 10)

/* Takes bytes, and of BLOCKS one block, that the budget has granted along with extra bytes, which are cached. This and
 * the next return how many bytes the budget gets back: at most those of the call, and HMI_QUOTA_IN_TRANSIT. */
SIZE_T hmi_quota_cache_grant(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes, SIZE_T extra);

/* Gives bytes, and of BLOCKS one block, back: to what is cached in the calling thread's slot, as far as that may
 * grow. */
SIZE_T hmi_quota_cache_put(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes);

/* Takes cached bytes out of the first slot from *slot on that has any, at most HMI_QUOTA_IN_TRANSIT: the budget gets
 * them back, before the next are taken. *slot: 0 at first. Returns 0 when there are no more. */
SIZE_T hmi_quota_cache_reclaim(hmi_quota_cache *cache, unsigned *slot);

/* How much room there is in all shares. */
SIZE_T hmi_quota_cache_cached_bytes(hmi_quota_cache *cache);

/* How many bytes are in use, and blocks. */
uint64_t hmi_quota_cache_used_bytes(hmi_quota_cache *cache, hmi_kind kind);
uint64_t hmi_quota_cache_used_blocks(hmi_quota_cache *cache);

/* The rest of the next function. */
void hmi_quota_cache_count_other_call(hmi_quota_slot *slot, unsigned method);

/* Counts a call of a method. The owner of a share needs no locked step for it: the key of a thread is that of no other
 * one while it lives, and whoever gets it afterwards goes on counting where the former one has stopped. */
static inline void hmi_quota_cache_count_call(hmi_quota_cache *cache, unsigned method)
{
    hmi_quota_slot *slot = hmi_quota_cache_slot(cache);
    _Atomic uint64_t *calls = &slot->own_calls[method];
    if (atomic_load_explicit(&slot->owner, memory_order_relaxed) == hmi_thread_id())
        atomic_store_explicit(calls, atomic_load_explicit(calls, memory_order_relaxed) + 1, memory_order_release);
    else
        hmi_quota_cache_count_other_call(slot, method);
}

/* How many calls of a method were counted. */
uint64_t hmi_quota_cache_calls(const hmi_quota_cache *cache, unsigned method);

/* The largest number of bytes in use so far, of a kind or with HMI_KINDS of all together. With several threads at
 * work it may be too large by what was in their rooms, and never is larger than what the budget has granted. */
uint64_t hmi_quota_cache_peak(hmi_quota_cache *cache, hmi_kind kind);

#endif
