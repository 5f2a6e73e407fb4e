/* Ranges in leaves of some hundred each, and a sorted array of the leaves: an insertion moves at most one leaf's
 * contents, and a full leaf is split. */
#include "report_ranges.h"

#include <stdlib.h>
#include <string.h>

#define LEAF_ROOM 256u

struct report_ranges_leaf {
    size_t count;
    report_range at[LEAF_ROOM];
};

typedef struct position {
    size_t leaf, index; /* index < count of the leaf, or leaf == leaf_count */
} position;

void report_ranges_destroy(report_ranges *ranges)
{
    for (size_t i = 0; i < ranges->leaf_count; i++)
        free(ranges->leaves[i]);
    free(ranges->leaves);
}

/* The first range that ends above address. */
static position find(const report_ranges *ranges, uint64_t address)
{
    size_t low = 0, high = ranges->leaf_count;
    position found = {0, 0};
    while (low < high) {
        size_t middle = (low + high) / 2;
        const report_ranges_leaf *leaf = ranges->leaves[middle];
        if (leaf->at[leaf->count - 1].end > address)
            high = middle;
        else
            low = middle + 1;
    }
    found.leaf = low;
    if (low == ranges->leaf_count)
        return found;
    low = 0;
    high = ranges->leaves[found.leaf]->count - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ranges->leaves[found.leaf]->at[middle].end > address)
            high = middle;
        else
            low = middle + 1;
    }
    found.index = low;
    return found;
}

static report_range *range_at(const report_ranges *ranges, position at)
{
    return at.leaf < ranges->leaf_count ? &ranges->leaves[at.leaf]->at[at.index] : NULL;
}

report_range report_ranges_next(const report_ranges *ranges, uint64_t address)
{
    static const report_range none;
    const report_range *range = range_at(ranges, find(ranges, address));
    return range ? *range : none;
}

static report_ranges_leaf *add_leaf(report_ranges *ranges, size_t at)
{
    report_ranges_leaf *leaf;
    if (ranges->leaf_count == ranges->leaf_room) {
        size_t room = ranges->leaf_room ? 2 * ranges->leaf_room : 16;
        report_ranges_leaf **leaves = realloc(ranges->leaves, room * sizeof *leaves);
        if (!leaves)
            return NULL;
        ranges->leaves = leaves;
        ranges->leaf_room = room;
    }
    leaf = malloc(sizeof *leaf);
    if (!leaf)
        return NULL;
    leaf->count = 0;
    memmove(&ranges->leaves[at + 1], &ranges->leaves[at], (ranges->leaf_count - at) * sizeof(report_ranges_leaf *));
    ranges->leaves[at] = leaf;
    ranges->leaf_count++;
    return leaf;
}

/* Inserts range, which must not overlap another. */
static bool insert(report_ranges *ranges, report_range range)
{
    position at = find(ranges, range.start);
    report_ranges_leaf *leaf;
    if (at.leaf == ranges->leaf_count) { /* at the end of the last leaf */
        if (at.leaf) {
            at.leaf--;
            at.index = ranges->leaves[at.leaf]->count;
        } else if (!add_leaf(ranges, 0)) {
            return false;
        }
    }
    leaf = ranges->leaves[at.leaf];
    if (leaf->count == LEAF_ROOM) {
        report_ranges_leaf *second = add_leaf(ranges, at.leaf + 1);
        if (!second)
            return false;
        second->count = LEAF_ROOM / 2;
        leaf->count -= second->count;
        memcpy(second->at, &leaf->at[leaf->count], second->count * sizeof *second->at);
        if (at.index > leaf->count) {
            at.index -= leaf->count;
            leaf = second;
        }
    }
    memmove(&leaf->at[at.index + 1], &leaf->at[at.index], (leaf->count - at.index) * sizeof *leaf->at);
    leaf->at[at.index] = range;
    leaf->count++;
    return true;
}

static void erase(report_ranges *ranges, position at)
{
    report_ranges_leaf *leaf = ranges->leaves[at.leaf];
    leaf->count--;
    memmove(&leaf->at[at.index], &leaf->at[at.index + 1], (leaf->count - at.index) * sizeof *leaf->at);
    if (leaf->count)
        return;
    free(leaf);
    ranges->leaf_count--;
    memmove(&ranges->leaves[at.leaf], &ranges->leaves[at.leaf + 1],
            (ranges->leaf_count - at.leaf) * sizeof(report_ranges_leaf *));
}

/* Removes [start, end) from the range at a position, which contains it. */
static bool cut(report_ranges *ranges, position at, uint64_t start, uint64_t end)
{
    report_range *range = range_at(ranges, at);
    report_range rest = {end, range->end, range->state};
    if (range->start == start && range->end == end) {
        erase(ranges, at);
    } else if (range->start == start) {
        range->start = end;
    } else if (range->end == end) {
        range->end = start;
    } else {
        range->end = start;
        if (!insert(ranges, rest)) {
            range->end = rest.end;
            return false;
        }
    }
    return true;
}

/* Sets the state of [start, end), which must be empty, and merges it with neighbours in the same state. */
static bool put(report_ranges *ranges, uint64_t start, uint64_t end, uint32_t state)
{
    report_range range = {start, end, state};
    report_range *neighbour;
    position at = find(ranges, end);
    neighbour = range_at(ranges, at);
    if (neighbour && neighbour->start == end && neighbour->state == state) {
        range.end = neighbour->end;
        erase(ranges, at);
    }
    if (start) {
        neighbour = range_at(ranges, find(ranges, start - 1));
        if (neighbour && neighbour->end == start && neighbour->state == state) {
            neighbour->end = range.end;
            return true;
        }
    }
    return insert(ranges, range);
}

bool report_ranges_update(report_ranges *ranges, uint64_t start, uint64_t end, report_ranges_choose *choose,
                          void *context)
{
    while (start < end) {
        position at = find(ranges, start);
        const report_range *range = range_at(ranges, at);
        uint32_t old = range && range->start <= start ? range->state : 0;
        uint64_t until = !range ? end : old ? range->end : range->start;
        uint32_t chosen;
        if (until > end)
            until = end;
        chosen = choose(context, start, until, old);
        if (chosen != old) {
            if (old && !cut(ranges, at, start, until))
                return false;
            if (chosen && !put(ranges, start, until, chosen))
                return false;
        }
        start = until;
    }
    return true;
}
