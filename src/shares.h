/* What an instance has taken of a budget, cut into shares so that threads do not meet: a share has room, bytes that the
 * budget has granted and nobody uses yet, and most requests and frees only move bytes between room and use, in one atomic
 * step on a cache line that few threads touch. Figures are sums over all shares: exact at rest, and exact at any time for
 * one thread. Nothing here waits, and a thread that stops anywhere leaves all of it in order. */
#ifndef HOSTMEM_SRC_SHARES_H
#define HOSTMEM_SRC_SHARES_H

#include <stdatomic.h>
#include <stdbool.h>

#include "bits.h"
#include "os.h"

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

/* Two cache lines: processors fetch them in pairs. */
#define HOSTMEM_SHARE_SIZE 128

/* Methods whose calls are counted in shares: those of the indices below this (HOSTMEM_CALL_VIRTUAL_ALLOC and so on). */
#define HOSTMEM_SHARE_CALLS 10

/* A word has the room in its low bits, and above them how many blocks were taken less how many were given back here, which
 * may be less than none. */
#define HOSTMEM_ROOM_BITS 24
#define HOSTMEM_ROOM_MASK (((uint64_t)1 << HOSTMEM_ROOM_BITS) - 1)

typedef struct hostmem_share {
    _Atomic uint64_t word[HOSTMEM_KINDS];
    _Atomic uint64_t
        low[HOSTMEM_KINDS + 1]; /* the least that was unused since the last reckoning; last: of all kinds */
    _Atomic uint64_t calls[HOSTMEM_SHARE_CALLS]; /* of methods, counted here */
    char pad[HOSTMEM_SHARE_SIZE - (2 * HOSTMEM_KINDS + 1 + HOSTMEM_SHARE_CALLS) * sizeof(uint64_t)];
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

/* Takes bytes, and of BLOCKS one block, out of the room of the calling thread's share. False: there is not so much. */
bool hostmem_shares_take(hostmem_shares *shares, hostmem_kind kind, SIZE_T bytes);

/* Says that what the calling thread has taken is in use: peaks count it from here on. */
void hostmem_shares_keep(hostmem_shares *shares);

/* Takes bytes, and of BLOCKS one block, that the budget has granted along with extra bytes, which become room. This and the
 * next return how many bytes the budget gets back. */
SIZE_T hostmem_shares_grant(hostmem_shares *shares, hostmem_kind kind, SIZE_T bytes, SIZE_T extra);

/* Gives bytes, and of BLOCKS one block, back: to the room of the calling thread's share, as far as it should grow. */
SIZE_T hostmem_shares_put(hostmem_shares *shares, hostmem_kind kind, SIZE_T bytes);

/* Empties the rooms of all shares, and returns how much was in them: the budget gets it back. Exact if no share may have
 * room by then. */
SIZE_T hostmem_shares_gather(hostmem_shares *shares);

/* How much room there is in all shares. */
SIZE_T hostmem_shares_room(hostmem_shares *shares);

/* How many bytes are in use, and blocks. */
uint64_t hostmem_shares_bytes(hostmem_shares *shares, hostmem_kind kind);
uint64_t hostmem_shares_blocks(hostmem_shares *shares);

/* Counts a call of a method, and says how many were counted. */
void hostmem_shares_count_call(hostmem_shares *shares, unsigned method);
uint64_t hostmem_shares_calls(const hostmem_shares *shares, unsigned method);

/* The largest number of bytes in use so far, of a kind or with HOSTMEM_KINDS of all together. With several threads at work
 * it may be too large by what was in their rooms, and never is larger than what the budget has granted. */
uint64_t hostmem_shares_peak(hostmem_shares *shares, hostmem_kind kind);

#endif
