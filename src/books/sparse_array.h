/* A zeroed array of machine words, up to 2^39 of them on 64-bit and 2^37 on 32-bit. Only pages that were touched take
 * memory. Words are read and changed atomically by whoever has their address. A thread that is suspended or ended
 * inside of a function leaves the array consistent. */
#ifndef HMI_BOOKS_SPARSE_ARRAY_H
#define HMI_BOOKS_SPARSE_ARRAY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "os/os.h"

typedef _Atomic hmi_word hmi_cell;

/* Words in one leaf: 2 MiB on 64-bit, 128 KiB on 32-bit. */
#define HMI_SPARSE_ARRAY_LEAF_WORDS ((uint64_t)1 << (sizeof(void *) == 8 ? 18 : 15))

/* Number of bits for the pages of one block; enough for 16 MiB in pages of 4 KiB. */
#define HMI_SPARSE_ARRAY_BLOCK_PAGES 4096

typedef struct hmi_sparse_array {
    hostmem_os *os;
    SIZE_T page_size;
    unsigned page_shift;
    uint64_t length;                               /* in words */
    SIZE_T root_size;                              /* bytes */
    _Atomic(struct hmi_sparse_array_leaf *) first; /* the first leaf that was made: few arrays ever have a second */
    _Atomic(struct hmi_sparse_array_leaf *) *root; /* one entry for each leaf, committed in pieces */
    hmi_cell root_pages[HMI_SPARSE_ARRAY_BLOCK_PAGES / (sizeof(hmi_word) * CHAR_BIT)];
} hmi_sparse_array;

/* Makes an array of length words, all 0. Returns a Win32 error, 0 for success. */
UINT32 hmi_sparse_array_init(hmi_sparse_array *sparse, hostmem_os *os, uint64_t length);

/* Frees everything. Precondition: nobody else uses the array. A zeroed struct may be passed. */
void hmi_sparse_array_destroy(hmi_sparse_array *sparse);

/* The head of a leaf, on its first page. The words begin on its second page. */
struct hmi_sparse_array_leaf {
    uint64_t index;
    hmi_cell pages[HMI_SPARSE_ARRAY_BLOCK_PAGES / (sizeof(hmi_word) * CHAR_BIT)];
};

static inline bool hmi_sparse_array_has_page(hmi_cell *pages, uint64_t page)
{
    hmi_word word = atomic_load(&pages[page / HMI_WORD_BITS]);
    return (word >> (page % HMI_WORD_BITS)) & 1;
}

/* The leaf with a number, which must be in range; NULL if it was not made. */
static inline struct hmi_sparse_array_leaf *hmi_sparse_array_leaf_at(hmi_sparse_array *sparse, uint64_t leaf_index)
{
    if (!hmi_sparse_array_has_page(sparse->root_pages, leaf_index * sizeof(void *) >> sparse->page_shift))
        return NULL;
    return atomic_load(&sparse->root[leaf_index]);
}

/* The word at index; NULL if index is out of range, or if no word on its page was ever touched, so that it is 0.
 * Inline, because every call of the CLR looks up several words. */
static inline hmi_cell *hmi_sparse_array_peek(hmi_sparse_array *sparse, uint64_t index)
{
    uint64_t leaf_index = index / HMI_SPARSE_ARRAY_LEAF_WORDS;
    uint64_t offset = index % HMI_SPARSE_ARRAY_LEAF_WORDS * sizeof(hmi_word);
    struct hmi_sparse_array_leaf *leaf;
    if (HMI_UNLIKELY(index >= sparse->length))
        return NULL;
    leaf = atomic_load(&sparse->first);
    if (HMI_UNLIKELY(!leaf || leaf->index != leaf_index))
        leaf = hmi_sparse_array_leaf_at(sparse, leaf_index);
    if (HMI_UNLIKELY(!leaf || !hmi_sparse_array_has_page(leaf->pages, offset >> sparse->page_shift)))
        return NULL;
    return (hmi_cell *)(void *)((char *)leaf + sparse->page_size + offset);
}

/* Prefetches the word at index, if it has memory, so that words of several arrays are fetched at the same time. */
static inline void hmi_sparse_array_fetch(hmi_sparse_array *sparse, uint64_t index)
{
    hmi_cell *cell = hmi_sparse_array_peek(sparse, index);
    if (cell)
        HMI_PREFETCH((void *)cell);
}

/* Commits memory for the words first to last. False: there is no memory, or last is out of range. */
bool hmi_sparse_array_touch_all(hmi_sparse_array *sparse, uint64_t first, uint64_t last);

/* The word at index, with memory committed first; NULL if there is no memory, or index is out of range. */
hmi_cell *hmi_sparse_array_commit(hmi_sparse_array *sparse, uint64_t index);

/* The same, faster where the memory is committed. */
static inline hmi_cell *hmi_sparse_array_touch(hmi_sparse_array *sparse, uint64_t index)
{
    hmi_cell *present = hmi_sparse_array_peek(sparse, index);
    return HMI_LIKELY(present) ? present : hmi_sparse_array_commit(sparse, index);
}

static inline uint64_t hmi_sparse_array_words_per_page(const hmi_sparse_array *sparse)
{
    return sparse->page_size / sizeof(hmi_word);
}

/* How many words lie from index to the end of its page. They are contiguous in memory. */
static inline uint64_t hmi_sparse_array_run(const hmi_sparse_array *sparse, uint64_t index)
{
    uint64_t words = hmi_sparse_array_words_per_page(sparse);
    return words - (index & (words - 1));
}

/* The first index at or after index whose page has memory; the array's length if there is none. */
uint64_t hmi_sparse_array_next(hmi_sparse_array *sparse, uint64_t index);

#endif
