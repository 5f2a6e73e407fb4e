/* A map of blocks over a sparse array, whose words are only ever used as bytes here. */
#include "books/block_map.h"

UINT32 hmi_block_map_init(hmi_block_map *map, hostmem_os *os)
{
    hmi_os_info info;
    os->get_info(os, &info);
    return hmi_sparse_array_init(&map->words, os,
                                 info.highest_address / HMI_BLOCK_MAP_GRANULE / sizeof(hmi_word) + (uint64_t)1);
}

void hmi_block_map_destroy(hmi_block_map *map)
{
    hmi_sparse_array_destroy(&map->words);
}

/* The block that begins in the granule with number index, if its mark says so. */
static UINT_PTR block_of(uint64_t index, uint8_t mark)
{
    return (UINT_PTR)index * HMI_BLOCK_MAP_GRANULE + (UINT_PTR)(mark - 1u) * MEMORY_ALLOCATION_ALIGNMENT;
}

/* Looks through the bytes from index to the end of their page. */
static bool find_on_page(hmi_block_map *map, uint64_t index, UINT_PTR address, UINT_PTR *found)
{
    hmi_cell *word = hmi_sparse_array_peek(&map->words, index / sizeof(hmi_word));
    uint64_t end = index / sizeof(hmi_word) + hmi_sparse_array_run(&map->words, index / sizeof(hmi_word));
    hmi_block_mark *byte = hmi_block_map_byte(word, index);
    for (; word && index < end * sizeof(hmi_word); index++, byte++) {
        uint8_t mark = atomic_load_explicit(byte, memory_order_acquire);
        if (mark && block_of(index, mark) >= address) {
            *found = block_of(index, mark);
            return true;
        }
    }
    return false;
}

bool hmi_block_map_next(hmi_block_map *map, UINT_PTR address, UINT_PTR *found)
{
    uint64_t index = address / HMI_BLOCK_MAP_GRANULE;
    uint64_t word = index / sizeof(hmi_word), next = hmi_sparse_array_next(&map->words, word);
    for (; next < map->words.length;
         next = hmi_sparse_array_next(&map->words, next + hmi_sparse_array_run(&map->words, next))) {
        if (find_on_page(map, next == word ? index : next * sizeof(hmi_word), address, found))
            return true;
    }
    return false;
}
