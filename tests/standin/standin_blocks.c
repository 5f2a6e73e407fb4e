/* Native blocks. See standin_blocks.h. */
#include "standin_blocks.h"

#include "standin_calls.h"

#include <string.h>

/* A linear congruential generator with a fixed seed, so that every run is the same. */
static UINT32 next_random(standin_blocks *blocks)
{
    blocks->random = blocks->random * 1664525u + 1013904223u;
    return blocks->random >> 8;
}

/* Most blocks of a runtime are some dozens of bytes; now and then there is a table, rarely a large one, and
 * sometimes a block of size 0. */
static SIZE_T next_size(standin_blocks *blocks)
{
    static const struct {
        UINT32 per_mille;
        UINT32 least;
        UINT32 most;
    } classes[] = {{10, 0, 0}, {690, 8, 128}, {220, 129, 1024}, {75, 1025, 8192}, {5, 8193, 65536}};
    UINT32 draw = next_random(blocks) % 1000;
    UINT32 class = 0;

    while (draw >= classes[class].per_mille)
        draw -= classes[class ++].per_mille;
    return classes[class].least + next_random(blocks) % (classes[class].most - classes[class].least + 1);
}

static BYTE pattern_of(UINT32 index, SIZE_T size)
{
    return (BYTE)(index * 31 + size);
}

static void free_block(standin_check *check, standin_blocks *blocks, UINT32 index)
{
    BYTE *memory = blocks->block[index].memory;
    SIZE_T size = blocks->block[index].size;
    BYTE pattern = pattern_of(index, size);

    for (SIZE_T i = 0; i < size; i++)
        if (memory[i] != pattern) {
            standin_violation(check, STANDIN_ALLOC, "block %p of %lu bytes was overwritten", (void *)memory,
                              (unsigned long)size);
            break;
        }
    standin_free(check, memory); /* NULL too, as the CLR does */
    blocks->block[index].memory = NULL;
    blocks->block[index].size = 0;
}

HRESULT standin_blocks_step(standin_check *check, standin_blocks *blocks, EMemoryCriticalLevel level)
{
    UINT32 index = next_random(blocks) % STANDIN_BLOCKS;
    SIZE_T size = next_size(blocks);
    BOOL debug = next_random(blocks) % 16 == 0;
    void *memory;
    HRESULT hr;

    free_block(check, blocks, index);
    hr = standin_alloc(check, size, level, debug ? (char *)__FILE__ : NULL, __LINE__, &memory);
    if (hr != S_OK)
        return hr;
    memset(memory, pattern_of(index, size), size);
    blocks->block[index].memory = memory;
    blocks->block[index].size = size;
    return S_OK;
}

void standin_blocks_close(standin_check *check, standin_blocks *blocks)
{
    for (UINT32 i = 0; i < STANDIN_BLOCKS; i++)
        free_block(check, blocks, i);
}
