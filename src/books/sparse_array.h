/* A zeroed array of machine words, up to 2^38 of them on 64-bit and 2^36 on 32-bit, of which only the touched pages
 * take memory. All words are read and changed atomically by whoever gets their address; nothing here ever waits for
 * another thread, and a thread that stops in the middle of any function leaves the array whole. */
#ifndef HMI_BOOKS_SPARSE_ARRAY_H
#define HMI_BOOKS_SPARSE_ARRAY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "os/os.h"

typedef _Atomic hmi_word hmi_cell;

/* Words in one leaf: 2 MiB of them on 64-bit, 128 KiB on 32-bit. */
#define HMI_SPARSE_ARRAY_LEAF_WORDS ((uint64_t)1 << (sizeof(void *) == 8 ? 18 : 15))

/* Bits for the pages of one block; enough for 8 MiB of 4 KiB pages. */
#define HMI_SPARSE_ARRAY_BLOCK_PAGES 2048

typedef struct hmi_sparse_array {
    hostmem_os *os;
    SIZE_T page_size;
    unsigned page_shift;
    uint64_t length;                               /* in words */
    SIZE_T root_size;                              /* bytes */
    _Atomic(struct hmi_sparse_array_leaf *) first; /* made first: few arrays ever need a second */
    _Atomic(struct hmi_sparse_array_leaf *) *root; /* one entry a leaf, committed piecemeal */
    hmi_cell root_pages[HMI_SPARSE_ARRAY_BLOCK_PAGES / (sizeof(hmi_word) * CHAR_BIT)];
} hmi_sparse_array;

/* Makes an array of length words, all 0. Returns a Win32 error, 0 for success. */
UINT32 hmi_sparse_array_init(hmi_sparse_array *sparse, hostmem_os *os, uint64_t length);

/* Frees everything. Precondition: nobody else uses the array. A zeroed struct may be passed. */
void hmi_sparse_array_destroy(hmi_sparse_array *sparse);

/* The head of a leaf, on its first page; the words begin on the next. */
struct hmi_sparse_array_leaf {
    uint64_t index;
    hmi_cell pages[HMI_SPARSE_ARRAY_BLOCK_PAGES / (sizeof(hmi_word) * CHAR_BIT)];
};

static inline bool hmi_sparse_array_has_page(hmi_cell *pages, uint64_t page)
{
    hmi_word word = atomic_load_explicit(&pages[page / HMI_WORD_BITS], memory_order_acquire);
    return (word >> (page % HMI_WORD_BITS)) & 1;
}

/* A leaf by its number, which is in range; NULL where there is none. */
static inline struct hmi_sparse_array_leaf *hmi_sparse_array_leaf_at(hmi_sparse_array *sparse, uint64_t leaf_index)
{
    if (!hmi_sparse_array_has_page(sparse->root_pages, leaf_index * sizeof(void *) >> sparse->page_shift))
        return NULL;
    return atomic_load_explicit(&sparse->root[leaf_index], memory_order_acquire);
}

/* The word at index; NULL where nothing on its page was ever touched (so it is 0), or out of range. In line, because
 * every call of the CLR looks up several. */
static inline hmi_cell *hmi_sparse_array_peek(hmi_sparse_array *sparse, uint64_t index)
{
    uint64_t leaf_index = index / HMI_SPARSE_ARRAY_LEAF_WORDS;
    uint64_t offset = index % HMI_SPARSE_ARRAY_LEAF_WORDS * sizeof(hmi_word);
    struct hmi_sparse_array_leaf *leaf;
    if (index >= sparse->length)
        return NULL;
    leaf = atomic_load_explicit(&sparse->first, memory_order_acquire);
    if (!leaf || leaf->index != leaf_index)
        leaf = hmi_sparse_array_leaf_at(sparse, leaf_index);
    if (!leaf || !hmi_sparse_array_has_page(leaf->pages, offset >> sparse->page_shift))
        return NULL;
    return (hmi_cell *)(void *)((char *)leaf + sparse->page_size + offset);
}

/* Has the processor fetch the word at index, if there is one: those of several arrays come at the same time. */
static inline void hmi_sparse_array_fetch(hmi_sparse_array *sparse, uint64_t index)
{
    hmi_cell *cell = hmi_sparse_array_peek(sparse, index);
    if (cell)
        HMI_PREFETCH((void *)cell);
}

/* Puts memory under the words first to last. False: there is none, or out of range. */
bool hmi_sparse_array_touch_all(hmi_sparse_array *sparse, uint64_t first, uint64_t last);

/* The word at index, with memory put under it first; NULL if there is none, or out of range. */
static inline hmi_cell *hmi_sparse_array_touch(hmi_sparse_array *sparse, uint64_t index)
{
    hmi_cell *present = hmi_sparse_array_peek(sparse, index);
    return present || !hmi_sparse_array_touch_all(sparse, index, index) ? present
                                                                        : hmi_sparse_array_peek(sparse, index);
}

static inline uint64_t hmi_sparse_array_words_per_page(const hmi_sparse_array *sparse)
{
    return sparse->page_size / sizeof(hmi_word);
}

/* How many words from index on, index's own included, lie on the same page, and so in one piece behind its address. */
static inline uint64_t hmi_sparse_array_run(const hmi_sparse_array *sparse, uint64_t index)
{
    uint64_t words = hmi_sparse_array_words_per_page(sparse);
    return words - (index & (words - 1));
}

/* The smallest index >= index whose page has memory; the array's length if there is none. */
uint64_t hmi_sparse_array_next(hmi_sparse_array *sparse, uint64_t index);

#endif
