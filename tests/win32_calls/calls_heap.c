/* From Wine's tests of heaps (test_HeapCreate in dlls/kernel32/tests/heap.c): sizes and alignment. Functions that
 * IHostMalloc does not have are left out, and so are addresses that heaps must refuse: Wine's own tests leave those
 * out, too, because Windows ends the program. */
#include "call.h"

#define SOURCE "Wine 8.0, dlls/kernel32/tests/heap.c"
#define SMALL (0x8000 * sizeof(void *))

#define TAKES(taken, freed, bytes)        \
    {HEAP_ALLOC(taken, bytes, GIVES(A))}, \
    {                                     \
        HEAP_FREE(freed, AT(A, 0))        \
    }

static const call sizes[] = {
    {HEAP_FREE(241, NOWHERE)},
    TAKES(289, 299, 0),
    {HEAP_ALLOC(306, (SIZE_T)-1, FAILS(CALL_ANY_ERROR))},
    TAKES(309, 315, 1),
    TAKES(318, 320, 5 * SMALL + 1),
    {HEAP_ALLOC(323, SMALL, GIVES(A))},
    {HEAP_ALLOC(327, 4 * SMALL, GIVES(B))},
    {HEAP_FREE(329, AT(B, 0))},
    {HEAP_FREE(331, AT(A, 0))},
};

/* The source has 128 live blocks of each size at once, here there are three. Every block's alignment is checked. */
static const call alignment[] = {
    {HEAP_ALLOC(339, SMALL, GIVES(A))},
    {HEAP_ALLOC(339, SMALL, GIVES(B))},
    {HEAP_ALLOC(339, SMALL, GIVES(C))},
    {HEAP_FREE(347, AT(A, 0))},
    {HEAP_FREE(347, AT(B, 0))},
    {HEAP_FREE(347, AT(C, 0))},
    {HEAP_ALLOC(354, 4 * SMALL, GIVES(A))},
    {HEAP_ALLOC(354, 4 * SMALL, GIVES(B))},
    {HEAP_ALLOC(354, 4 * SMALL, GIVES(C))},
    {HEAP_FREE(362, AT(A, 0))},
    {HEAP_FREE(362, AT(B, 0))},
    {HEAP_FREE(362, AT(C, 0))},
};

const call_scene calls_heap[] = {
    CALL_SCENE("sizes of blocks", SOURCE, CALL_TESTED, sizes),
    CALL_SCENE("alignment of blocks", SOURCE, CALL_TESTED, alignment),
    {0},
};
