/* Where live blocks begin: a byte for each granule of HMI_OS_BLOCK_DISTANCE, in which no two blocks begin. The byte
 * says in which half of the granule a block begins, and 0 that none does. A block that is allocated belongs to one
 * thread, which stores its byte without a locked instruction, as it could not with a bit. Removing compares and
 * exchanges, so of several threads that free the same block one gets it. Nothing of a block is read before its byte
 * was.
 *
 * Checked against ARM's memory model: a byte is released after what the block's head says and acquired by who removes
 * or finds it. The same address can only be given out again by a heap that a removing thread has given it back to. */
#ifndef HMI_BOOKS_BLOCK_MAP_H
#define HMI_BOOKS_BLOCK_MAP_H

#include <stdbool.h>

#include "books/sparse_array.h"

#define HMI_BLOCK_MAP_GRANULE HMI_OS_BLOCK_DISTANCE

typedef struct hmi_block_map {
    hmi_sparse_array words; /* used as bytes */
} hmi_block_map;

typedef _Atomic uint8_t hmi_block_mark;

/* Returns a Win32 error, 0 for success. */
UINT32 hmi_block_map_init(hmi_block_map *map, hostmem_os *os);

/* Precondition: nobody else uses the map. A zeroed struct may be passed. */
void hmi_block_map_destroy(hmi_block_map *map);

/* The mark of a block at address, which must be a multiple of MEMORY_ALLOCATION_ALIGNMENT. */
static inline uint8_t hmi_block_map_mark(UINT_PTR address)
{
    return (uint8_t)(1 + address / MEMORY_ALLOCATION_ALIGNMENT % 2);
}

/* The byte with number index that is in a word. */
static inline hmi_block_mark *hmi_block_map_byte(hmi_cell *word, uint64_t index)
{
    return word ? (hmi_block_mark *)(void *)word + index % sizeof(hmi_word) : NULL;
}

/* The byte for address; NULL if it has no memory, so that it is 0. */
static inline hmi_block_mark *hmi_block_map_find(hmi_block_map *map, UINT_PTR address)
{
    uint64_t index = address / HMI_BLOCK_MAP_GRANULE;
    return hmi_block_map_byte(hmi_sparse_array_peek(&map->words, index / sizeof(hmi_word)), index);
}

/* Adds a block that the calling thread has allocated, with memory for its byte committed first. False: there is no
 * memory. */
HMI_ALWAYS_INLINE bool hmi_block_map_add(hmi_block_map *map, UINT_PTR address)
{
    uint64_t index = address / HMI_BLOCK_MAP_GRANULE;
    hmi_cell *word = hmi_sparse_array_touch(&map->words, index / sizeof(hmi_word));
    if (word)
        atomic_store_explicit(hmi_block_map_byte(word, index), hmi_block_map_mark(address), memory_order_release);
    return word != NULL;
}

/* Removes the block that begins at address. False: none does. */
HMI_ALWAYS_INLINE bool hmi_block_map_remove(hmi_block_map *map, UINT_PTR address)
{
    hmi_block_mark *byte = hmi_block_map_find(map, address);
    uint8_t mark = hmi_block_map_mark(address);
    return address % MEMORY_ALLOCATION_ALIGNMENT == 0 && byte && atomic_compare_exchange_strong(byte, &mark, 0);
}

/* Whether a block begins at address. */
static inline bool hmi_block_map_has(hmi_block_map *map, UINT_PTR address)
{
    hmi_block_mark *byte = hmi_block_map_find(map, address);
    return address % MEMORY_ALLOCATION_ALIGNMENT == 0 && byte &&
           atomic_load_explicit(byte, memory_order_acquire) == hmi_block_map_mark(address);
}

/* Finds the first block that begins at or after address. False: there is none. */
bool hmi_block_map_next(hmi_block_map *map, UINT_PTR address, UINT_PTR *found);

#endif
