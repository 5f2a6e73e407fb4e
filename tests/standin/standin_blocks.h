/* The small blocks of native memory that a runtime uses in addition to its managed heap: a live set in which blocks
 * of realistic sizes are allocated and freed. Each is filled with a pattern that must be unchanged when it is
 * freed. A set is used by one thread. */
#ifndef STANDIN_BLOCKS_H
#define STANDIN_BLOCKS_H

#include "standin_check.h"

enum { STANDIN_BLOCKS = 128 };

typedef struct standin_blocks {
    struct {
        BYTE *memory;
        SIZE_T size;
    } block[STANDIN_BLOCKS];
    UINT32 random; /* any seed */
} standin_blocks;

/* Frees the block in a random slot, if there is one, and allocates another in its place. */
HRESULT standin_blocks_step(standin_check *check, standin_blocks *blocks, EMemoryCriticalLevel level);
void standin_blocks_close(standin_check *check, standin_blocks *blocks);

#endif
