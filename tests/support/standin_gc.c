/* The garbage-collected heap: threads, growth and collections. See standin_gc.h; the marking and moving of nodes is in
 * standin_compact.c. */
#include "standin_gc.h"

#include "standin_calls.h"
#include "standin_compact.h"

#include <string.h>

/* What a thread takes at once, as the CLR's allocation contexts do. */
#define CHUNK_BYTES 8192u
#define CHUNK_SLOTS (CHUNK_BYTES / sizeof(standin_node))

/* Kept for as long as the heap is open. */
#define INITIAL_BYTES ((SIZE_T)256 * 1024)

/* How much may be allocated between collections at least, and when memory is short. */
#define BUDGET_SLOTS ((SIZE_T)1536 * 1024)
#define EAGER_BUDGET_SLOTS (BUDGET_SLOTS / 16)

/* From this load on, in percent, the CLR's collector counts memory as short. */
#define HIGH_LOAD 90u

/* The small object segments of a workstation CLR. */
#ifdef _WIN64
#define SEGMENT_BYTES ((SIZE_T)256 * 1024 * 1024)
#else
#define SEGMENT_BYTES ((SIZE_T)16 * 1024 * 1024)
#endif

typedef enum collect_reason { BY_BUDGET, BY_LOW, BY_REFUSAL } collect_reason;

static SIZE_T max_size(SIZE_T a, SIZE_T b)
{
    return a > b ? a : b;
}

static SIZE_T min_size(SIZE_T a, SIZE_T b)
{
    return a < b ? a : b;
}

/* How many bytes of a segment the first slots slots of the heap take. */
static SIZE_T bytes_of(const standin_gc *gc, UINT32 segment, SIZE_T slots)
{
    SIZE_T bytes = slots * sizeof(standin_node);
    SIZE_T before = segment * gc->segment_size;

    return bytes <= before ? 0 : min_size(bytes - before, gc->segment_size);
}

/* ---- growing and shrinking, under the lock ---- */

static HRESULT grow(standin_gc *gc, SIZE_T slots, EMemoryCriticalLevel level)
{
    UINT32 needed = (UINT32)((slots * sizeof(standin_node) + gc->segment_size - 1) / gc->segment_size);

    if (needed > STANDIN_GC_SEGMENTS)
        return E_OUTOFMEMORY;
    while (gc->segment_count < needed) {
        HRESULT hr = standin_segment_open(gc->check, &gc->segments[gc->segment_count], gc->segment_size, level);

        if (hr != S_OK)
            return hr;
        gc->segment_count++;
    }
    return standin_segment_grow(gc->check, &gc->segments[needed - 1], bytes_of(gc, needed - 1, slots), level);
}

/* Gives back everything behind the used slots but the initial commit. */
static void trim(standin_gc *gc)
{
    SIZE_T committed;

    while (gc->segment_count > 1 && !bytes_of(gc, gc->segment_count - 1, gc->used_slots))
        standin_segment_close(gc->check, &gc->segments[--gc->segment_count]);
    for (UINT32 i = 0; i < gc->segment_count; i++) {
        SIZE_T keep = bytes_of(gc, i, gc->used_slots);

        standin_segment_shrink(gc->check, &gc->segments[i], i ? keep : max_size(keep, INITIAL_BYTES));
    }
    committed = (gc->segment_count - 1) * gc->segment_size + gc->segments[gc->segment_count - 1].committed;
    gc->clean_from_slot = min_size(gc->clean_from_slot, committed / sizeof(standin_node));
}

/* Keeps what lies behind the used slots for later, without its contents. */
static void reset_tail(standin_gc *gc)
{
    for (UINT32 i = 0; i < gc->segment_count; i++)
        standin_segment_reset(gc->check, &gc->segments[i], bytes_of(gc, i, gc->used_slots),
                              bytes_of(gc, i, gc->clean_from_slot));
}

/* ---- collections, under the lock ---- */

static void park(standin_gc *gc)
{
    gc->running--;
    WakeAllConditionVariable(&gc->changed);
    while (gc->collecting)
        SleepConditionVariableCS(&gc->changed, &gc->lock, INFINITE);
    gc->running++;
}

static void count_collection(standin_gc *gc, collect_reason reason, BOOL eager)
{
    InterlockedIncrement(&gc->collections);
    if (reason == BY_LOW)
        InterlockedIncrement(&gc->collections_by_low);
    if (reason == BY_REFUSAL)
        InterlockedIncrement(&gc->collections_by_refusal);
    if (eager)
        InterlockedIncrement(&gc->eager_collections);
}

/* Chunks were handed out since the writes were last forgotten, so the system must know of a write to each. */
static void drop_chunks(standin_gc *gc)
{
    for (standin_mutator *mutator = gc->mutators; mutator; mutator = mutator->next) {
        if (mutator->chunk_next > mutator->chunk)
            standin_segment_check_written(gc->check, mutator->chunk, CHUNK_BYTES);
        mutator->chunk = mutator->chunk_next = mutator->chunk_end = NULL;
    }
}

/* The calling thread is a running mutator. */
static void collect(standin_gc *gc, collect_reason reason)
{
    DWORD load;
    BOOL eager;
    SIZE_T live;

    gc->collecting = TRUE;
    InterlockedExchange(&gc->interrupt, 1);
    while (gc->running > 1)
        SleepConditionVariableCS(&gc->changed, &gc->lock, INFINITE);

    load = standin_memory_load(gc->check);
    eager = reason == BY_REFUSAL || gc->low_memory || load >= HIGH_LOAD;
    drop_chunks(gc);
    live = standin_compact(gc);
    gc->used_slots = (live + CHUNK_SLOTS - 1) / CHUNK_SLOTS * CHUNK_SLOTS;
    for (UINT32 i = 0; i < gc->segment_count; i++)
        standin_segment_forget_writes(gc->check, &gc->segments[i], bytes_of(gc, i, gc->used_slots));
    if (eager)
        trim(gc);
    else
        reset_tail(gc);
    gc->budget_slots = gc->used_slots + max_size(live / (eager ? 4 : 1), eager ? EAGER_BUDGET_SLOTS : BUDGET_SLOTS);
    count_collection(gc, reason, eager);

    gc->collecting = FALSE;
    InterlockedExchange(&gc->interrupt, 0);
    if (gc->low_pending)
        InterlockedExchange(&gc->interrupt, 1);
    WakeAllConditionVariable(&gc->changed);
}

/* Answers whatever interrupted the thread. */
static void safe_point(standin_gc *gc)
{
    if (gc->collecting)
        park(gc);
    if (InterlockedExchange(&gc->low_pending, 0))
        collect(gc, BY_LOW);
}

/* ---- what threads call ---- */

static void take_chunk(standin_mutator *mutator)
{
    standin_gc *gc = mutator->gc;

    mutator->chunk = mutator->chunk_next = standin_compact_slot(gc, gc->used_slots);
    mutator->chunk_end = mutator->chunk + CHUNK_SLOTS;
    if (gc->used_slots < gc->clean_from_slot)
        memset(mutator->chunk, 0, CHUNK_BYTES);
    gc->used_slots += CHUNK_SLOTS;
    gc->clean_from_slot = max_size(gc->clean_from_slot, gc->used_slots);
}

static BOOL refill(standin_mutator *mutator)
{
    standin_gc *gc = mutator->gc;
    BOOL refused = FALSE, done = FALSE;

    EnterCriticalSection(&gc->lock);
    while (!done) {
        safe_point(gc);
        if (gc->used_slots + CHUNK_SLOTS > gc->budget_slots)
            collect(gc, BY_BUDGET);
        done = grow(gc, gc->used_slots + CHUNK_SLOTS, mutator->level) == S_OK;
        if (done)
            take_chunk(mutator);
        else if (refused)
            break;
        else
            collect(gc, BY_REFUSAL);
        refused = !done;
    }
    LeaveCriticalSection(&gc->lock);
    return done;
}

standin_node *standin_gc_new(standin_mutator *mutator)
{
    standin_gc *gc = mutator->gc;
    standin_node *node;

    if (gc->interrupt) {
        EnterCriticalSection(&gc->lock);
        safe_point(gc);
        LeaveCriticalSection(&gc->lock);
    }
    if (mutator->chunk_next == mutator->chunk_end && !refill(mutator))
        return NULL;
    node = mutator->chunk_next++;
    node->header = gc->method_table;
    return node;
}

void standin_gc_collect_for_refusal(standin_mutator *mutator)
{
    standin_gc *gc = mutator->gc;

    EnterCriticalSection(&gc->lock);
    if (gc->collecting)
        park(gc);
    else
        collect(gc, BY_REFUSAL);
    LeaveCriticalSection(&gc->lock);
}

void standin_gc_attach(standin_gc *gc, standin_mutator *mutator)
{
    mutator->gc = gc;
    EnterCriticalSection(&gc->lock);
    while (gc->collecting)
        SleepConditionVariableCS(&gc->changed, &gc->lock, INFINITE);
    mutator->next = gc->mutators;
    gc->mutators = mutator;
    gc->running++;
    LeaveCriticalSection(&gc->lock);
}

void standin_gc_detach(standin_mutator *mutator)
{
    standin_gc *gc = mutator->gc;

    EnterCriticalSection(&gc->lock);
    for (standin_mutator **link = &gc->mutators; *link; link = &(*link)->next)
        if (*link == mutator) {
            *link = mutator->next;
            break;
        }
    gc->running--;
    WakeAllConditionVariable(&gc->changed);
    LeaveCriticalSection(&gc->lock);
}

/* ---- the heap's own life ---- */

HRESULT standin_gc_open(standin_gc *gc, standin_check *check, const void *method_table, EMemoryCriticalLevel level)
{
    HRESULT hr;

    memset(gc, 0, sizeof(*gc));
    gc->check = check;
    gc->method_table = (UINT_PTR)method_table;
    gc->segment_size = SEGMENT_BYTES;
    gc->budget_slots = BUDGET_SLOTS;
    InitializeCriticalSection(&gc->lock);
    InitializeConditionVariable(&gc->changed);
    hr = grow(gc, INITIAL_BYTES / sizeof(standin_node), level);
    if (hr != S_OK)
        standin_gc_close(gc);
    return hr;
}

void standin_gc_close(standin_gc *gc)
{
    while (gc->segment_count)
        standin_segment_close(gc->check, &gc->segments[--gc->segment_count]);
    DeleteCriticalSection(&gc->lock);
}

void standin_gc_clear(standin_gc *gc)
{
    EnterCriticalSection(&gc->lock);
    gc->used_slots = 0;
    gc->budget_slots = BUDGET_SLOTS;
    trim(gc);
    LeaveCriticalSection(&gc->lock);
}

void standin_gc_notify_low(standin_gc *gc)
{
    InterlockedIncrement(&gc->low_memory);
    InterlockedExchange(&gc->low_pending, 1);
    InterlockedExchange(&gc->interrupt, 1);
}

void standin_gc_notify_enough(standin_gc *gc)
{
    InterlockedExchange(&gc->low_memory, 0);
}
