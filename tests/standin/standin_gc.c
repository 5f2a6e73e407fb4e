/* The garbage-collected heap: threads and collections. See standin_gc.h; marking and moving nodes is in
 * standin_compact.c, growing and shrinking in standin_growth.c. */
#include "standin_gc.h"

#include "standin_calls.h"
#include "standin_compact.h"
#include "standin_growth.h"

#include <string.h>

/* What a thread takes at once, like the CLR's allocation contexts. */
#define CHUNK_BYTES 8192u
#define CHUNK_SLOTS (CHUNK_BYTES / sizeof(standin_node))

/* Kept as long as the heap is open. */
#define INITIAL_BYTES ((SIZE_T)256 * 1024)

/* The minimum number of slots allocated between collections, normally and when memory is short. */
#define BUDGET_SLOTS ((SIZE_T)1536 * 1024)
#define EAGER_BUDGET_SLOTS (BUDGET_SLOTS / 16)

/* From this load on, in percent, the CLR's collector regards memory as short. */
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

/* ---- Collections, under the lock ---- */

static void leave(standin_gc *gc)
{
    gc->running--;
    WakeAllConditionVariable(&gc->changed);
}

static void come_back(standin_gc *gc)
{
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

/* Chunks were handed out since the record of writes was last reset, so the system must report a write to each. */
static void drop_chunks(standin_gc *gc)
{
    for (standin_mutator *mutator = gc->mutators; mutator; mutator = mutator->next) {
        if (mutator->chunk_next > mutator->chunk)
            standin_segment_check_written(gc->check, mutator->chunk, CHUNK_BYTES);
        mutator->chunk = mutator->chunk_next = mutator->chunk_end = NULL;
    }
}

/* The calling thread must be a running mutator. */
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
        standin_segment_forget_writes(gc->check, &gc->segments[i], standin_growth_bytes(gc, i, gc->used_slots));
    if (eager)
        standin_growth_trim(gc, INITIAL_BYTES);
    else
        standin_growth_reset_tail(gc);
    gc->budget_slots = gc->used_slots + max_size(live / (eager ? 4 : 1), eager ? EAGER_BUDGET_SLOTS : BUDGET_SLOTS);
    count_collection(gc, reason, eager);

    gc->collecting = FALSE;
    InterlockedExchange(&gc->interrupt, 0);
    if (gc->low_pending)
        InterlockedExchange(&gc->interrupt, 1);
    WakeAllConditionVariable(&gc->changed);
}

/* Handles whatever interrupted the thread. */
static void safe_point(standin_gc *gc)
{
    if (gc->collecting) {
        leave(gc);
        come_back(gc);
    }
    if (InterlockedExchange(&gc->low_pending, 0))
        collect(gc, BY_LOW);
}

/* ---- Functions for threads ---- */

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

/* Grows the heap, or waits for another thread that does. Collections can run meanwhile. */
static HRESULT grow(standin_gc *gc, EMemoryCriticalLevel level)
{
    HRESULT hr = S_OK;

    leave(gc);
    if (!gc->growing)
        hr = standin_growth_step(gc, level);
    else
        while (gc->growing)
            SleepConditionVariableCS(&gc->changed, &gc->lock, INFINITE);
    come_back(gc);
    return hr;
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
        done = standin_growth_has(gc, gc->used_slots + CHUNK_SLOTS);
        if (done) {
            take_chunk(mutator);
        } else if (grow(gc, mutator->level) != S_OK) {
            if (refused)
                break;
            refused = TRUE;
            collect(gc, BY_REFUSAL);
        }
    }
    LeaveCriticalSection(&gc->lock);
    return done;
}

void standin_gc_safe_point(standin_mutator *mutator)
{
    EnterCriticalSection(&mutator->gc->lock);
    safe_point(mutator->gc);
    LeaveCriticalSection(&mutator->gc->lock);
}

standin_node *standin_gc_new(standin_mutator *mutator)
{
    standin_gc *gc = mutator->gc;
    standin_node *node;

    if (gc->interrupt)
        standin_gc_safe_point(mutator);
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
        safe_point(gc);
    else
        collect(gc, BY_REFUSAL);
    LeaveCriticalSection(&gc->lock);
}

void standin_gc_leave(standin_mutator *mutator)
{
    EnterCriticalSection(&mutator->gc->lock);
    leave(mutator->gc);
    LeaveCriticalSection(&mutator->gc->lock);
}

void standin_gc_come_back(standin_mutator *mutator)
{
    EnterCriticalSection(&mutator->gc->lock);
    come_back(mutator->gc);
    LeaveCriticalSection(&mutator->gc->lock);
}

void standin_gc_attach(standin_gc *gc, standin_mutator *mutator)
{
    mutator->gc = gc;
    EnterCriticalSection(&gc->lock);
    come_back(gc);
    mutator->next = gc->mutators;
    gc->mutators = mutator;
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
    leave(gc);
    LeaveCriticalSection(&gc->lock);
}

/* ---- Opening and closing ---- */

HRESULT standin_gc_open(standin_gc *gc, standin_check *check, const void *method_table, EMemoryCriticalLevel level)
{
    HRESULT hr = S_OK;

    memset(gc, 0, sizeof(*gc));
    gc->check = check;
    gc->method_table = (UINT_PTR)method_table;
    gc->segment_size = SEGMENT_BYTES;
    gc->budget_slots = BUDGET_SLOTS;
    InitializeCriticalSection(&gc->lock);
    InitializeConditionVariable(&gc->changed);
    gc->low = CreateEventW(NULL, FALSE, FALSE, NULL);
    EnterCriticalSection(&gc->lock);
    while (hr == S_OK && !standin_growth_has(gc, INITIAL_BYTES / sizeof(standin_node)))
        hr = standin_growth_step(gc, level);
    LeaveCriticalSection(&gc->lock);
    if (hr == S_OK && !gc->low)
        hr = E_OUTOFMEMORY;
    if (hr != S_OK)
        standin_gc_close(gc);
    return hr;
}

void standin_gc_close(standin_gc *gc)
{
    while (gc->segment_count)
        standin_segment_close(gc->check, &gc->segments[--gc->segment_count]);
    DeleteCriticalSection(&gc->lock);
    if (gc->low)
        CloseHandle(gc->low);
}

void standin_gc_clear(standin_gc *gc)
{
    EnterCriticalSection(&gc->lock);
    gc->used_slots = 0;
    gc->budget_slots = BUDGET_SLOTS;
    standin_growth_trim(gc, INITIAL_BYTES);
    LeaveCriticalSection(&gc->lock);
}

void standin_gc_notify_low(standin_gc *gc)
{
    InterlockedIncrement(&gc->low_memory);
    InterlockedExchange(&gc->low_pending, 1);
    InterlockedExchange(&gc->interrupt, 1);
    SetEvent(gc->low);
}

void standin_gc_notify_enough(standin_gc *gc)
{
    InterlockedExchange(&gc->low_memory, 0);
}
