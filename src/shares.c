/* Shares and the sums over them. What has to be one step is one: the word of a share. The rest are sums that any order
 * of steps brings to the same end. */
#include "shares.h"

_Static_assert(sizeof(hostmem_share) == HOSTMEM_SHARE_SIZE, "shares keep apart");

static inline uint64_t load(const _Atomic uint64_t *figure)
{
    return atomic_load_explicit(figure, memory_order_relaxed);
}

static inline bool is_strict(const hostmem_shares *shares)
{
    return atomic_load(shares->strict) != 0;
}

/* ---- Sums ---- */

/* The first share from this one on that was ever used; NULL if there is none. */
static hostmem_share *used_from(hostmem_shares *shares, hostmem_share *share)
{
    unsigned index = (unsigned)(share - shares->share);
    while (index < HOSTMEM_SHARES) {
        hostmem_word word = atomic_load(&shares->used[index / HOSTMEM_WORD_BITS]) >> (index % HOSTMEM_WORD_BITS);
        if (word)
            return &shares->share[index + hostmem_bits_lowest(word)];
        index += HOSTMEM_WORD_BITS - index % HOSTMEM_WORD_BITS;
    }
    return NULL;
}

#define for_each_used(shares, each) \
    for ((each) = used_from(shares, (shares)->share); (each); (each) = used_from(shares, (each) + 1))

static void note_used(hostmem_shares *shares, const hostmem_share *share)
{
    unsigned index = (unsigned)(share - shares->share);
    hostmem_word bit = (hostmem_word)1 << (index % HOSTMEM_WORD_BITS);
    if (!(atomic_load_explicit(&shares->used[index / HOSTMEM_WORD_BITS], memory_order_relaxed) & bit))
        atomic_fetch_or(&shares->used[index / HOSTMEM_WORD_BITS], bit);
}

/* Sums are of steps that others may be in the middle of: for a moment more may seem to be left than was granted. */
static uint64_t less(uint64_t granted, uint64_t rooms)
{
    return rooms < granted ? granted - rooms : 0;
}

static void raise_to(_Atomic uint64_t *peak, uint64_t bytes)
{
    uint64_t seen = load(peak);
    while (bytes > seen &&
           !atomic_compare_exchange_weak_explicit(peak, &seen, bytes, memory_order_relaxed, memory_order_relaxed))
        continue;
}

/* Whether all that is granted would be less than the peaks if it were in use. */
static bool are_peaks_safe(hostmem_shares *shares)
{
    uint64_t granted = 0;
    unsigned kind;
    for (kind = 0; kind < HOSTMEM_KINDS; kind++) {
        if (load(&shares->granted[kind]) > load(&shares->peak[kind]))
            return false;
        granted += load(&shares->granted[kind]);
    }
    return granted <= load(&shares->peak[HOSTMEM_KINDS]);
}

/* Raises the peaks to what was in use when rooms were smallest. Precedes every change of what is granted. */
static void reckon(hostmem_shares *shares)
{
    uint64_t low[HOSTMEM_KINDS + 1] = {0}, granted = 0;
    hostmem_share *share;
    unsigned kind;
    if (are_peaks_safe(shares))
        return;
    for_each_used(shares, share)
    {
        for (kind = 0; kind <= HOSTMEM_KINDS; kind++)
            low[kind] += load(&share->low[kind]);
    }
    for (kind = 0; kind < HOSTMEM_KINDS; kind++) {
        granted += load(&shares->granted[kind]);
        raise_to(&shares->peak[kind], less(load(&shares->granted[kind]), low[kind]));
    }
    raise_to(&shares->peak[HOSTMEM_KINDS], less(granted, low[HOSTMEM_KINDS]));
}

/* From here on the share's rooms are the least, and with them bytes that are taken, but not kept yet. */
static void begin_lows(hostmem_share *share, hostmem_kind kind, uint64_t bytes)
{
    uint64_t total = bytes;
    unsigned each;
    for (each = 0; each < HOSTMEM_KINDS; each++) {
        uint64_t room = hostmem_room_in(load(&share->word[each]));
        total += room;
        atomic_store_explicit(&share->low[each], each == (unsigned)kind ? room + bytes : room, memory_order_relaxed);
    }
    atomic_store_explicit(&share->low[HOSTMEM_KINDS], total, memory_order_relaxed);
}

/* ---- Moves ---- */

/* more: negative numbers, too. */
static void change_granted(hostmem_shares *shares, hostmem_share *share, hostmem_kind kind, uint64_t more)
{
    reckon(shares);
    atomic_fetch_add_explicit(&shares->granted[kind], more, memory_order_relaxed);
    begin_lows(share, kind, 0);
}

/* Takes all the room of a share away; returns how much it was. */
static SIZE_T empty(hostmem_shares *shares, hostmem_share *share, hostmem_kind kind)
{
    uint64_t word = atomic_load(&share->word[kind]);
    while (hostmem_room_in(word)) {
        if (atomic_compare_exchange_weak(&share->word[kind], &word, word & ~HOSTMEM_ROOM_MASK)) {
            change_granted(shares, share, kind, 0 - (uint64_t)hostmem_room_in(word));
            return hostmem_room_in(word);
        }
    }
    return 0;
}

/* Makes room of bytes, as far as the share should have it, and counts blocks. Returns what the budget gets back. */
static SIZE_T make_room(hostmem_shares *shares, hostmem_share *share, hostmem_kind kind, SIZE_T bytes, uint64_t blocks)
{
    SIZE_T fill = hostmem_share_fill(kind), surplus;
    uint64_t word = load(&share->word[kind]);
    note_used(shares, share);
    do {
        SIZE_T room = hostmem_room_in(word);
        surplus = is_strict(shares) ? bytes : 0;
        if (!surplus && (bytes > 2 * fill || room + bytes > 2 * fill))
            surplus = room + (bytes - fill); /* the difference may pass through numbers below 0 */
    } while (!atomic_compare_exchange_weak(&share->word[kind], &word, word + bytes - surplus + blocks));
    if (surplus)
        change_granted(shares, share, kind, 0 - (uint64_t)surplus);
    /* The shares may have become strict meanwhile, and been gathered already. */
    return is_strict(shares) ? surplus + empty(shares, share, kind) : surplus;
}

SIZE_T hostmem_shares_grant(hostmem_shares *shares, hostmem_kind kind, SIZE_T bytes, SIZE_T extra)
{
    hostmem_share *share = hostmem_shares_mine(shares);
    SIZE_T surplus;
    change_granted(shares, share, kind, (uint64_t)bytes + extra);
    surplus = make_room(shares, share, kind, extra, hostmem_one_block(kind));
    begin_lows(share, kind, bytes);
    return surplus;
}

SIZE_T hostmem_shares_put(hostmem_shares *shares, hostmem_kind kind, SIZE_T bytes)
{
    return make_room(shares, hostmem_shares_mine(shares), kind, bytes, 0 - hostmem_one_block(kind));
}

SIZE_T hostmem_shares_gather(hostmem_shares *shares)
{
    SIZE_T gathered = 0;
    hostmem_share *share;
    for_each_used(shares, share) gathered += empty(shares, share, HOSTMEM_PAGES) + empty(shares, share, HOSTMEM_BLOCKS);
    return gathered;
}

/* ---- Life ---- */

bool hostmem_shares_are_clean(hostmem_shares *shares)
{
    hostmem_share *share;
    if (load(&shares->granted[HOSTMEM_PAGES]) || load(&shares->granted[HOSTMEM_BLOCKS]))
        return false;
    for_each_used(shares, share)
    {
        if (load(&share->word[HOSTMEM_PAGES]) || load(&share->word[HOSTMEM_BLOCKS]))
            return false;
    }
    return true;
}

void hostmem_shares_init(hostmem_shares *shares, const _Atomic UINT32 *strict)
{
    unsigned kind, method;
    hostmem_share *share;
    shares->strict = strict;
    for (kind = 0; kind <= HOSTMEM_KINDS; kind++)
        atomic_store_explicit(&shares->peak[kind], 0, memory_order_relaxed);
    for (share = shares->share; share < shares->share + HOSTMEM_SHARES; share++) {
        atomic_store_explicit(&share->owner, 0, memory_order_relaxed);
        for (method = 0; method < HOSTMEM_SHARE_CALLS; method++) {
            atomic_store_explicit(&share->own_calls[method], 0, memory_order_relaxed);
            atomic_store_explicit(&share->other_calls[method], 0, memory_order_relaxed);
        }
    }
}

/* ---- Figures ---- */

static uint64_t rooms(hostmem_shares *shares, hostmem_kind kind)
{
    uint64_t total = 0;
    hostmem_share *share;
    for_each_used(shares, share) total += hostmem_room_in(load(&share->word[kind]));
    return total;
}

SIZE_T hostmem_shares_room(hostmem_shares *shares)
{
    return (SIZE_T)(rooms(shares, HOSTMEM_PAGES) + rooms(shares, HOSTMEM_BLOCKS));
}

uint64_t hostmem_shares_bytes(hostmem_shares *shares, hostmem_kind kind)
{
    return less(load(&shares->granted[kind]), rooms(shares, kind));
}

uint64_t hostmem_shares_blocks(hostmem_shares *shares)
{
    uint64_t total = 0;
    hostmem_share *share;
    for_each_used(shares, share) total += atomic_load(&share->word[HOSTMEM_BLOCKS]) &
                                          ~HOSTMEM_ROOM_MASK; /* in order with the calls that led there */
    /* A block that was taken from a share after its turn, and given back to one before it: less than none. */
    return (int64_t)total < 0 ? 0 : total >> HOSTMEM_ROOM_BITS;
}

void hostmem_shares_count_other_call(hostmem_share *share, unsigned method)
{
    UINT_PTR nobody = 0;
    bool is_owner = atomic_compare_exchange_strong_explicit(&share->owner, &nobody, hostmem_thread_key(),
                                                            memory_order_relaxed, memory_order_relaxed);
    atomic_fetch_add_explicit(is_owner ? &share->own_calls[method] : &share->other_calls[method], 1,
                              memory_order_release);
}

/* Of all shares: one that has counted calls need not have been used for anything else. */
uint64_t hostmem_shares_calls(const hostmem_shares *shares, unsigned method)
{
    uint64_t total = 0;
    const hostmem_share *share;
    for (share = shares->share; share < shares->share + HOSTMEM_SHARES; share++)
        total += atomic_load(&share->own_calls[method]) + atomic_load(&share->other_calls[method]);
    return total;
}

uint64_t hostmem_shares_peak(hostmem_shares *shares, hostmem_kind kind)
{
    reckon(shares);
    return load(&shares->peak[kind]);
}
