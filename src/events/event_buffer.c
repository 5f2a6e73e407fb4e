/* One table has the lanes, the blocks, the set of free blocks, and the slots. A thread gets a slot by adding one to its
 * block's counter, and marks the slot complete with its last store. The reader empties slots; when all slots of a full
 * block are empty, it resets the counter, so that they are handed out again. These two words order everything between
 * them. A suspended thread may leave a slot incomplete and complete it any time later, so no other thread may get that
 * slot. After some rounds the block is handed out again without it: the slot is marked as withheld, and threads skip it
 * until it was completed and emptied. A thread looks at that before it takes the slot, and takes it only if the counter
 * is what it was before: a mark that it saw afterwards might be for its own sake.
 *
 * The reader sleeps. So that a burst of events does not find the buffer full, who takes a block of the upper half wakes
 * it: blocks are taken from the first free one on.
 *
 * Checked against ARM's memory model: a thread's writes to a slot come after the reader has emptied it, by the release
 * of `next` and the acquire of the load of it, and so does its look at the withheld slots; the reader's look at the
 * fields comes after `what`, by its release and acquire. A block's number passes through `free` in the same way. No
 * store has to be visible before a later load. Whether the reader was called is relaxed: called twice or at the next
 * block, it comes all the same. */
#include "events/event_buffer.h"

#include <string.h>

#include "base/thread_slot.h"

/* How often a thread tries to get a slot, if other threads are always faster. */
#define TRIES 8

/* After this many rounds in a row, a block that is in no lane is freed, and slots that are the only ones missing are
 * withheld. */
#define FORGOTTEN_ROUNDS 8

#define SLOT_WORDS (HMI_EVENT_BUFFER_SLOTS / HMI_WORD_BITS)
#define FREE_WORDS (HMI_EVENT_BUFFER_MAX_BLOCKS / HMI_WORD_BITS)

/* So a thread that is stopped while it takes a slot could take a wrong one if in the meantime the block were handed out
 * 2^23 times, and just as many of its slots. */
#define NEXT_TURN (2 * HMI_EVENT_BUFFER_SLOTS)

/* An event. The word with `what` is written last; 0: incomplete, or empty. */
struct hmi_event_slot {
    uint64_t ticks;
    uint32_t thread;
    _Atomic uint32_t what;
    uint64_t rest[6];
};

_Static_assert(sizeof(hmi_event_slot) == sizeof(hostmem_trace_event), "a slot is an event");
_Static_assert(offsetof(hmi_event_slot, what) == offsetof(hostmem_trace_event, what), "with its parts in their places");
_Static_assert(offsetof(hmi_event_slot, rest) == offsetof(hostmem_trace_event, result), "and the rest");

typedef struct block {
    _Atomic uint32_t next; /* slots handed out, plus NEXT_TURN for each time that all were */
    uint32_t idle_rounds;  /* used by the reader: rounds without a change, for FORGOTTEN_ROUNDS */
    hmi_event_slot *slots;
    _Atomic hmi_word withheld[SLOT_WORDS]; /* written by the reader: slots that are not handed out */
    /* used by the reader only, from here: slots emptied since they were handed out */
    hmi_word emptied[SLOT_WORDS];
    uint32_t first;   /* all slots below this are emptied or withheld */
    uint32_t missing; /* number of withheld slots that are not emptied */
    char pad[128 - 4 * sizeof(uint32_t) - sizeof(hmi_event_slot *) - 2 * sizeof(hmi_word[SLOT_WORDS])];
} block;

_Static_assert(sizeof(block) == 128, "blocks keep apart");

typedef struct lane {
    _Atomic(block *) block;
    char pad[128 - sizeof(block *)];
} lane;

struct hmi_event_buffer {
    lane lanes[HMI_EVENT_LANES];
    _Atomic hmi_word free[FREE_WORDS]; /* bits of the blocks that are in no lane */
    char pad_before_dropped[128];
    _Atomic uint64_t dropped;
    char pad_before_called[128];
    atomic_bool called; /* the reader's event was set, and it has not collected since */
    void *event;        /* the reader's */
    hostmem_os *os;
    SIZE_T bytes;
    uint32_t count;
    block blocks[];
};

/* ---- Threads that record events ---- */

static block *take_free(hmi_event_buffer *buffer)
{
    unsigned at, words = (buffer->count + HMI_WORD_BITS - 1) / HMI_WORD_BITS;
    for (at = 0; at < words; at++) {
        hmi_word word = atomic_load_explicit(&buffer->free[at], memory_order_relaxed);
        while (word) {
            hmi_word bit = word & (0 - word);
            word = atomic_fetch_and_explicit(&buffer->free[at], ~bit, memory_order_acquire);
            if (word & bit)
                return &buffer->blocks[at * HMI_WORD_BITS + hmi_bits_lowest(bit)];
        }
    }
    return NULL;
}

static void put_free(hmi_event_buffer *buffer, const block *done)
{
    unsigned index = (unsigned)(done - buffer->blocks);
    atomic_fetch_or_explicit(&buffer->free[index / HMI_WORD_BITS], (hmi_word)1 << (index % HMI_WORD_BITS),
                             memory_order_release);
}

/* Once, until the reader collects: a thread that is ended in between leaves the reader to its own pace. */
static void call_reader(hmi_event_buffer *buffer)
{
    if (!atomic_exchange_explicit(&buffer->called, true, memory_order_relaxed))
        buffer->os->event_set(buffer->os, buffer->event);
}

/* Whether the blocks up to this one, which are given out from the first on, are half of all. */
static bool is_in_upper_half(const hmi_event_buffer *buffer, const block *block)
{
    return (uint32_t)(block - buffer->blocks) >= buffer->count / 2;
}

/* Gives the lane another block in place of the full one, unless another thread has done so. False: there is none. */
static bool renew(hmi_event_buffer *buffer, lane *lane, block *full)
{
    block *fresh = take_free(buffer);
    if (!fresh)
        return atomic_load_explicit(&lane->block, memory_order_relaxed) != full;
    if (!atomic_compare_exchange_strong_explicit(&lane->block, &full, fresh, memory_order_acq_rel,
                                                 memory_order_relaxed))
        put_free(buffer, fresh);
    else if (is_in_upper_half(buffer, fresh))
        call_reader(buffer);
    return true;
}

static bool is_withheld(const block *block, uint32_t index)
{
    return atomic_load_explicit(&block->withheld[index / HMI_WORD_BITS], memory_order_relaxed) >>
               (index % HMI_WORD_BITS) &
           1;
}

/* NULL: all slots of the block were handed out. */
static hmi_event_slot *take_slot(block *block)
{
    uint32_t next = atomic_load_explicit(&block->next, memory_order_acquire), index;
    while ((index = next % NEXT_TURN) < HMI_EVENT_BUFFER_SLOTS) {
        bool withheld = is_withheld(block, index);
        if (!atomic_compare_exchange_weak_explicit(&block->next, &next, next + 1, memory_order_acquire,
                                                   memory_order_acquire))
            continue;
        if (!withheld)
            return &block->slots[index];
        next++;
    }
    return NULL;
}

hmi_event_slot *hmi_event_buffer_take(hmi_event_buffer *buffer)
{
    lane *lane = &buffer->lanes[hmi_thread_slot(HMI_EVENT_LANES)];
    unsigned tries;
    for (tries = 0; tries < TRIES; tries++) {
        block *current = atomic_load_explicit(&lane->block, memory_order_acquire);
        hmi_event_slot *slot = current ? take_slot(current) : NULL;
        if (slot)
            return slot;
        if (!renew(buffer, lane, current))
            break;
    }
    atomic_fetch_add_explicit(&buffer->dropped, 1, memory_order_relaxed);
    return NULL;
}

void hmi_event_buffer_fill(hmi_event_slot *slot, const hostmem_trace_event *event)
{
    uint32_t what;
    slot->ticks = event->ticks;
    slot->thread = event->thread;
    memcpy(slot->rest, &event->result, sizeof slot->rest);
    memcpy(&what, &event->what, sizeof what);
    atomic_store_explicit(&slot->what, what, memory_order_release);
}

uint64_t hmi_event_buffer_dropped(const hmi_event_buffer *buffer)
{
    return atomic_load_explicit(&buffer->dropped, memory_order_relaxed);
}

/* ---- The reader ---- */

static uint32_t handed_out(const block *block)
{
    return atomic_load_explicit(&block->next, memory_order_acquire) % NEXT_TURN;
}

static bool is_in_a_lane(const hmi_event_buffer *buffer, const block *block)
{
    unsigned i;
    for (i = 0; i < HMI_EVENT_LANES; i++) {
        if (atomic_load_explicit(&buffer->lanes[i].block, memory_order_relaxed) == block)
            return true;
    }
    return false;
}

static bool is_free(const hmi_event_buffer *buffer, const block *block)
{
    unsigned index = (unsigned)(block - buffer->blocks);
    return (atomic_load_explicit(&buffer->free[index / HMI_WORD_BITS], memory_order_relaxed) >>
            (index % HMI_WORD_BITS)) &
           1;
}

/* A thread that was ended or overtaken between two steps may leave a block that has room but is neither free nor in a
 * lane. Freeing a block by mistake does no harm, because two lanes may use the same block. */
static void find_forgotten(hmi_event_buffer *buffer, block *block)
{
    if (is_free(buffer, block) || is_in_a_lane(buffer, block))
        block->idle_rounds = 0;
    else if (++block->idle_rounds == FORGOTTEN_ROUNDS)
        put_free(buffer, block);
}

static bool empty_slot(hmi_event_slot *full, hmi_event_buffer_reader *reader, void *context)
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

/* Empties a slot if it is complete and was not emptied before. */
static bool empty_numbered(block *block, uint32_t index, hmi_event_buffer_reader *reader, void *context)
{
    hmi_word bit = (hmi_word)1 << (index % HMI_WORD_BITS), *emptied = &block->emptied[index / HMI_WORD_BITS];
    if ((*emptied & bit) || !empty_slot(&block->slots[index], reader, context))
        return false;
    *emptied |= bit;
    return true;
}

/* Collects withheld slots, whose threads may have completed them. */
static uint32_t collect_withheld(block *block, hmi_event_buffer_reader *reader, void *context)
{
    uint32_t found = 0, i;
    for (i = 0; block->missing && i < HMI_EVENT_BUFFER_SLOTS; i++)
        found += is_withheld(block, i) && empty_numbered(block, i, reader, context);
    block->missing -= found;
    return found;
}

static uint32_t count_emptied(const block *block)
{
    uint32_t count = 0;
    unsigned i;
    for (i = 0; i < SLOT_WORDS; i++)
        count += hmi_bits_count(block->emptied[i]);
    return count;
}

/* Hands the slots out again, except for those that are not emptied. */
static void reuse(hmi_event_buffer *buffer, block *block)
{
    uint32_t next;
    unsigned i;
    block->missing = HMI_EVENT_BUFFER_SLOTS - count_emptied(block);
    block->first = 0;
    block->idle_rounds = 0;
    for (i = 0; i < SLOT_WORDS; i++) {
        atomic_store_explicit(&block->withheld[i], ~block->emptied[i], memory_order_relaxed);
        block->emptied[i] = 0;
    }
    /* All are handed out, so no thread changes it. */
    next = atomic_load_explicit(&block->next, memory_order_relaxed);
    atomic_store_explicit(&block->next, next - HMI_EVENT_BUFFER_SLOTS + NEXT_TURN, memory_order_release);
    put_free(buffer, block);
}

static uint32_t collect_block(hmi_event_buffer *buffer, block *block, hmi_event_buffer_reader *reader, void *context)
{
    uint32_t count = handed_out(block), found = collect_withheld(block, reader, context), i;
    bool is_complete = true;
    for (i = block->first; i < count; i++) {
        if (is_withheld(block, i))
            continue;
        if (empty_numbered(block, i, reader, context))
            found++;
        else if (!(block->emptied[i / HMI_WORD_BITS] >> (i % HMI_WORD_BITS) & 1))
            is_complete = false;
    }
    if (is_complete)
        block->first = count;
    if (count < HMI_EVENT_BUFFER_SLOTS) {
        if (!found)
            find_forgotten(buffer, block);
    } else if (is_complete || (!found && ++block->idle_rounds >= FORGOTTEN_ROUNDS && count_emptied(block))) {
        reuse(buffer, block);
    }
    return found;
}

uint32_t hmi_event_buffer_collect(hmi_event_buffer *buffer, hmi_event_buffer_reader *reader, void *context)
{
    uint32_t found = 0, i;
    atomic_store_explicit(&buffer->called, false, memory_order_relaxed);
    for (i = 0; i < buffer->count; i++)
        found += collect_block(buffer, &buffer->blocks[i], reader, context);
    return found;
}

void *hmi_event_buffer_event(const hmi_event_buffer *buffer)
{
    return buffer->event;
}

/* The number of slots of a block that threads have and have not completed. */
static uint32_t incomplete_in(const block *block)
{
    uint32_t count = handed_out(block), incomplete = block->missing, i;
    for (i = block->first; i < count; i++)
        incomplete += !is_withheld(block, i) && !(block->emptied[i / HMI_WORD_BITS] >> (i % HMI_WORD_BITS) & 1);
    return incomplete;
}

uint64_t hmi_event_buffer_capacity(const hmi_event_buffer *buffer)
{
    return (uint64_t)buffer->count * HMI_EVENT_BUFFER_SLOTS;
}

uint64_t hmi_event_buffer_incomplete(hmi_event_buffer *buffer)
{
    uint64_t incomplete = 0;
    uint32_t i;
    for (i = 0; i < buffer->count; i++)
        incomplete += incomplete_in(&buffer->blocks[i]);
    return incomplete;
}

/* ---- Creating and destroying ---- */

UINT32 hmi_event_buffer_create(hostmem_os *os, SIZE_T bytes, hmi_event_buffer **out)
{
    uint32_t count = (uint32_t)((bytes + HMI_EVENT_BUFFER_BLOCK_BYTES - 1) / HMI_EVENT_BUFFER_BLOCK_BYTES), i;
    hmi_event_buffer *buffer;
    SIZE_T head, total;
    hmi_event_slot *slots;
    void *memory;
    UINT32 error;
    if (count < 2)
        count = 2;
    head = sizeof *buffer + count * sizeof(block);
    head = (head + sizeof(hmi_event_slot) - 1) / sizeof(hmi_event_slot) * sizeof(hmi_event_slot);
    total = head + count * HMI_EVENT_BUFFER_BLOCK_BYTES;
    error = os->table_reserve(os, total, &memory);
    if (error)
        return error;
    buffer = memory;
    error = os->table_commit(os, memory, total);
    if (!error)
        error = os->event_create(os, &buffer->event);
    if (error) {
        os->table_release(os, memory, total);
        return error;
    }
    buffer->os = os;
    buffer->bytes = total;
    buffer->count = count;
    slots = (hmi_event_slot *)(void *)((char *)memory + head);
    for (i = 0; i < count; i++) {
        buffer->blocks[i].slots = slots + (SIZE_T)i * HMI_EVENT_BUFFER_SLOTS;
        put_free(buffer, &buffer->blocks[i]);
    }
    *out = buffer;
    return 0;
}

void hmi_event_buffer_destroy(hmi_event_buffer *buffer)
{
    if (!buffer)
        return;
    buffer->os->event_destroy(buffer->os, buffer->event);
    buffer->os->table_release(buffer->os, buffer, buffer->bytes);
}
