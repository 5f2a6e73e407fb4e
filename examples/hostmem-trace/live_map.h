/* What is live while a trace is read: blocks of heaps, reservations, whatever has an address and a size. An ordered
 * map, so that what contains an address is found as quickly as what begins there. It grows with what is in it and up
 * to LIVE_MAP_MOST; a trace cannot make any operation slower than its logarithm. */
#ifndef TRACE_LIVE_MAP_H
#define TRACE_LIVE_MAP_H

#include <stdbool.h>
#include <stdint.h>

enum { LIVE_MAP_MOST = 1 << 22 };

/* owner and address are the key: entries are ordered by owner first. */
typedef struct live_entry {
    uint64_t owner; /* the heap's id, for blocks; anything else that keeps addresses apart */
    uint64_t address;
    uint64_t size;
    uint64_t origin; /* these three are the user's */
    uint64_t ticks;
    uint64_t value;
} live_entry;

typedef struct live_node {
    live_entry entry;
    uint32_t below; /* 0: none; of free nodes the next one */
    uint32_t above;
    uint32_t height;
} live_node;

/* Zeroes are an empty one. */
typedef struct live_map {
    live_node *nodes; /* the first stands for none */
    uint32_t room;
    uint32_t root;
    uint32_t free; /* nodes that are not in use */
    uint32_t count;
} live_map;

/* Adds an entry, or replaces the one with its key. False where there is no memory or the map is as large as it may
 * be; it is as it was then. Pointers into the map are void afterwards. */
bool live_map_put(live_map *map, const live_entry *entry);

/* NULL if there is none. What the pointer shows may be changed, but for the key, until the next put or remove. */
live_entry *live_map_find(const live_map *map, uint64_t owner, uint64_t address);

/* The entry with the highest address that is not above the one given, and with the lowest that is not below it. */
live_entry *live_map_at_or_below(const live_map *map, uint64_t owner, uint64_t address);
live_entry *live_map_at_or_above(const live_map *map, uint64_t owner, uint64_t address);

/* The entry that contains an address: address - entry->address is below its size. NULL if there is none. */
live_entry *live_map_around(const live_map *map, uint64_t owner, uint64_t address);

/* False if there is no such entry. removed may be NULL. */
bool live_map_remove(live_map *map, uint64_t owner, uint64_t address, live_entry *removed);

void live_map_free(live_map *map);

#endif
