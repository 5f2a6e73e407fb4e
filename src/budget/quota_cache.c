/* Quota caches, and the sums over their slots. Only the word of a slot, and own_granted, have to change in one atomic
 * step; the other values are sums, for which the order of steps does not matter. Checked against ARM's memory model: a
 * thread that puts bytes into a slot and then reads the bypass, and one that sets the bypass and then empties the
 * slots, must not miss each other. For words both use sequentially consistent steps. For own_taken the other thread
 * flushes all write buffers between its two steps, so the owner's store comes before the flush, and the other thread
 * sees it, or the owner's load comes after it, and sees what the other thread has stored. Near the limit one flush is
 * enough: the bypass was set before it, so an owner that looks at the bypass afterwards sees that, and stores by an
 * exchange; then all four steps are sequentially consistent. tests/native/quota_model.py has all runs of them. Counts
 * of calls are released after what they count. The other figures are relaxed, and exact when no call is running. */
#include "budget/quota_cache.h"

_Static_assert(sizeof(hmi_quota_slot) == HMI_QUOTA_SLOT_SIZE, "slots do not share cache lines");

static inline uint64_t load(const _Atomic uint64_t *figure)
{
    return atomic_load_explicit(figure, memory_order_relaxed);
}

static inline bool is_bypassed(const hmi_quota_cache *cache)
{
    return hmi_bypass_is_set(&cache->budget->bypass, HMI_BYPASS_REASONS);
}

/* ---- Sums ---- */

/* The first slot from this one on that was ever used; NULL if there is none. */
static hmi_quota_slot *first_used_from(hmi_quota_cache *cache, hmi_quota_slot *slot)
{
    unsigned index = (unsigned)(slot - cache->slot);
    while (index < HMI_QUOTA_SLOTS) {
        hmi_word word = atomic_load(&cache->used[index / HMI_WORD_BITS]) >> (index % HMI_WORD_BITS);
        if (word)
            return &cache->slot[index + hmi_bits_lowest(word)];
        index += HMI_WORD_BITS - index % HMI_WORD_BITS;
    }
    return NULL;
}

#define for_each_used(cache, each) \
    for ((each) = first_used_from(cache, (cache)->slot); (each); (each) = first_used_from(cache, (each) + 1))

static void note_used(hmi_quota_cache *cache, const hmi_quota_slot *slot)
{
    unsigned index = (unsigned)(slot - cache->slot);
    hmi_word bit = (hmi_word)1 << (index % HMI_WORD_BITS);
    /* Acquire: for any thread that reads both, what follows comes after the other thread's note, too. */
    if (!(atomic_load_explicit(&cache->used[index / HMI_WORD_BITS], memory_order_acquire) & bit))
        atomic_fetch_or(&cache->used[index / HMI_WORD_BITS], bit);
}

/* A difference, 0 if it is negative. */
static uint64_t positive(uint64_t difference)
{
    return (int64_t)difference > 0 ? difference : 0;
}

/* Sums may contain half of another thread's steps: for a moment, more may seem to be cached than was granted, or, where
 * a thread takes back what the owner of a slot is taking, less than nothing. */
static uint64_t less(uint64_t granted, uint64_t cached)
{
    return positive(granted - cached);
}

static void raise_to(_Atomic uint64_t *peak, uint64_t bytes)
{
    uint64_t seen = load(peak);
    while (bytes > seen &&
           !atomic_compare_exchange_weak_explicit(peak, &seen, bytes, memory_order_relaxed, memory_order_relaxed))
        continue;
}

/* Whether the peaks could not rise even if everything granted were in use. */
static bool are_peaks_safe(hmi_quota_cache *cache)
{
    uint64_t granted = 0;
    unsigned kind;
    for (kind = 0; kind < HMI_KINDS; kind++) {
        if (load(&cache->granted[kind]) > load(&cache->peak[kind]))
            return false;
        granted += load(&cache->granted[kind]);
    }
    return granted <= load(&cache->peak[HMI_KINDS]);
}

/* Raises the peaks to the use at the time when the fewest bytes were cached. Called before what is granted changes. */
static void update_peaks(hmi_quota_cache *cache)
{
    uint64_t low_water[HMI_KINDS + 1] = {0}, granted = 0;
    hmi_quota_slot *slot;
    unsigned kind;
    if (are_peaks_safe(cache))
        return;
    for_each_used(cache, slot)
    {
        for (kind = 0; kind <= HMI_KINDS; kind++)
            low_water[kind] += load(&slot->low_water[kind]);
    }
    for (kind = 0; kind < HMI_KINDS; kind++) {
        granted += load(&cache->granted[kind]);
        raise_to(&cache->peak[kind], less(load(&cache->granted[kind]), low_water[kind]));
    }
    raise_to(&cache->peak[HMI_KINDS], less(granted, low_water[HMI_KINDS]));
}

/* The low-water marks of a slot at one time; last: of all kinds together. */
typedef struct low_marks {
    uint64_t of[HMI_KINDS + 1];
} low_marks;

static low_marks read_marks(const hmi_quota_slot *slot)
{
    low_marks known;
    unsigned each;
    for (each = 0; each <= HMI_KINDS; each++)
        known.of[each] = atomic_load(&slot->low_water[each]);
    return known;
}

/* Resets a low-water mark, unless another thread has lowered it since it was read as known. */
static void reset_mark(_Atomic uint64_t *low_water, uint64_t known, uint64_t cached)
{
    if (!atomic_compare_exchange_strong_explicit(low_water, &known, cached, memory_order_relaxed, memory_order_relaxed))
        hmi_quota_lower(low_water, cached);
}

/* Resets the low-water marks of a slot to what is cached now, plus bytes that were taken but are not in use yet. */
static void reset_low_water(hmi_quota_slot *slot, hmi_kind kind, uint64_t bytes, const low_marks *known)
{
    uint64_t total = bytes;
    unsigned each;
    for (each = 0; each < HMI_KINDS; each++) {
        uint64_t cached = hmi_quota_slot_cached(slot, (hmi_kind)each);
        total += cached;
        reset_mark(&slot->low_water[each], known->of[each], each == (unsigned)kind ? positive(cached + bytes) : cached);
    }
    reset_mark(&slot->low_water[HMI_KINDS], known->of[HMI_KINDS], positive(total));
}

/* ---- Changes ---- */

void hmi_quota_lower_mark(_Atomic uint64_t *low_water, uint64_t cached)
{
    uint64_t known = load(low_water);
    while (cached < known && !atomic_compare_exchange_weak_explicit(low_water, &known, cached, memory_order_relaxed,
                                                                    memory_order_relaxed))
        continue;
}

/* Changes what is granted by more, which may be negative. If other threads lower marks after the peaks are updated
 * here, these belong to what was granted before. */
static void change_granted(hmi_quota_cache *cache, hmi_quota_slot *slot, hmi_kind kind, uint64_t more)
{
    low_marks known = read_marks(slot), now;
    unsigned each = 0;
    update_peaks(cache);
    now = read_marks(slot);
    while (each <= HMI_KINDS && now.of[each] == known.of[each])
        each++;
    if (each <= HMI_KINDS)
        update_peaks(cache);
    atomic_fetch_add_explicit(&cache->granted[kind], more, memory_order_relaxed);
    reset_low_water(slot, kind, 0, &known);
}

/* Takes up to most cached bytes out of a slot; returns how many. The low mark is lowered first: the slot belongs to
 * another thread, which may never use it again, and if the caller is ended here, the peaks would have to be updated
 * each time from then on. So the peak may miss what a thread takes from the slot and gives back to it in this moment,
 * up to the bytes that are taken back. Lowering the mark afterwards would miss nothing, but until then the peak could
 * be less than the use; and the cached bytes cannot stand for the mark, because a request that is still to be refused
 * has taken its bytes already. */
static SIZE_T take_back(hmi_quota_cache *cache, hmi_quota_slot *slot, hmi_kind kind, SIZE_T most)
{
    uint64_t word = atomic_load(&slot->word[kind]);
    low_marks known;
    SIZE_T bytes;
    if (!hmi_quota_cached_in(word))
        return 0;
    known = read_marks(slot); /* before the peaks are updated: marks that are lowered later stay */
    update_peaks(cache);
    do {
        bytes = hmi_quota_cached_in(word) < most ? hmi_quota_cached_in(word) : most;
        if (!bytes)
            return 0;
        reset_low_water(slot, kind, 0 - (uint64_t)bytes, &known);
    } while (!atomic_compare_exchange_weak(&slot->word[kind], &word, word - bytes));
    atomic_fetch_sub_explicit(&cache->granted[kind], bytes, memory_order_relaxed);
    return bytes;
}

static int64_t cached_of_owner(const hmi_quota_slot *slot, uint64_t granted)
{
    return (int64_t)(granted - atomic_load(&slot->own_taken));
}

/* Lowers own_granted by what seems to be cached, up to most bytes; returns by how many. */
static SIZE_T lower_own(hmi_quota_cache *cache, hmi_quota_slot *slot, SIZE_T most)
{
    uint64_t granted = atomic_load(&slot->own_granted);
    low_marks known;
    SIZE_T bytes;
    if (cached_of_owner(slot, granted) <= 0)
        return 0;
    known = read_marks(slot);
    update_peaks(cache);
    do {
        int64_t cached = cached_of_owner(slot, granted);
        if (cached <= 0)
            return 0;
        bytes = (uint64_t)cached < most ? (SIZE_T)cached : most;
        reset_low_water(slot, HMI_BLOCKS, 0 - (uint64_t)bytes, &known);
    } while (!atomic_compare_exchange_weak(&slot->own_granted, &granted, granted - bytes));
    return bytes;
}

/* Gives back what the owner has taken of bytes by which own_granted was lowered; returns how many. */
static SIZE_T give_back_missing(hmi_quota_cache *cache, hmi_quota_slot *slot, SIZE_T bytes)
{
    int64_t missing;
    SIZE_T back;
    if (!bytes || hmi_quota_slot_is_own(slot))
        return 0;
    hmi_budget_order_owners(cache->budget);
    missing = 0 - cached_of_owner(slot, atomic_load(&slot->own_granted));
    if (missing <= 0)
        return 0;
    back = (uint64_t)missing < bytes ? (SIZE_T)missing : bytes;
    atomic_fetch_add(&slot->own_granted, back);
    return back;
}

/* take_back for what the owner of a slot has cached. Where it gave something back it looks again: if the owner gives
 * that up or frees it at the same moment, one of the two sees that it is cached. */
static SIZE_T take_back_own(hmi_quota_cache *cache, hmi_quota_slot *slot, SIZE_T most)
{
    SIZE_T total = 0, bytes, back;
    do {
        bytes = lower_own(cache, slot, most - total);
        back = give_back_missing(cache, slot, bytes);
        if (back)
            hmi_budget_order_owners(cache->budget);
        total += bytes - back;
    } while (back);
    if (total)
        atomic_fetch_sub_explicit(&cache->granted[HMI_BLOCKS], total, memory_order_relaxed);
    return total;
}

/* Caches bytes as far as the slot may have more, and counts blocks. most: the largest number of bytes that may go back
 * to the budget. Returns how many do. */
static SIZE_T add_cached(hmi_quota_cache *cache, hmi_quota_slot *slot, hmi_kind kind, SIZE_T bytes, SIZE_T most,
                         uint64_t blocks)
{
    SIZE_T fill = hmi_quota_fill(kind), surplus;
    uint64_t word = load(&slot->word[kind]);
    note_used(cache, slot);
    do {
        SIZE_T cached = hmi_quota_cached_in(word);
        surplus = is_bypassed(cache) ? bytes : 0;
        if (!surplus && (bytes > 2 * fill || cached + bytes > 2 * fill))
            surplus = cached + (bytes - fill); /* unsigned: intermediate results may wrap around */
        if (surplus > most)
            surplus = most;
    } while (!atomic_compare_exchange_weak(&slot->word[kind], &word, word + bytes - surplus + blocks));
    if (surplus)
        change_granted(cache, slot, kind, 0 - (uint64_t)surplus);
    /* If the bypass was set meanwhile and this slot was emptied before, what was added now goes back, too. */
    if (surplus < bytes && is_bypassed(cache))
        surplus += take_back(cache, slot, kind, bytes - surplus);
    return surplus;
}

/* Returns to the budget what the owner may not have cached, of bytes that it has just put back. Not more than it had
 * cached when it looked: another thread may have taken it back meanwhile. */
SIZE_T hmi_quota_cache_return_own(hmi_quota_cache *cache, SIZE_T bytes, SIZE_T most)
{
    hmi_quota_slot *slot = hmi_quota_cache_slot(cache);
    uint64_t granted = atomic_load(&slot->own_granted), taken = load(&slot->own_taken);
    SIZE_T fill = hmi_quota_fill(HMI_BLOCKS), surplus;
    do {
        int64_t cached = (int64_t)(granted - taken);
        if (cached <= 0)
            return 0;
        surplus = is_bypassed(cache) ? bytes : (uint64_t)cached > 2 * fill ? (SIZE_T)((uint64_t)cached - fill) : 0;
        if (surplus > most)
            surplus = most;
        if (surplus > (uint64_t)cached)
            surplus = (SIZE_T)cached;
        if (!surplus)
            return 0;
    } while (!atomic_compare_exchange_weak(&slot->own_granted, &granted, granted - surplus));
    change_granted(cache, slot, HMI_BLOCKS, 0 - (uint64_t)surplus);
    return surplus;
}

void hmi_quota_cache_give_up_own(hmi_quota_cache *cache, SIZE_T bytes)
{
    hmi_quota_cache_change_own(cache, hmi_quota_cache_slot(cache), 0 - (uint64_t)bytes, 0 - (uint64_t)1);
    hmi_budget_cancel_charge(cache->budget, hmi_quota_cache_return_own(cache, bytes, bytes));
}

/* Caches bytes for the owner, and counts blocks. */
static SIZE_T add_own(hmi_quota_cache *cache, hmi_quota_slot *slot, SIZE_T bytes, SIZE_T most, uint64_t blocks)
{
    if (!hmi_quota_cache_may_keep(cache, bytes)) {
        hmi_quota_cache_change_own(cache, slot, 0, blocks);
        if (bytes)
            change_granted(cache, slot, HMI_BLOCKS, 0 - (uint64_t)bytes);
        return bytes;
    }
    hmi_quota_cache_change_own(cache, slot, 0 - (uint64_t)bytes, blocks);
    return hmi_quota_cache_return_own(cache, bytes, most);
}

/* Whether the calling thread owns the slot now; it does if nobody did. */
static bool own_slot(hmi_quota_cache *cache, hmi_quota_slot *slot)
{
    UINT_PTR owner = atomic_load_explicit(&slot->owner, memory_order_relaxed);
    if (owner)
        return owner == hmi_thread_id();
    note_used(cache, slot); /* before: owners do not look */
    return atomic_compare_exchange_strong_explicit(&slot->owner, &owner, hmi_thread_id(), memory_order_release,
                                                   memory_order_relaxed);
}

SIZE_T hmi_quota_cache_grant(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes, SIZE_T extra)
{
    hmi_quota_slot *slot = hmi_quota_cache_slot(cache);
    SIZE_T surplus;
    low_marks known;
    change_granted(cache, slot, kind, (uint64_t)bytes + extra);
    known = read_marks(slot);
    surplus = kind == HMI_BLOCKS && own_slot(cache, slot)
                  ? add_own(cache, slot, extra, extra, 1)
                  : add_cached(cache, slot, kind, extra, extra, hmi_quota_one_block(kind));
    reset_low_water(slot, kind, bytes, &known);
    return surplus;
}

SIZE_T hmi_quota_cache_put_rest(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes)
{
    hmi_quota_slot *slot = hmi_quota_cache_slot(cache);
    if (kind == HMI_BLOCKS && hmi_quota_slot_is_own(slot))
        return add_own(cache, slot, bytes, bytes + HMI_QUOTA_IN_TRANSIT, 0 - (uint64_t)1);

    return add_cached(cache, slot, kind, bytes, bytes + HMI_QUOTA_IN_TRANSIT, 0 - hmi_quota_one_block(kind));
}

SIZE_T hmi_quota_cache_reclaim(hmi_quota_cache *cache, unsigned *slot)
{
    hmi_quota_slot *each;
    for (each = first_used_from(cache, cache->slot + *slot); each; each = first_used_from(cache, each + 1)) {
        SIZE_T bytes = take_back(cache, each, HMI_PAGES, HMI_QUOTA_IN_TRANSIT);
        if (!bytes)
            bytes = take_back(cache, each, HMI_BLOCKS, HMI_QUOTA_IN_TRANSIT);
        if (!bytes)
            bytes = take_back_own(cache, each, HMI_QUOTA_IN_TRANSIT);
        *slot = (unsigned)(each - cache->slot);
        if (bytes)
            return bytes;
    }
    return 0;
}

/* ---- Charges ---- */

bool hmi_quota_cache_charge_budget(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes, EMemoryCriticalLevel level)
{
    SIZE_T fill = hmi_quota_fill(kind), extra = bytes <= fill ? fill : 0;
    if (extra && !hmi_budget_charge_cached(cache->budget, (uint64_t)bytes + extra))
        extra = 0;
    if (!extra && !hmi_budget_charge(cache->budget, bytes, level))
        return false;
    hmi_budget_cancel_charge(cache->budget, hmi_quota_cache_grant(cache, kind, bytes, extra));
    return true;
}

void hmi_quota_cache_cancel_charge(hmi_quota_cache *cache, hmi_kind kind, SIZE_T bytes)
{
    if (bytes || kind == HMI_BLOCKS)
        hmi_budget_cancel_charge(cache->budget, hmi_quota_cache_put(cache, kind, bytes));
}

void hmi_quota_cache_force_charge(hmi_quota_cache *cache, SIZE_T bytes)
{
    hmi_budget_force(cache->budget, bytes);
    hmi_quota_cache_grant(cache, HMI_PAGES, bytes, 0);
}

/* ---- Creating and reusing ---- */

bool hmi_quota_cache_is_clean(hmi_quota_cache *cache)
{
    hmi_quota_slot *slot;
    if (load(&cache->granted[HMI_PAGES]) || load(&cache->granted[HMI_BLOCKS]))
        return false;
    for_each_used(cache, slot)
    {
        if (load(&slot->word[HMI_PAGES]) ||
            load(&slot->word[HMI_BLOCKS]) + (load(&slot->own_blocks) << HMI_QUOTA_BITS) ||
            load(&slot->own_granted) != load(&slot->own_taken))
            return false;
    }
    return true;
}

void hmi_quota_cache_init(hmi_quota_cache *cache, hostmem_budget *budget)
{
    unsigned kind, method;
    hmi_quota_slot *slot;
    cache->budget = budget;
    for (kind = 0; kind <= HMI_KINDS; kind++)
        atomic_store_explicit(&cache->peak[kind], 0, memory_order_relaxed);
    for (slot = cache->slot; slot < cache->slot + HMI_QUOTA_SLOTS; slot++) {
        atomic_store_explicit(&slot->owner, 0, memory_order_relaxed);
        for (method = 0; method < HMI_COUNTED_METHODS; method++) {
            atomic_store_explicit(&slot->own_calls[method], 0, memory_order_relaxed);
            atomic_store_explicit(&slot->other_calls[method], 0, memory_order_relaxed);
        }
    }
}

/* ---- Figures ---- */

static uint64_t cached_bytes(hmi_quota_cache *cache, hmi_kind kind)
{
    uint64_t total = 0;
    hmi_quota_slot *slot;
    for_each_used(cache, slot)
    {
        total += hmi_quota_cached_in(load(&slot->word[kind]));
        if (kind == HMI_BLOCKS)
            total += load(&slot->own_granted) - load(&slot->own_taken); /* may be negative; see less() */
    }
    return total;
}

SIZE_T hmi_quota_cache_cached_bytes(hmi_quota_cache *cache)
{
    return (SIZE_T)positive(cached_bytes(cache, HMI_PAGES) + cached_bytes(cache, HMI_BLOCKS));
}

uint64_t hmi_quota_cache_used_bytes(hmi_quota_cache *cache, hmi_kind kind)
{
    return less(load(&cache->granted[kind]), cached_bytes(cache, kind));
}

uint64_t hmi_quota_cache_used_blocks(hmi_quota_cache *cache)
{
    uint64_t total = 0;
    hmi_quota_slot *slot;
    for_each_used(cache, slot)
        /* sequentially consistent with the calls that led here */
        total += (atomic_load(&slot->word[HMI_BLOCKS]) & ~HMI_QUOTA_MASK) +
                 (atomic_load(&slot->own_blocks) << HMI_QUOTA_BITS);
    /* Negative if a block was allocated in a slot after that slot was read, and freed in a slot that was read later. */
    return (int64_t)total < 0 ? 0 : total >> HMI_QUOTA_BITS;
}

void hmi_quota_cache_count_other_call(hmi_quota_cache *cache, hmi_quota_slot *slot, unsigned method)
{
    atomic_fetch_add_explicit(own_slot(cache, slot) ? &slot->own_calls[method] : &slot->other_calls[method], 1,
                              memory_order_release);
}

/* Over all slots, because a slot that has counted calls need not have been used for anything else. */
uint64_t hmi_quota_cache_calls(const hmi_quota_cache *cache, unsigned method)
{
    uint64_t total = 0;
    const hmi_quota_slot *slot;
    for (slot = cache->slot; slot < cache->slot + HMI_QUOTA_SLOTS; slot++)
        total += atomic_load(&slot->own_calls[method]) + atomic_load(&slot->other_calls[method]);
    return total;
}

uint64_t hmi_quota_cache_peak(hmi_quota_cache *cache, hmi_kind kind)
{
    update_peaks(cache);
    return load(&cache->peak[kind]);
}
