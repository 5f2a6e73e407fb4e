/* A balanced tree (AVL) in an array: the heights of a node's two subtrees differ by at most one. See live_map.h. */
#include "live_map.h"

#include <stdlib.h>

enum { FIRST_ROOM = 256 };

/* ---- Balance ---- */

static void measure(live_node *nodes, uint32_t at)
{
    uint32_t below = nodes[nodes[at].below].height, above = nodes[nodes[at].above].height;

    nodes[at].height = 1 + (below > above ? below : above);
}

/* Rotates: the child takes the place of its parent `at`. Returns the child. */
static uint32_t lift_below(live_node *nodes, uint32_t at)
{
    uint32_t lifted = nodes[at].below;

    nodes[at].below = nodes[lifted].above;
    nodes[lifted].above = at;
    measure(nodes, at);
    measure(nodes, lifted);
    return lifted;
}

static uint32_t lift_above(live_node *nodes, uint32_t at)
{
    uint32_t lifted = nodes[at].above;

    nodes[at].above = nodes[lifted].below;
    nodes[lifted].below = at;
    measure(nodes, at);
    measure(nodes, lifted);
    return lifted;
}

/* Balances a node whose subtrees are balanced. Returns the node that is now in its place. */
static uint32_t balance(live_node *nodes, uint32_t at)
{
    uint32_t below = nodes[at].below, above = nodes[at].above;

    if (nodes[below].height > nodes[above].height + 1) {
        if (nodes[nodes[below].below].height < nodes[nodes[below].above].height)
            nodes[at].below = lift_above(nodes, below);
        return lift_below(nodes, at);
    }
    if (nodes[above].height > nodes[below].height + 1) {
        if (nodes[nodes[above].above].height < nodes[nodes[above].below].height)
            nodes[at].above = lift_below(nodes, above);
        return lift_above(nodes, at);
    }
    measure(nodes, at);
    return at;
}

/* ---- Finding ---- */

/* Below 0: the key comes before the node's; above 0: after it. */
static int compare(const live_node *node, uint64_t owner, uint64_t address)
{
    if (owner != node->entry.owner)
        return owner < node->entry.owner ? -1 : 1;
    return address < node->entry.address ? -1 : address > node->entry.address;
}

/* The nearest entry of the same owner on one side. */
static live_entry *nearest(const live_map *map, uint64_t owner, uint64_t address, bool wants_below)
{
    live_entry *found = NULL;
    uint32_t at = map->root;

    while (at) {
        live_node *node = &map->nodes[at];
        int order = compare(node, owner, address);
        if (!order)
            return &node->entry;
        if (node->entry.owner == owner && (order > 0) == wants_below)
            found = &node->entry;
        at = order < 0 ? node->below : node->above;
    }
    return found;
}

live_entry *live_map_at_or_below(const live_map *map, uint64_t owner, uint64_t address)
{
    return nearest(map, owner, address, true);
}

live_entry *live_map_at_or_above(const live_map *map, uint64_t owner, uint64_t address)
{
    return nearest(map, owner, address, false);
}

live_entry *live_map_find(const live_map *map, uint64_t owner, uint64_t address)
{
    live_entry *entry = live_map_at_or_below(map, owner, address);

    return entry && entry->address == address ? entry : NULL;
}

live_entry *live_map_around(const live_map *map, uint64_t owner, uint64_t address)
{
    live_entry *entry = live_map_at_or_below(map, owner, address);

    return entry && address - entry->address < entry->size ? entry : NULL;
}

/* ---- Changing. Recursion is as deep as the tree is high: below 32. ---- */

/* A free node, or 0 if there is none. */
static uint32_t take_node(live_map *map)
{
    uint32_t taken = map->free, room = map->room ? 2 * map->room : FIRST_ROOM;
    live_node *nodes;

    if (!taken && map->count < LIVE_MAP_MOST) {
        nodes = realloc(map->nodes, room * sizeof(*nodes));
        if (!nodes)
            return 0;
        if (!map->room)
            nodes[map->room++] = (live_node){.height = 0};
        for (uint32_t i = map->room; i < room; i++)
            nodes[i] = (live_node){.below = i + 1 < room ? i + 1 : 0};
        taken = map->room;
        map->nodes = nodes;
        map->room = room;
    }
    if (taken)
        map->free = map->nodes[taken].below;
    return taken;
}

static uint32_t insert(live_node *nodes, uint32_t at, uint32_t added)
{
    const live_entry *entry = &nodes[added].entry;

    if (!at)
        return added;
    if (compare(&nodes[at], entry->owner, entry->address) < 0)
        nodes[at].below = insert(nodes, nodes[at].below, added);
    else
        nodes[at].above = insert(nodes, nodes[at].above, added);
    return balance(nodes, at);
}

bool live_map_put(live_map *map, const live_entry *entry)
{
    live_entry *old = live_map_find(map, entry->owner, entry->address);
    uint32_t added;

    if (old) {
        *old = *entry;
        return true;
    }
    added = take_node(map);
    if (!added)
        return false;
    map->nodes[added] = (live_node){.entry = *entry, .height = 1};
    map->root = insert(map->nodes, map->root, added);
    map->count++;
    return true;
}

/* Removes the lowest node from a non-empty subtree. Returns the new root of the subtree. */
static uint32_t take_lowest(live_node *nodes, uint32_t at, uint32_t *lowest)
{
    if (!nodes[at].below) {
        *lowest = at;
        return nodes[at].above;
    }
    nodes[at].below = take_lowest(nodes, nodes[at].below, lowest);
    return balance(nodes, at);
}

/* Removes the node with a key, if there is one; sets *taken to 0 if not. Returns the new root. */
static uint32_t take(live_node *nodes, uint32_t at, uint64_t owner, uint64_t address, uint32_t *taken)
{
    uint32_t next, above;
    int order;

    *taken = 0;
    if (!at)
        return 0;
    order = compare(&nodes[at], owner, address);
    if (order < 0) {
        nodes[at].below = take(nodes, nodes[at].below, owner, address, taken);
        return balance(nodes, at);
    }
    if (order > 0) {
        nodes[at].above = take(nodes, nodes[at].above, owner, address, taken);
        return balance(nodes, at);
    }
    *taken = at;
    if (!nodes[at].above)
        return nodes[at].below;
    above = take_lowest(nodes, nodes[at].above, &next);
    nodes[next].below = nodes[at].below;
    nodes[next].above = above;
    return balance(nodes, next);
}

bool live_map_remove(live_map *map, uint64_t owner, uint64_t address, live_entry *removed)
{
    uint32_t taken = 0;

    if (map->root)
        map->root = take(map->nodes, map->root, owner, address, &taken);
    if (!taken)
        return false;
    if (removed)
        *removed = map->nodes[taken].entry;
    map->nodes[taken].below = map->free;
    map->free = taken;
    map->count--;
    return true;
}

void live_map_free(live_map *map)
{
    free(map->nodes);
    *map = (live_map){0};
}
