/* One table holds everything: lanes, blocks, which blocks are free, and the slots. A thread gets a slot by adding one
 * to its block's counter, and says that the slot is complete by its last store. The reader empties slots, and when all
 * of a full block are empty it sets the counter back, which hands them out anew: everything between is ordered by these
 * two words. */
#include "recorder.h"

#include <string.h>

#include "thread_place.h"

/* How often a thread looks for a slot before it gives up, where others are always faster. */
#define TRIES 8

/* For how many rounds in a row a block belongs to nobody before it counts as forgotten. */
#define FORGOTTEN_ROUNDS 8

#define FREE_WORDS (HOSTMEM_RECORDER_MOST_BLOCKS / HOSTMEM_WORD_BITS)

/* An event whose word with `what` in it is the last to be written; 0: not complete, or empty. */
struct hostmem_slot {
    uint64_t ticks;
    uint32_t thread;
    _Atomic uint32_t what;
    uint64_t rest[6];
};

_Static_assert(sizeof(hostmem_slot) == sizeof(hostmem_trace_event), "a slot is an event");
_Static_assert(offsetof(hostmem_slot, what) == offsetof(hostmem_trace_event, what), "with its parts in their places");
_Static_assert(offsetof(hostmem_slot, rest) == offsetof(hostmem_trace_event, result), "and the rest");

typedef struct block {
    _Atomic uint32_t next; /* slots that have been handed out; HOSTMEM_RECORDER_SLOTS or more: all */
    uint32_t empty;        /* the reader's from here: slots handed out and emptied, */
    uint32_t first;        /* those below it all are, */
    uint32_t idle_rounds;  /* for how many the block has belonged to nobody */
    hostmem_slot *slots;
    char pad[128 - 4 * sizeof(uint32_t) - sizeof(hostmem_slot *)];
} block;

typedef struct lane {
    _Atomic(block *) block;
    char pad[128 - sizeof(block *)];
} lane;

struct hostmem_recorder {
    lane lanes[HOSTMEM_LANES];
    _Atomic hostmem_word free[FREE_WORDS]; /* blocks that no lane has, by number */
    char pad_before_dropped[128];
    _Atomic uint64_t dropped;
    char pad_before_os[128];
    hostmem_os *os;
    SIZE_T bytes;
    uint32_t count;
    block blocks[];
};

/* ---- Threads that leave events ---- */

static block *take_free(hostmem_recorder *recorder)
{
    unsigned at, words = (recorder->count + HOSTMEM_WORD_BITS - 1) / HOSTMEM_WORD_BITS;
    for (at = 0; at < words; at++) {
        hostmem_word word = atomic_load_explicit(&recorder->free[at], memory_order_relaxed);
        while (word) {
            hostmem_word bit = word & (0 - word);
            word = atomic_fetch_and_explicit(&recorder->free[at], ~bit, memory_order_acquire);
            if (word & bit)
                return &recorder->blocks[at * HOSTMEM_WORD_BITS + hostmem_bits_lowest(bit)];
        }
    }
    return NULL;
}

static void put_free(hostmem_recorder *recorder, const block *done)
{
    unsigned index = (unsigned)(done - recorder->blocks);
    atomic_fetch_or_explicit(&recorder->free[index / HOSTMEM_WORD_BITS], (hostmem_word)1 << (index % HOSTMEM_WORD_BITS),
                             memory_order_release);
}

/* Gives the lane another block in place of the one that the caller has found full, unless somebody else has. False:
 * there is none. */
static bool renew(hostmem_recorder *recorder, lane *lane, block *full)
{
    block *fresh = take_free(recorder);
    if (!fresh)
        return atomic_load_explicit(&lane->block, memory_order_relaxed) != full;
    if (!atomic_compare_exchange_strong_explicit(&lane->block, &full, fresh, memory_order_acq_rel,
                                                 memory_order_relaxed))
        put_free(recorder, fresh);
    return true;
}

hostmem_slot *hostmem_recorder_take(hostmem_recorder *recorder)
{
    lane *lane = &recorder->lanes[hostmem_thread_place(HOSTMEM_LANES)];
    unsigned tries;
    for (tries = 0; tries < TRIES; tries++) {
        block *current = atomic_load_explicit(&lane->block, memory_order_acquire);
        /* The look before the step keeps the counter of a block that stays full from running over. */
        if (current && atomic_load_explicit(&current->next, memory_order_relaxed) < HOSTMEM_RECORDER_SLOTS) {
            uint32_t index = atomic_fetch_add_explicit(&current->next, 1, memory_order_acquire);
            if (index < HOSTMEM_RECORDER_SLOTS)
                return &current->slots[index];
        }
        if (!renew(recorder, lane, current))
            break;
    }
    atomic_fetch_add_explicit(&recorder->dropped, 1, memory_order_relaxed);
    return NULL;
}

void hostmem_recorder_fill(hostmem_slot *slot, const hostmem_trace_event *event)
{
    uint32_t what;
    slot->ticks = event->ticks;
    slot->thread = event->thread;
    memcpy(slot->rest, &event->result, sizeof slot->rest);
    memcpy(&what, &event->what, sizeof what);
    atomic_store_explicit(&slot->what, what, memory_order_release);
}

uint64_t hostmem_recorder_dropped(const hostmem_recorder *recorder)
{
    return atomic_load_explicit(&recorder->dropped, memory_order_relaxed);
}

/* ---- The reader ---- */

static uint32_t handed_out(const block *block)
{
    uint32_t next = atomic_load_explicit(&block->next, memory_order_acquire);
    return next < HOSTMEM_RECORDER_SLOTS ? next : HOSTMEM_RECORDER_SLOTS;
}

static bool is_in_a_lane(const hostmem_recorder *recorder, const block *block)
{
    unsigned i;
    for (i = 0; i < HOSTMEM_LANES; i++) {
        if (atomic_load_explicit(&recorder->lanes[i].block, memory_order_relaxed) == block)
            return true;
    }
    return false;
}

static bool is_free(const hostmem_recorder *recorder, const block *block)
{
    unsigned index = (unsigned)(block - recorder->blocks);
    return (atomic_load_explicit(&recorder->free[index / HOSTMEM_WORD_BITS], memory_order_relaxed) >>
            (index % HOSTMEM_WORD_BITS)) &
           1;
}

/* A thread that was ended, or overtaken, between two steps may leave a block with room that is neither free nor in a
 * lane. To take it for free by mistake would do no harm: two lanes may have the same one. */
static void find_forgotten(hostmem_recorder *recorder, block *block)
{
    if (is_free(recorder, block) || handed_out(block) == HOSTMEM_RECORDER_SLOTS || is_in_a_lane(recorder, block))
        block->idle_rounds = 0;
    else if (++block->idle_rounds == FORGOTTEN_ROUNDS)
        put_free(recorder, block);
}

static bool empty_slot(hostmem_slot *full, hostmem_recorder_reader *reader, void *context)
{
    hostmem_trace_event event;
    uint32_t what = atomic_load_explicit(&full->what, memory_order_acquire);
    if (!what)
        return false;
    event.ticks = full->ticks;
    event.thread = full->thread;
    memcpy(&event.what, &what, sizeof what);
    memcpy(&event.result, full->rest, sizeof full->rest);
    atomic_store_explicit(&full->what, 0, memory_order_relaxed);
    reader(context, &event);
    return true;
}

static uint32_t collect_block(hostmem_recorder *recorder, block *block, hostmem_recorder_reader *reader, void *context)
{
    uint32_t count = handed_out(block), found = 0, i;
    for (i = block->first; i < count; i++)
        found += empty_slot(&block->slots[i], reader, context);
    block->empty += found;
    if (block->empty == count) /* nothing is missing below */
        block->first = count;
    if (block->empty == HOSTMEM_RECORDER_SLOTS) {
        block->empty = 0;
        block->first = 0;
        atomic_store_explicit(&block->next, 0, memory_order_release);
        put_free(recorder, block);
    } else if (!found) {
        find_forgotten(recorder, block);
    }
    return found;
}

uint32_t hostmem_recorder_collect(hostmem_recorder *recorder, hostmem_recorder_reader *reader, void *context)
{
    uint32_t found = 0, i;
    for (i = 0; i < recorder->count; i++)
        found += collect_block(recorder, &recorder->blocks[i], reader, context);
    return found;
}

uint64_t hostmem_recorder_incomplete(hostmem_recorder *recorder)
{
    uint64_t incomplete = 0;
    uint32_t i;
    for (i = 0; i < recorder->count; i++)
        incomplete += handed_out(&recorder->blocks[i]) - recorder->blocks[i].empty;
    return incomplete;
}

/* ---- Life ---- */

UINT32 hostmem_recorder_create(hostmem_os *os, SIZE_T bytes, hostmem_recorder **out)
{
    uint32_t count = (uint32_t)((bytes + HOSTMEM_RECORDER_BLOCK_BYTES - 1) / HOSTMEM_RECORDER_BLOCK_BYTES), i;
    hostmem_recorder *recorder;
    SIZE_T head, total;
    hostmem_slot *slots;
    void *memory;
    UINT32 error;
    if (count < 2)
        count = 2;
    head = sizeof *recorder + count * sizeof(block);
    head = (head + sizeof(hostmem_slot) - 1) / sizeof(hostmem_slot) * sizeof(hostmem_slot);
    total = head + count * HOSTMEM_RECORDER_BLOCK_BYTES;
    error = os->table_reserve(os, total, &memory);
    if (error)
        return error;
    error = os->table_commit(os, memory, total);
    if (error) {
        os->table_release(os, memory, total);
        return error;
    }
    recorder = memory;
    recorder->os = os;
    recorder->bytes = total;
    recorder->count = count;
    slots = (hostmem_slot *)(void *)((char *)memory + head);
    for (i = 0; i < count; i++) {
        recorder->blocks[i].slots = slots + (SIZE_T)i * HOSTMEM_RECORDER_SLOTS;
        put_free(recorder, &recorder->blocks[i]);
    }
    *out = recorder;
    return 0;
}

void hostmem_recorder_destroy(hostmem_recorder *recorder)
{
    if (recorder)
        recorder->os->table_release(recorder->os, recorder, recorder->bytes);
}
