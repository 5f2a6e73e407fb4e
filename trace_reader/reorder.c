/* A binary heap. Only the keys are moved, not the events; keys beyond count hold the indices of free slots. See
 * reorder.h. */
#include "reorder.h"

#include <stdlib.h>

enum { FIRST_ROOM = 4096 };

static bool is_less(const reorder_key *a, const reorder_key *b)
{
    return a->ticks != b->ticks ? a->ticks < b->ticks : a->turn < b->turn;
}

static bool grow(reorder *reorder)
{
    uint32_t room = reorder->room ? 2 * reorder->room : FIRST_ROOM;
    reorder_key *keys = realloc(reorder->keys, room * sizeof(*keys));
    hostmem_trace_event *events;

    if (!keys)
        return false;
    reorder->keys = keys;
    events = realloc(reorder->events, room * sizeof(*events));
    if (!events)
        return false;
    reorder->events = events;
    for (; reorder->room < room; reorder->room++)
        keys[reorder->room].place = reorder->room;
    return true;
}

bool hmi_reorder_push(reorder *reorder, const hostmem_trace_event *event)
{
    reorder_key key, *keys;
    uint32_t at;

    if (reorder->count == reorder->room && !grow(reorder))
        return false;
    keys = reorder->keys;
    at = reorder->count++;
    key = (reorder_key){event->ticks, reorder->turns++, keys[at].place};
    reorder->events[key.place] = *event;
    for (; at && is_less(&key, &keys[(at - 1) / 2]); at = (at - 1) / 2)
        keys[at] = keys[(at - 1) / 2];
    keys[at] = key;
    return true;
}

uint64_t hmi_reorder_least(const reorder *reorder)
{
    return reorder->keys[0].ticks;
}

void hmi_reorder_pop(reorder *reorder, hostmem_trace_event *event)
{
    reorder_key *keys = reorder->keys, key;
    uint32_t at = 0, child, count = --reorder->count, place = keys[0].place;

    *event = reorder->events[place];
    key = keys[count];
    keys[count].place = place;
    if (!count)
        return;
    while ((child = 2 * at + 1) < count) {
        if (child + 1 < count && is_less(&keys[child + 1], &keys[child]))
            child++;
        if (!is_less(&keys[child], &key))
            break;
        keys[at] = keys[child];
        at = child;
    }
    keys[at] = key;
}

void hmi_reorder_free(reorder *reorder)
{
    free(reorder->keys);
    free(reorder->events);
}
