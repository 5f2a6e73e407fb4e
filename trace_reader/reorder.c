/* Merge sort, with what is in order already: the events of a thread are, in pieces of some hundred. What was added
 * between two sorts becomes a run; a run is merged with the next one when that is not much smaller, so that there are
 * few runs, and no event is merged often, whatever the ticks are. Only keys are moved. See reorder.h. */
#include "reorder.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4096 };

/* ---- Adding ---- */

static bool grow_array(void **array, size_t bytes)
{
    void *grown = realloc(*array, bytes);

    if (grown)
        *array = grown;
    return grown != NULL;
}

static bool grow(reorder *reorder)
{
    uint32_t room = reorder->room ? 2 * reorder->room : FIRST_ROOM;
    void *arrays[] = {reorder->keys, reorder->spare, reorder->vacant, reorder->events};
    bool has_grown = grow_array(&arrays[0], 2 * room * sizeof(*reorder->keys)) &&
                     grow_array(&arrays[1], room * sizeof(*reorder->spare)) &&
                     grow_array(&arrays[2], room * sizeof(*reorder->vacant)) &&
                     grow_array(&arrays[3], room * sizeof(*reorder->events));

    reorder->keys = arrays[0];
    reorder->spare = arrays[1];
    reorder->vacant = arrays[2];
    reorder->events = arrays[3];
    if (!has_grown)
        return false;
    for (uint32_t i = 0; i < room - reorder->room; i++)
        reorder->vacant[i] = room - 1 - i;
    reorder->room = room;
    return true;
}

static uint32_t move_keys(reorder *reorder, uint32_t to, uint32_t first, uint32_t end)
{
    memmove(reorder->keys + to, reorder->keys + first, (end - first) * sizeof(*reorder->keys));
    return to + (end - first);
}

/* Moves all keys to the beginning. */
static void compact(reorder *reorder)
{
    uint32_t end = 0;

    for (uint32_t i = 0; i < reorder->run_count; i++) {
        reorder_run *run = &reorder->runs[i];
        uint32_t first = end;
        end = move_keys(reorder, first, run->first, run->end);
        *run = (reorder_run){first, end};
    }
    reorder->end = move_keys(reorder, end, reorder->sorted, reorder->end);
    reorder->sorted = end;
}

hostmem_trace_event *hmi_reorder_room(reorder *reorder)
{
    if (reorder->count == reorder->room && !grow(reorder))
        return NULL;
    if (reorder->end == 2 * reorder->room)
        compact(reorder);
    return &reorder->events[reorder->vacant[reorder->room - reorder->count - 1]];
}

void hmi_reorder_add(reorder *reorder)
{
    uint32_t place = reorder->vacant[reorder->room - reorder->count - 1];

    reorder->keys[reorder->end++] = (reorder_key){reorder->events[place].ticks, place};
    reorder->count++;
}

/* ---- Sorting ---- */

/* Returns the end of what was written. */
static reorder_key *merge(const reorder_key *one, const reorder_key *one_end, const reorder_key *other,
                          const reorder_key *other_end, reorder_key *to)
{
    while (one < one_end && other < other_end)
        *to++ = other->ticks < one->ticks ? *other++ : *one++;
    for (; one < one_end; one++)
        *to++ = *one;
    for (; other < other_end; other++)
        *to++ = *other;
    return to;
}

/* The end of what is in order from a key on. */
static const reorder_key *order_end(const reorder_key *from, const reorder_key *end)
{
    do
        from++;
    while (from < end && from->ticks >= from[-1].ticks);
    return from;
}

/* Merges each two pieces that are in order. Returns whether there was more than one pair. */
static bool merge_pairs(const reorder_key *from, const reorder_key *end, reorder_key *to)
{
    unsigned pairs = 0;

    for (; from < end; pairs += pairs < 2) {
        const reorder_key *one_end = order_end(from, end);
        const reorder_key *other_end = one_end < end ? order_end(one_end, end) : end;
        to = merge(from, one_end, one_end, other_end, to);
        from = other_end;
    }
    return pairs > 1;
}

static void sort_added(reorder *reorder)
{
    reorder_key *keys = reorder->keys + reorder->sorted, *spare = reorder->spare, *from = keys;
    uint32_t count = reorder->end - reorder->sorted;
    bool is_sorted = order_end(keys, keys + count) == keys + count;

    while (!is_sorted) {
        reorder_key *to = from == keys ? spare : keys;
        is_sorted = !merge_pairs(from, from + count, to);
        from = to;
    }
    if (from != keys)
        memcpy(keys, spare, count * sizeof(*keys));
}

/* Merges the last two runs. */
static void merge_last(reorder *reorder)
{
    reorder_run *one = &reorder->runs[reorder->run_count - 2], *other = one + 1;
    uint32_t count = (one->end - one->first) + (other->end - other->first);
    const reorder_key *keys = reorder->keys;

    merge(keys + one->first, keys + one->end, keys + other->first, keys + other->end, reorder->spare);
    memcpy(reorder->keys + one->first, reorder->spare, count * sizeof(*keys));
    one->end = reorder->sorted = reorder->end = one->first + count;
    reorder->run_count--;
}

static bool should_merge(const reorder *reorder)
{
    const reorder_run *last = &reorder->runs[reorder->run_count - 1];

    return reorder->run_count > 1 &&
           (reorder->run_count == REORDER_RUNS || (last[-1].end - last[-1].first) / 2 < last->end - last->first);
}

void hmi_reorder_sort(reorder *reorder)
{
    if (reorder->sorted == reorder->end)
        return;
    sort_added(reorder);
    reorder->runs[reorder->run_count++] = (reorder_run){reorder->sorted, reorder->end};
    reorder->sorted = reorder->end;
    while (should_merge(reorder))
        merge_last(reorder);
}

/* ---- Taking out ---- */

static uint32_t least_run(const reorder *reorder)
{
    uint32_t least = 0;

    for (uint32_t i = 1; i < reorder->run_count; i++)
        if (reorder->keys[reorder->runs[i].first].ticks < reorder->keys[reorder->runs[least].first].ticks)
            least = i;
    return least;
}

uint64_t hmi_reorder_least(const reorder *reorder)
{
    return reorder->keys[reorder->runs[least_run(reorder)].first].ticks;
}

uint64_t hmi_reorder_nth(reorder *reorder, uint32_t n)
{
    while (reorder->run_count > 1)
        merge_last(reorder);
    return reorder->keys[reorder->runs[0].first + n].ticks;
}

static void remove_run(reorder *reorder, uint32_t at)
{
    reorder->run_count--;
    memmove(&reorder->runs[at], &reorder->runs[at + 1], (reorder->run_count - at) * sizeof(*reorder->runs));
    if (!reorder->run_count)
        reorder->sorted = reorder->end = 0;
}

const hostmem_trace_event *hmi_reorder_take(reorder *reorder)
{
    uint32_t at = least_run(reorder);
    uint32_t place = reorder->keys[reorder->runs[at].first++].place;

    if (reorder->runs[at].first == reorder->runs[at].end)
        remove_run(reorder, at);
    reorder->count--;
    reorder->vacant[reorder->room - reorder->count - 1] = place;
    return &reorder->events[place];
}

void hmi_reorder_free(reorder *reorder)
{
    free(reorder->keys);
    free(reorder->spare);
    free(reorder->vacant);
    free(reorder->events);
}
