/* Heap blocks that are live while a trace is read, by heap and address. A hash table, because nobody asks for what is
 * near a block. It grows to at most LIVE_MAP_MOST blocks and heaps. A file cannot make it slow: the hash function is
 * another one in each run. */
#ifndef TRACE_LIVE_BLOCKS_H
#define TRACE_LIVE_BLOCKS_H

#include "live_map.h"

/* What is read to find one is at its beginning: mostly one cache line. */
typedef struct live_block {
    uint32_t next;         /* with the same hash value; of one that is not in use, the next such one; 0: none */
    uint32_t newer, older; /* in the ring of the heap's blocks, to which one belongs that is not a block */
    uint32_t reserved;
    live_entry entry;
} live_block;

/* Zero-initialized it is empty. */
typedef struct live_blocks {
    live_block *blocks; /* blocks[0] is not used: index 0 means none */
    uint32_t *first;    /* by hash value: index of a block */
    uint32_t room;      /* number of blocks, and of hash values; a power of two, or 0 */
    uint32_t shift;     /* a product's highest bits are the hash value */
    uint32_t free;      /* the first block not in use */
    uint32_t count;     /* of blocks */
    uint32_t taken;     /* number of blocks in use, with those that begin a ring */
    live_map heaps;     /* value: index of what begins the ring */
    uint64_t factors[2];
    uint64_t recent_heap; /* the one that a block was added to last */
    uint32_t recent_ring; /* its ring; 0: none */
} live_blocks;

typedef enum live_added {
    LIVE_ADDED,
    LIVE_REPLACED, /* instead of one with the same key, of which no event said that it was freed */
    LIVE_NO_ROOM   /* out of memory, or there are too many */
} live_added;

/* Adds a block. If there is one with its owner (the heap) and address, it is replaced and written to *before. Pointers
 * to entries become invalid. */
live_added live_blocks_add(live_blocks *blocks, const live_entry *block, live_entry *before);

/* NULL if there is none. */
const live_entry *live_blocks_find(const live_blocks *blocks, uint64_t heap, uint64_t address);

/* Returns false if there is no such block. removed may be NULL. */
bool live_blocks_remove(live_blocks *blocks, uint64_t heap, uint64_t address, live_entry *removed);

/* Removes the oldest block of a heap. Returns false if the heap has none, and then forgets the heap. removed may be
 * NULL. */
bool live_blocks_release(live_blocks *blocks, uint64_t heap, live_entry *removed);

void live_blocks_free(live_blocks *blocks);

#endif
