/* Rules: Alloc and DebugAlloc. */
#include "check.h"

#include <stdint.h>
#include <string.h>

static void alloc_of_nothing(subject *subject)
{
    char *one = take_block(subject->heap, 0), *other = take_block(subject->heap, 0);
    expect(one != other, "two blocks of no bytes are both at %p", (void *)one);
    give_block(subject->heap, one);
    give_block(subject->heap, other);
}

static void free_of_null(subject *subject)
{
    check_doing("Free(NULL)");
    expect_hr("Free(NULL)", IHostMalloc_Free(subject->heap, NULL), S_OK);
}

static void block_alignment(subject *subject)
{
    SIZE_T size;
    for (size = 0; size < 600; size++) {
        char *block = take_block(subject->heap, size < 500 ? size : (size - 490) * 5000);
        expect((UINT_PTR)block % MEMORY_ALLOCATION_ALIGNMENT == 0, "a block of %lu bytes is at %p", (unsigned long)size,
               (void *)block);
    }
}

#define BLOCKS 500

static void blocks_are_apart(subject *subject)
{
    static char *blocks[BLOCKS];
    unsigned i, round;
    for (round = 0; round < 4; round++) {
        for (i = 0; i < BLOCKS; i++) {
            SIZE_T size = 1 + (i * 37) % 3000 + (i % 50 ? 0 : 300000);
            if (blocks[i] && (i + round) % 3)
                continue;
            if (blocks[i]) {
                expect_bytes(blocks[i], size, (char)i, "a block after others were taken and freed");
                give_block(subject->heap, blocks[i]);
            }
            blocks[i] = take_block(subject->heap, size);
            memset(blocks[i], (char)i, size);
        }
    }
    for (i = 0; i < BLOCKS; i++) {
        expect_bytes(blocks[i], 1 + (i * 37) % 3000 + (i % 50 ? 0 : 300000), (char)i, "a block at the end");
        give_block(subject->heap, blocks[i]);
    }
}

static void impossible_sizes(subject *subject)
{
    static const SIZE_T less[] = {0, 1, 7, 8, 15, 16, 31, 32, 63, 64, 4095, 4096, 65535, 65536};
    char file[] = "impossible_sizes.cpp";
    unsigned i;
    for (i = 0; i < sizeof less / sizeof *less; i++) {
        void *block = POISON;
        check_doing("Alloc of nearly SIZE_MAX bytes");
        expect_hr("Alloc of nearly SIZE_MAX bytes",
                  IHostMalloc_Alloc(subject->heap, SIZE_MAX - less[i], eTaskCritical, &block), E_OUTOFMEMORY);
        expect(!block, "Alloc of SIZE_MAX - %lu bytes gives %p", (unsigned long)less[i], block);
        block = POISON;
        check_doing("DebugAlloc of nearly SIZE_MAX bytes");
        expect_hr("DebugAlloc of nearly SIZE_MAX bytes",
                  IHostMalloc_DebugAlloc(subject->heap, SIZE_MAX - less[i], eProcessCritical, file, 1, &block),
                  E_OUTOFMEMORY);
        expect(!block, "DebugAlloc of SIZE_MAX - %lu bytes gives %p", (unsigned long)less[i], block);
    }
}

static void debug_alloc(subject *subject)
{
    char file[] = "debug_alloc.cpp";
    void *one = POISON, *other = POISON;
    check_doing("DebugAlloc");
    expect_hr("DebugAlloc", IHostMalloc_DebugAlloc(subject->heap, 100, eTaskCritical, file, 12, &one), S_OK);
    memset(file, '?', sizeof file - 1); /* the name belongs to the caller, and may change */
    check_doing("DebugAlloc without a file name");
    expect_hr("DebugAlloc without a file name",
              IHostMalloc_DebugAlloc(subject->heap, 0, eProcessCritical, NULL, -1, &other), S_OK);
    expect(one && other && one != POISON && other != POISON, "DebugAlloc gives %p and %p", one, other);
    memset(one, 1, 100);
    give_block(subject->heap, one);
    give_block(subject->heap, other);
}

const rule block_rules[] = {
    {"alloc_of_nothing", "3", "Alloc(0) returns a block of its own", alloc_of_nothing},
    {"free_of_null", "3", "Free(NULL) is S_OK", free_of_null},
    {"block_alignment", "3", "blocks are aligned to 16 bytes, 8 on 32-bit", block_alignment},
    {"blocks_are_apart", "3", "blocks have the requested size and do not overlap", blocks_are_apart},
    {"impossible_sizes", "3", "sizes up to SIZE_MAX are refused with E_OUTOFMEMORY", impossible_sizes},
    {"debug_alloc", "1", "DebugAlloc works, with a file name or without", debug_alloc},
    {0},
};
