/* An array of names, and where each is. See thread_names.h. */
#include "thread_names.h"

#include <stdlib.h>

#include "utf8.h"

/* Room for one more. */
static bool grow(thread_names *names)
{
    uint32_t room = names->room ? 2 * names->room : 16;
    char(*larger)[THREAD_NAME];

    if (names->places.count < names->room)
        return true;
    if (names->room == THREAD_NAMES_MOST)
        return false;
    larger = realloc(names->names, room * sizeof(*larger));
    if (!larger)
        return false;
    names->names = larger;
    names->room = room;
    return true;
}

bool thread_names_add(thread_names *names, const hostmem_trace_item *item)
{
    live_entry place;
    const live_entry *known;

    if (item->kind != HOSTMEM_TRACE_ITEM_THREAD)
        return false;
    known = live_map_find(&names->places, 0, item->as.thread->id);
    place = (live_entry){.address = item->as.thread->id, .value = known ? known->value : names->places.count};
    if (!known && (!grow(names) || !live_map_put(&names->places, &place)))
        return false;
    utf8_printable(item->name, item->name_bytes, names->names[place.value], THREAD_NAME);
    return true;
}

const char *thread_names_find(const thread_names *names, uint32_t id)
{
    const live_entry *place = live_map_find(&names->places, 0, id);

    return place && *names->names[place->value] ? names->names[place->value] : NULL;
}

void thread_names_free(thread_names *names)
{
    live_map_free(&names->places);
    free(names->names);
    *names = (thread_names){0};
}
