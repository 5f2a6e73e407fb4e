/* A B-tree in an array: a node has up to MOST entries in order and, unless it is a leaf, a child on each side of each
 * of them. All leaves are equally deep, and all nodes but the root have at least LEAST entries. Full nodes are split,
 * and poor ones filled, on the way down, so that nothing has to be done on the way back. See live_map.h. */
#include "live_map.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEAST = LIVE_NODE_LEAST,
    MOST = LIVE_NODE_MOST,
    FIRST_ROOM = 16, /* nodes */
    MOST_SPLITS = 8  /* more than a tree of LIVE_MAP_MOST entries has levels */
};

/* ---- Nodes ---- */

/* Makes sure that so many nodes can be taken. */
static bool make_room(live_map *map, uint32_t nodes)
{
    uint32_t room = map->room ? map->room + map->room / 2 : FIRST_ROOM;
    live_node *grown;

    if (map->vacant >= nodes)
        return true;
    grown = realloc(map->nodes, room * sizeof(*grown));
    if (!grown)
        return false;
    map->nodes = grown;
    for (uint32_t i = map->room ? map->room : 1; i < room; i++) {
        grown[i].children[0] = map->free;
        map->free = i;
        map->vacant++;
    }
    map->room = room;
    return make_room(map, nodes);
}

static uint32_t take_node(live_map *map)
{
    uint32_t taken = map->free;

    map->free = map->nodes[taken].children[0];
    map->vacant--;
    map->nodes[taken].count = 0;
    map->nodes[taken].children[0] = 0;
    return taken;
}

static void put_node(live_map *map, uint32_t node)
{
    map->nodes[node].children[0] = map->free;
    map->free = node;
    map->vacant++;
}

static bool is_leaf(const live_node *node)
{
    return !node->children[0];
}

static void move_entries(live_entry *to, const live_entry *from, uint32_t count)
{
    memmove(to, from, count * sizeof(*to));
}

static void move_children(uint32_t *to, const uint32_t *from, uint32_t count)
{
    memmove(to, from, count * sizeof(*to));
}

/* ---- Finding ---- */

/* 1 or 0. */
static uint32_t is_before(const live_entry *entry, uint64_t owner, uint64_t address)
{
    return (uint32_t)(entry->owner < owner) |
           ((uint32_t)(entry->owner == owner) & (uint32_t)(entry->address < address));
}

/* The place of the first entry that is not before the key. Without branches, which the processor could not predict. */
static uint32_t place_of(const live_node *node, uint64_t owner, uint64_t address)
{
    uint32_t from = 0, count = node->count;

    if (!count)
        return 0;
    while (count > 1) {
        uint32_t half = count / 2;
        from += half & (0 - is_before(&node->entries[from + half - 1], owner, address));
        count -= half;
    }
    return from + is_before(&node->entries[from], owner, address);
}

static bool is_at(const live_node *node, uint32_t place, uint64_t owner, uint64_t address)
{
    return place < node->count && node->entries[place].owner == owner && node->entries[place].address == address;
}

/* The nearest entry of the same owner on one side. */
static live_entry *nearest(const live_map *map, uint64_t owner, uint64_t address, bool wants_below)
{
    live_entry *found = NULL;

    for (uint32_t at = map->root; at;) {
        live_node *node = &map->nodes[at];
        uint32_t place = place_of(node, owner, address), side = place - wants_below;
        if (is_at(node, place, owner, address))
            return &node->entries[place];
        if (side < node->count && node->entries[side].owner == owner)
            found = &node->entries[side];
        at = is_leaf(node) ? 0 : node->children[place];
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
    for (uint32_t at = map->root; at;) {
        live_node *node = &map->nodes[at];
        uint32_t place = place_of(node, owner, address);
        if (is_at(node, place, owner, address))
            return &node->entries[place];
        at = is_leaf(node) ? 0 : node->children[place];
    }
    return NULL;
}

live_entry *live_map_around(const live_map *map, uint64_t owner, uint64_t address)
{
    live_entry *entry = live_map_at_or_below(map, owner, address);

    return entry && address - entry->address < entry->size ? entry : NULL;
}

/* ---- Adding ---- */

/* Splits the full child at a place. There is room for one more entry, and a node to take. */
static void split_child(live_map *map, uint32_t at, uint32_t place)
{
    uint32_t added = take_node(map);
    live_node *node = &map->nodes[at], *left = &map->nodes[node->children[place]], *right = &map->nodes[added];

    move_entries(right->entries, left->entries + LEAST + 1, LEAST);
    if (!is_leaf(left))
        move_children(right->children, left->children + LEAST + 1, LEAST + 1);
    left->count = right->count = LEAST;
    move_entries(node->entries + place + 1, node->entries + place, node->count - place);
    move_children(node->children + place + 2, node->children + place + 1, node->count - place);
    node->entries[place] = left->entries[LEAST];
    node->children[place + 1] = added;
    node->count++;
}

static void insert(live_map *map, const live_entry *entry)
{
    uint32_t at = map->root;

    if (!at || map->nodes[at].count == MOST) {
        map->root = take_node(map);
        map->nodes[map->root].children[0] = at;
        if (at)
            split_child(map, map->root, 0);
        at = map->root;
    }
    for (;;) {
        live_node *node = &map->nodes[at];
        uint32_t place = place_of(node, entry->owner, entry->address);
        if (is_leaf(node)) {
            move_entries(node->entries + place + 1, node->entries + place, node->count - place);
            node->entries[place] = *entry;
            node->count++;
            return;
        }
        if (map->nodes[node->children[place]].count == MOST) {
            split_child(map, at, place);
            place += is_before(&node->entries[place], entry->owner, entry->address);
        }
        at = node->children[place];
    }
}

bool live_map_add(live_map *map, const live_entry *entry)
{
    if (map->count == LIVE_MAP_MOST || !make_room(map, MOST_SPLITS))
        return false;
    insert(map, entry);
    map->count++;
    return true;
}

bool live_map_put(live_map *map, const live_entry *entry)
{
    live_entry *old = live_map_find(map, entry->owner, entry->address);

    if (!old)
        return live_map_add(map, entry);
    *old = *entry;
    return true;
}

/* ---- Removing ---- */

/* Merges the children on both sides of an entry, which have LEAST entries each, and the entry. */
static uint32_t merge_children(live_map *map, uint32_t at, uint32_t place)
{
    live_node *node = &map->nodes[at];
    uint32_t merged = node->children[place], gone = node->children[place + 1];
    live_node *left = &map->nodes[merged], *right = &map->nodes[gone];

    left->entries[LEAST] = node->entries[place];
    move_entries(left->entries + LEAST + 1, right->entries, LEAST);
    if (!is_leaf(left))
        move_children(left->children + LEAST + 1, right->children, LEAST + 1);
    left->count = MOST;
    node->count--;
    move_entries(node->entries + place, node->entries + place + 1, node->count - place);
    move_children(node->children + place + 1, node->children + place + 2, node->count - place);
    put_node(map, gone);
    return merged;
}

/* An entry passes from the child before a place to the one at it, through the node. */
static void pass_above(live_node *node, live_node *from, live_node *to, uint32_t place)
{
    move_entries(to->entries + 1, to->entries, to->count);
    to->entries[0] = node->entries[place - 1];
    if (!is_leaf(to)) {
        move_children(to->children + 1, to->children, to->count + 1);
        to->children[0] = from->children[from->count];
    }
    to->count++;
    from->count--;
    node->entries[place - 1] = from->entries[from->count];
}

/* And from the child after a place. */
static void pass_below(live_node *node, live_node *from, live_node *to, uint32_t place)
{
    to->entries[to->count] = node->entries[place];
    if (!is_leaf(to))
        to->children[to->count + 1] = from->children[0];
    to->count++;
    from->count--;
    node->entries[place] = from->entries[0];
    move_entries(from->entries, from->entries + 1, from->count);
    if (!is_leaf(from))
        move_children(from->children, from->children + 1, from->count + 1);
}

/* Returns the child for a place, after making sure that it has more than LEAST entries. */
static uint32_t rich_child(live_map *map, uint32_t at, uint32_t place)
{
    live_node *node = &map->nodes[at], *child = &map->nodes[node->children[place]];
    live_node *before = place ? &map->nodes[node->children[place - 1]] : NULL;
    live_node *after = place < node->count ? &map->nodes[node->children[place + 1]] : NULL;

    if (child->count > LEAST)
        return node->children[place];
    if (before && before->count > LEAST)
        pass_above(node, before, child, place);
    else if (after && after->count > LEAST)
        pass_below(node, after, child, place);
    else
        return merge_children(map, at, before ? place - 1 : place);
    return node->children[place];
}

/* Removes the last or the first entry below a node that has more than LEAST. */
static live_entry take_outermost(live_map *map, uint32_t at, bool is_last)
{
    live_entry taken;
    live_node *leaf;

    while (!is_leaf(&map->nodes[at]))
        at = rich_child(map, at, is_last ? map->nodes[at].count : 0);
    leaf = &map->nodes[at];
    taken = leaf->entries[is_last ? leaf->count - 1 : 0];
    leaf->count--;
    if (!is_last)
        move_entries(leaf->entries, leaf->entries + 1, leaf->count);
    return taken;
}

/* Removes an entry of a node that is not a leaf, by another in its place, if a child has one to give. Otherwise returns
 * the node to which the entry has been moved. */
static uint32_t replace(live_map *map, uint32_t at, uint32_t place)
{
    uint32_t before = map->nodes[at].children[place], after = map->nodes[at].children[place + 1];
    bool is_last = map->nodes[before].count > LEAST;
    live_entry other;

    if (!is_last && map->nodes[after].count <= LEAST)
        return merge_children(map, at, place);
    other = take_outermost(map, is_last ? before : after, is_last);
    map->nodes[at].entries[place] = other;
    return 0;
}

/* Returns whether there was such an entry. */
static bool take(live_map *map, uint64_t owner, uint64_t address, live_entry *taken)
{
    bool is_taken = false;

    for (uint32_t at = map->root; at;) {
        live_node *node = &map->nodes[at];
        uint32_t place = place_of(node, owner, address);
        bool found = is_at(node, place, owner, address);
        if (found && !is_taken)
            *taken = node->entries[place];
        is_taken = is_taken || found;
        if (is_leaf(node)) {
            node->count -= found;
            if (found)
                move_entries(node->entries + place, node->entries + place + 1, node->count - place);
            return is_taken;
        }
        at = found ? replace(map, at, place) : rich_child(map, at, place);
    }
    return is_taken;
}

bool live_map_remove(live_map *map, uint64_t owner, uint64_t address, live_entry *removed)
{
    live_entry taken;
    uint32_t root = map->root;
    bool is_taken = take(map, owner, address, &taken);

    if (root && !map->nodes[root].count) {
        map->root = map->nodes[root].children[0];
        put_node(map, root);
    }
    if (is_taken && removed)
        *removed = taken;
    map->count -= is_taken;
    return is_taken;
}

void live_map_free(live_map *map)
{
    free(map->nodes);
    *map = (live_map){0};
}
