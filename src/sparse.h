/* A zeroed array of machine words, up to 2^38 of them on 64-bit and 2^36 on 32-bit, of which only the touched pages
 * take memory. All words are read and changed atomically by whoever gets their address; nothing here ever waits for
 * another thread, and a thread that stops in the middle of any function leaves the array whole. */
#ifndef HOSTMEM_SRC_SPARSE_H
#define HOSTMEM_SRC_SPARSE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "bits.h"
#include "compiler.h"
#include "os.h"

typedef _Atomic hostmem_word hostmem_cell;

/* Words in one leaf: 2 MiB of them on 64-bit, 128 KiB on 32-bit. */
#define HOSTMEM_SPARSE_LEAF_WORDS ((uint64_t)1 << (sizeof(void *) == 8 ? 18 : 15))

/* Bits for the pages of one block; enough for 8 MiB of 4 KiB pages. */
#define HOSTMEM_SPARSE_BLOCK_PAGES 2048

typedef struct hostmem_sparse {
    hostmem_os *os;
    SIZE_T page_size;
    unsigned page_shift;
    uint64_t length;                             /* in words */
    SIZE_T root_size;                            /* bytes */
    _Atomic(struct hostmem_sparse_leaf *) first; /* made first: few arrays ever need a second */
    _Atomic(struct hostmem_sparse_leaf *) *root; /* one entry a leaf, committed piecemeal */
    hostmem_cell root_pages[HOSTMEM_SPARSE_BLOCK_PAGES / (sizeof(hostmem_word) * CHAR_BIT)];
} hostmem_sparse;

/* Makes an array of length words, all 0. Returns a Win32 error, 0 for success. */
UINT32 hostmem_sparse_init(hostmem_sparse *sparse, hostmem_os *os, uint64_t length);

/* Frees everything. Precondition: nobody else uses the array. A zeroed struct may be passed. */
void hostmem_sparse_destroy(hostmem_sparse *sparse);

/* The head of a leaf, on its first page; the words begin on the next. */
struct hostmem_sparse_leaf {
    uint64_t index;
    hostmem_cell pages[HOSTMEM_SPARSE_BLOCK_PAGES / (sizeof(hostmem_word) * CHAR_BIT)];
};

static inline bool hostmem_sparse_has_page(hostmem_cell *pages, uint64_t page)
{
    hostmem_word word = atomic_load_explicit(&pages[page / HOSTMEM_WORD_BITS], memory_order_acquire);
    return (word >> (page % HOSTMEM_WORD_BITS)) & 1;
}

/* A leaf by its number, which is in range; NULL where there is none. */
static inline struct hostmem_sparse_leaf *hostmem_sparse_leaf_at(hostmem_sparse *sparse, uint64_t leaf_index)
{
    if (!hostmem_sparse_has_page(sparse->root_pages, leaf_index * sizeof(void *) >> sparse->page_shift))
        return NULL;
    return atomic_load_explicit(&sparse->root[leaf_index], memory_order_acquire);
}

/* The word at index; NULL where nothing on its page was ever touched (so it is 0), or out of range. In line, because
 * every call of the CLR looks up several. */
static inline hostmem_cell *hostmem_sparse_peek(hostmem_sparse *sparse, uint64_t index)
{
    uint64_t leaf_index = index / HOSTMEM_SPARSE_LEAF_WORDS;
    uint64_t offset = index % HOSTMEM_SPARSE_LEAF_WORDS * sizeof(hostmem_word);
    struct hostmem_sparse_leaf *leaf;
    if (index >= sparse->length)
        return NULL;
    leaf = atomic_load_explicit(&sparse->first, memory_order_acquire);
    if (!leaf || leaf->index != leaf_index)
        leaf = hostmem_sparse_leaf_at(sparse, leaf_index);
    if (!leaf || !hostmem_sparse_has_page(leaf->pages, offset >> sparse->page_shift))
        return NULL;
    return (hostmem_cell *)(void *)((char *)leaf + sparse->page_size + offset);
}

/* Has the processor fetch the word at index, if there is one: those of several arrays come at the same time. */
static inline void hostmem_sparse_fetch(hostmem_sparse *sparse, uint64_t index)
{
    hostmem_cell *cell = hostmem_sparse_peek(sparse, index);
    if (cell)
        HOSTMEM_FETCH((void *)cell);
}

/* Puts memory under the words first to last. False: there is none, or out of range. */
bool hostmem_sparse_touch_all(hostmem_sparse *sparse, uint64_t first, uint64_t last);

/* The word at index, with memory put under it first; NULL if there is none, or out of range. */
static inline hostmem_cell *hostmem_sparse_touch(hostmem_sparse *sparse, uint64_t index)
{
    hostmem_cell *present = hostmem_sparse_peek(sparse, index);
    return present || !hostmem_sparse_touch_all(sparse, index, index) ? present : hostmem_sparse_peek(sparse, index);
}

static inline uint64_t hostmem_sparse_words_per_page(const hostmem_sparse *sparse)
{
    return sparse->page_size / sizeof(hostmem_word);
}

/* How many words from index on, index's own included, lie on the same page, and so in one piece behind its address. */
static inline uint64_t hostmem_sparse_run(const hostmem_sparse *sparse, uint64_t index)
{
    uint64_t words = hostmem_sparse_words_per_page(sparse);
    return words - (index & (words - 1));
}

/* The smallest index >= index whose page has memory; the array's length if there is none. */
uint64_t hostmem_sparse_next(hostmem_sparse *sparse, uint64_t index);

#endif
