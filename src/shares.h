/* What an instance has taken of a budget, cut into shares so that threads do not meet: a share has room, bytes that the
 * budget has granted and nobody uses yet, and most requests and frees only move bytes between room and use, in one
 * atomic step on a cache line that few threads touch. Figures are sums over all shares: exact at rest, and exact at any
 * time for one thread. Nothing here waits, and a thread that stops anywhere leaves all of it in order. */
#ifndef HOSTMEM_SRC_SHARES_H
#define HOSTMEM_SRC_SHARES_H

#include <stdatomic.h>
#include <stdbool.h>

#include "bits.h"
#include "os.h"
#include "thread_place.h"

/* What is taken. */
typedef enum hostmem_kind {
    HOSTMEM_PAGES,  /* committed memory */
    HOSTMEM_BLOCKS, /* heap blocks, which are counted, too */
    HOSTMEM_KINDS
} hostmem_kind;

/* Number of shares; a power of two. Threads that are led to the same one get in each other's way, nothing worse. */
#define HOSTMEM_SHARES 64

/* How much room of a kind a share is given at a time. Before it has more than twice as much it gives some back. */
static inline SIZE_T hostmem_share_fill(hostmem_kind kind)
{
    return (SIZE_T)(kind == HOSTMEM_PAGES ? 128 : 32) << 10;
}

/* Two cache lines, as processors fetch them in pairs, and two more that are seldom used. */
#define HOSTMEM_SHARE_SIZE 256

/* Methods whose calls are counted in shares: those of the indices below this (HOSTMEM_CALL_VIRTUAL_ALLOC and so on). */
#define HOSTMEM_SHARE_CALLS 10

/* A word has the room in its low bits, and above them how many blocks were taken less how many were given back here,
 * which may be less than none. */
#define HOSTMEM_ROOM_BITS 24
#define HOSTMEM_ROOM_MASK (((uint64_t)1 << HOSTMEM_ROOM_BITS) - 1)

typedef struct hostmem_share {
    _Atomic uint64_t word[HOSTMEM_KINDS];
    /* The least that was unused since the last reckoning; last: of all kinds. */
    _Atomic uint64_t low[HOSTMEM_KINDS + 1];
    _Atomic(UINT_PTR) owner; /* hostmem_thread_key of the first thread that counted here; 0: nobody has */
    _Atomic uint64_t own_calls[HOSTMEM_SHARE_CALLS];   /* of methods, by the owner, who alone changes them */
    _Atomic uint64_t other_calls[HOSTMEM_SHARE_CALLS]; /* by all others */
    char pad[HOSTMEM_SHARE_SIZE - (2 * HOSTMEM_KINDS + 2 + 2 * HOSTMEM_SHARE_CALLS) * sizeof(uint64_t)];
} hostmem_share;

typedef struct hostmem_shares {
    struct hostmem_shares *next;                                   /* the budget's */
    atomic_bool lent;                                              /* the budget's */
    const _Atomic UINT32 *strict;                                  /* not 0: no share may have room */
    _Atomic hostmem_word used[HOSTMEM_SHARES / HOSTMEM_WORD_BITS]; /* which shares were ever used */
    char pad_before_granted[HOSTMEM_SHARE_SIZE];
    _Atomic uint64_t granted[HOSTMEM_KINDS];  /* bytes in use and in rooms */
    _Atomic uint64_t peak[HOSTMEM_KINDS + 1]; /* of bytes in use; last: of all kinds together */
    char pad_before_share[HOSTMEM_SHARE_SIZE];
    hostmem_share share[HOSTMEM_SHARES];
} hostmem_shares;

/* shares is zeroed, or clean. */
void hostmem_shares_init(hostmem_shares *shares, const _Atomic UINT32 *strict);

/* Whether nothing is left of what was done with them, so that another instance can begin with them. */
bool hostmem_shares_are_clean(hostmem_shares *shares);

/* The calling thread's share. */
static inline hostmem_share *hostmem_shares_mine(hostmem_shares *shares)
{
    return &shares->share[hostmem_thread_place(HOSTMEM_SHARES)];
}

static inline UINT32 hostmem_room_in(uint64_t word)
{
    return (UINT32)(word & HOSTMEM_ROOM_MASK);
}

/* What a word has more with one more block. */
static inline uint64_t hostmem_one_block(hostmem_kind kind)
{
    return kind == HOSTMEM_BLOCKS ? (uint64_t)1 << HOSTMEM_ROOM_BITS : 0;
}

/* Takes bytes, and of BLOCKS one block, out of the room of the calling thread's share. False: there is not so much.
 * This and the next are in line, for every request comes to them. */
static inline bool hostmem_shares_take(hostmem_shares *shares, hostmem_kind kind, SIZE_T bytes)
{
    hostmem_share *share = hostmem_shares_mine(shares);
    uint64_t word = atomic_load_explicit(&share->word[kind], memory_order_relaxed);
    do {
        if (bytes > hostmem_room_in(word) || !hostmem_room_in(word))
            return false; /* a share without room may be one that sums leave out */
    } while (!atomic_compare_exchange_weak(&share->word[kind], &word, word - bytes + hostmem_one_block(kind)));
    return true;
}

static inline void hostmem_share_lower(_Atomic uint64_t *low, uint64_t room)
{
    if (room < atomic_load_explicit(low, memory_order_relaxed))
        atomic_store_explicit(low, room, memory_order_relaxed);
}

/* Says that what the calling thread has taken is in use: peaks count it from here on. */
static inline void hostmem_shares_keep(hostmem_shares *shares)
{
    hostmem_share *share = hostmem_shares_mine(shares);
    uint64_t pages = hostmem_room_in(atomic_load_explicit(&share->word[HOSTMEM_PAGES], memory_order_relaxed));
    uint64_t blocks = hostmem_room_in(atomic_load_explicit(&share->word[HOSTMEM_BLOCKS], memory_order_relaxed));
    hostmem_share_lower(&share->low[HOSTMEM_PAGES], pages);
    hostmem_share_lower(&share->low[HOSTMEM_BLOCKS], blocks);
    hostmem_share_lower(&share->low[HOSTMEM_KINDS], pages + blocks);
}

/* Takes bytes, and of BLOCKS one block, that the budget has granted along with extra bytes, which become room. This and
 * the next return how many bytes the budget gets back. */
SIZE_T hostmem_shares_grant(hostmem_shares *shares, hostmem_kind kind, SIZE_T bytes, SIZE_T extra);

/* Gives bytes, and of BLOCKS one block, back: to the room of the calling thread's share, as far as it should grow. */
SIZE_T hostmem_shares_put(hostmem_shares *shares, hostmem_kind kind, SIZE_T bytes);

/* Empties the rooms of all shares, and returns how much was in them: the budget gets it back. Exact if no share may
 * have room by then. */
SIZE_T hostmem_shares_gather(hostmem_shares *shares);

/* How much room there is in all shares. */
SIZE_T hostmem_shares_room(hostmem_shares *shares);

/* How many bytes are in use, and blocks. */
uint64_t hostmem_shares_bytes(hostmem_shares *shares, hostmem_kind kind);
uint64_t hostmem_shares_blocks(hostmem_shares *shares);

/* The rest of the next function. */
void hostmem_shares_count_other_call(hostmem_share *share, unsigned method);

/* Counts a call of a method. The owner of a share needs no locked step for it: the key of a thread is that of no other
 * one while it lives, and whoever gets it afterwards goes on counting where the former one has stopped. */
static inline void hostmem_shares_count_call(hostmem_shares *shares, unsigned method)
{
    hostmem_share *share = hostmem_shares_mine(shares);
    _Atomic uint64_t *calls = &share->own_calls[method];
    if (atomic_load_explicit(&share->owner, memory_order_relaxed) == hostmem_thread_key())
        atomic_store_explicit(calls, atomic_load_explicit(calls, memory_order_relaxed) + 1, memory_order_release);
    else
        hostmem_shares_count_other_call(share, method);
}

/* How many calls of a method were counted. */
uint64_t hostmem_shares_calls(const hostmem_shares *shares, unsigned method);

/* The largest number of bytes in use so far, of a kind or with HOSTMEM_KINDS of all together. With several threads at
 * work it may be too large by what was in their rooms, and never is larger than what the budget has granted. */
uint64_t hostmem_shares_peak(hostmem_shares *shares, hostmem_kind kind);

#endif
