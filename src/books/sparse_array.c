/* The sparse array: a root of leaf pointers, and leaves of words. Each of these blocks is reserved as a whole and
 * committed page by page. A bitmap says which pages of a block are committed; a page's bit is set after the commit, so
 * a thread that sees the bit may touch the page. If two threads commit the same page, both succeed; if both create the
 * same leaf, the second one releases its own.
 *
 * Checked against ARM's memory model: a leaf's index is written before the exchange that publishes the leaf, and a page
 * is committed before its bit is set; readers find both before they touch what these lead to. All of it is sequentially
 * consistent, because the words themselves are (atomic_bitmap.h): who misses a page takes its words for 0. */
#include "books/sparse_array.h"

#include <stddef.h>

typedef struct hmi_sparse_array_leaf hmi_sparse_array_leaf;

/* Commits the pages first to last of a block with one call of the system. Pages between them that are committed keep
 * their contents. */
static bool pages_make_present(hmi_sparse_array *sparse, hmi_cell *pages, char *block, SIZE_T first, SIZE_T last)
{
    while (first <= last && hmi_sparse_array_has_page(pages, first))
        first++;
    while (first < last && hmi_sparse_array_has_page(pages, last))
        last--;
    if (first > last)
        return true;
    if (sparse->os->table_commit(sparse->os, block + (first << sparse->page_shift),
                                 (last - first + 1) << sparse->page_shift))
        return false;
    for (; first <= last; first++)
        atomic_fetch_or(&pages[first / HMI_WORD_BITS], (hmi_word)1 << (first % HMI_WORD_BITS));
    return true;
}

/* The first page at or after page that is committed; limit if there is none. */
static SIZE_T page_next_present(hmi_cell *pages, SIZE_T page, SIZE_T limit)
{
    while (page < limit) {
        hmi_word word = atomic_load(&pages[page / HMI_WORD_BITS]);
        word >>= page % HMI_WORD_BITS;
        if (word)
            return page + hmi_bits_lowest(word);
        page += HMI_WORD_BITS - page % HMI_WORD_BITS;
    }
    return limit;
}

static SIZE_T leaf_size(const hmi_sparse_array *sparse)
{
    return sparse->page_size + (SIZE_T)HMI_SPARSE_ARRAY_LEAF_WORDS * sizeof(hmi_word);
}

static SIZE_T page_of(const hmi_sparse_array *sparse, uint64_t offset)
{
    return (SIZE_T)(offset >> sparse->page_shift);
}

static SIZE_T root_page(const hmi_sparse_array *sparse, uint64_t leaf_index)
{
    return page_of(sparse, leaf_index * sizeof(void *));
}

/* The thread that made the first leaf may have been ended before it did this. */
static hmi_sparse_array_leaf *noted(hmi_sparse_array *sparse, hmi_sparse_array_leaf *leaf)
{
    hmi_sparse_array_leaf *none = NULL;
    if (!atomic_load(&sparse->first))
        atomic_compare_exchange_strong(&sparse->first, &none, leaf);
    return leaf;
}

static hmi_sparse_array_leaf *leaf_make(hmi_sparse_array *sparse, uint64_t leaf_index)
{
    hostmem_os *os = sparse->os;
    hmi_sparse_array_leaf *present = hmi_sparse_array_leaf_at(sparse, leaf_index);
    SIZE_T page;
    void *made;
    if (present)
        return noted(sparse, present);
    page = root_page(sparse, leaf_index);
    if (!pages_make_present(sparse, sparse->root_pages, (char *)sparse->root, page, page))
        return NULL;
    if (os->table_reserve(os, leaf_size(sparse), &made))
        return NULL;
    if (os->table_commit(os, made, sparse->page_size)) {
        os->table_release(os, made, leaf_size(sparse));
        return NULL;
    }
    ((hmi_sparse_array_leaf *)made)->index = leaf_index;
    if (!atomic_compare_exchange_strong(&sparse->root[leaf_index], &present, made)) {
        os->table_release(os, made, leaf_size(sparse));
        return noted(sparse, present);
    }
    return noted(sparse, made);
}

UINT32 hmi_sparse_array_init(hmi_sparse_array *sparse, hostmem_os *os, uint64_t length)
{
    hmi_os_info info;
    uint64_t leaves = (length + HMI_SPARSE_ARRAY_LEAF_WORDS - 1) / HMI_SPARSE_ARRAY_LEAF_WORDS;
    void *root;
    UINT32 error;

    os->get_info(os, &info);
    *sparse = (hmi_sparse_array){
        .os = os, .page_size = info.page_size, .length = length, .page_shift = hmi_bits_lowest(info.page_size)};
    sparse->root_size = (SIZE_T)((leaves * sizeof(void *) + info.page_size - 1) & ~(uint64_t)(info.page_size - 1));
    if (sparse->root_size / info.page_size > HMI_SPARSE_ARRAY_BLOCK_PAGES)
        return ERROR_NOT_SUPPORTED;
    error = os->table_reserve(os, sparse->root_size, &root);
    if (!error)
        sparse->root = root;
    return error;
}

void hmi_sparse_array_destroy(hmi_sparse_array *sparse)
{
    SIZE_T pages, entries, page, entry;
    if (!sparse->root)
        return;
    pages = sparse->root_size / sparse->page_size;
    entries = sparse->page_size / sizeof(void *);
    for (page = page_next_present(sparse->root_pages, 0, pages); page < pages;
         page = page_next_present(sparse->root_pages, page + 1, pages)) {
        for (entry = page * entries; entry < (page + 1) * entries; entry++) {
            hmi_sparse_array_leaf *leaf = atomic_load(&sparse->root[entry]);
            if (leaf)
                sparse->os->table_release(sparse->os, leaf, leaf_size(sparse));
        }
    }
    sparse->os->table_release(sparse->os, (void *)sparse->root, sparse->root_size);
    sparse->root = NULL;
}

/* Commits memory for words of one leaf. */
static bool touch_in_leaf(hmi_sparse_array *sparse, uint64_t leaf_index, uint64_t first, uint64_t last)
{
    hmi_sparse_array_leaf *leaf = leaf_make(sparse, leaf_index);
    return leaf &&
           pages_make_present(sparse, leaf->pages, (char *)leaf + sparse->page_size,
                              page_of(sparse, first * sizeof(hmi_word)), page_of(sparse, last * sizeof(hmi_word)));
}

bool hmi_sparse_array_touch_all(hmi_sparse_array *sparse, uint64_t first, uint64_t last)
{
    if (last >= sparse->length)
        return false;
    while (first <= last) {
        uint64_t leaf_index = first / HMI_SPARSE_ARRAY_LEAF_WORDS, end = (leaf_index + 1) * HMI_SPARSE_ARRAY_LEAF_WORDS;
        if (!touch_in_leaf(sparse, leaf_index, first % HMI_SPARSE_ARRAY_LEAF_WORDS,
                           (last < end ? last : end - 1) % HMI_SPARSE_ARRAY_LEAF_WORDS))
            return false;
        first = end;
    }
    return true;
}

hmi_cell *hmi_sparse_array_commit(hmi_sparse_array *sparse, uint64_t index)
{
    return hmi_sparse_array_touch_all(sparse, index, index) ? hmi_sparse_array_peek(sparse, index) : NULL;
}

uint64_t hmi_sparse_array_next(hmi_sparse_array *sparse, uint64_t index)
{
    SIZE_T leaf_pages = page_of(sparse, HMI_SPARSE_ARRAY_LEAF_WORDS * sizeof(hmi_word));
    while (index < sparse->length) {
        uint64_t leaf_index = index / HMI_SPARSE_ARRAY_LEAF_WORDS;
        SIZE_T root_first = root_page(sparse, leaf_index);
        SIZE_T root_present = page_next_present(sparse->root_pages, root_first, page_of(sparse, sparse->root_size));
        hmi_sparse_array_leaf *leaf;
        if (root_present != root_first) {
            index = ((uint64_t)root_present << sparse->page_shift) / sizeof(void *) * HMI_SPARSE_ARRAY_LEAF_WORDS;
            continue;
        }
        leaf = hmi_sparse_array_leaf_at(sparse, leaf_index);
        if (leaf) {
            SIZE_T page = page_of(sparse, index % HMI_SPARSE_ARRAY_LEAF_WORDS * sizeof(hmi_word));
            SIZE_T present = page_next_present(leaf->pages, page, leaf_pages);
            if (present == page)
                return index;
            if (present < leaf_pages)
                return leaf_index * HMI_SPARSE_ARRAY_LEAF_WORDS + present * hmi_sparse_array_words_per_page(sparse);
        }
        index = (leaf_index + 1) * HMI_SPARSE_ARRAY_LEAF_WORDS;
    }
    return sparse->length;
}
