/* What is live while a trace is read: heap blocks, reservations, anything with an address and a size. An ordered
 * map, so that finding the entry that contains an address is as fast as finding one by its start. It grows to at
 * most LIVE_MAP_MOST entries, and every operation takes logarithmic time whatever the trace contains. */
#ifndef TRACE_LIVE_MAP_H
#define TRACE_LIVE_MAP_H

#include <stdbool.h>
#include <stdint.h>

enum { LIVE_MAP_MOST = 1 << 22 };

/* owner and address are the key: entries are ordered by owner first. */
typedef struct live_entry {
    uint64_t owner; /* for blocks the heap's id; otherwise anything that separates address ranges */
    uint64_t address;
    uint64_t size;
    uint64_t origin; /* these three are for the user of the map */
    uint64_t ticks;
    uint64_t value;
} live_entry;

enum { LIVE_NODE_LEAST = 15, LIVE_NODE_MOST = 2 * LIVE_NODE_LEAST + 1 };

/* A node of a B-tree. */
typedef struct live_node {
    uint32_t count; /* of entries */
    /* On each side of each entry; [0] is 0 in a leaf, and the next such node in one that is not in use. */
    uint32_t children[LIVE_NODE_MOST + 1];
    live_entry entries[LIVE_NODE_MOST]; /* in order */
} live_node;

/* Zero-initialized it is empty. */
typedef struct live_map {
    live_node *nodes; /* nodes[0] is not used: index 0 means none */
    uint32_t room;    /* number of nodes */
    uint32_t vacant;  /* number of nodes not in use, except for nodes[0] */
    uint32_t free;    /* the first of them */
    uint32_t root;
    uint32_t count; /* of entries */
} live_map;

/* Adds an entry, or replaces the one with its key. Returns false, without a change, if out of memory or if the map
 * is full. Pointers into the map become invalid. */
bool live_map_put(live_map *map, const live_entry *entry);

/* The same for a key that the map does not have. */
bool live_map_add(live_map *map, const live_entry *entry);

/* NULL if there is none. Until the next put or remove the caller may change the entry, except for its key. */
live_entry *live_map_find(const live_map *map, uint64_t owner, uint64_t address);

/* The entry with the highest address not above the given one, and the one with the lowest address not below it. */
live_entry *live_map_at_or_below(const live_map *map, uint64_t owner, uint64_t address);
live_entry *live_map_at_or_above(const live_map *map, uint64_t owner, uint64_t address);

/* The entry that contains an address (address - entry->address < size), or NULL. */
live_entry *live_map_around(const live_map *map, uint64_t owner, uint64_t address);

/* Returns false if there is no such entry. removed may be NULL. */
bool live_map_remove(live_map *map, uint64_t owner, uint64_t address, live_entry *removed);

void live_map_free(live_map *map);

#endif
