/* A table with two words for each page of the address space.
 *
 * Checked against ARM's memory model: an entry's size is written before its stack is released, and read after that was
 * acquired. Everything else is ordered by the ledger's bitmap of committed pages: entries are removed before its bits
 * are cleared, and whoever makes one for such a page has seen that. Memory is never taken away from entries. */
#include "books/page_origins.h"

/* The words of an entry, which never crosses a page of the table. */
enum { STACK_OF_PAGE, COMMIT_OF_PAGE, WORDS_OF_PAGE };

UINT32 hmi_page_origins_init(hmi_page_origins *origins, hostmem_os *os)
{
    hmi_os_info info;
    UINT32 error;
    os->get_info(os, &info);
    origins->page_shift = hmi_bits_lowest(info.page_size);
    error = hmi_sparse_array_init(&origins->words, os,
                                  (((uint64_t)info.highest_address >> origins->page_shift) + 1) * WORDS_OF_PAGE);
    origins->on = !error;
    return error;
}

void hmi_page_origins_destroy(hmi_page_origins *origins)
{
    hmi_sparse_array_destroy(&origins->words);
}

static uint64_t index_of(const hmi_page_origins *origins, UINT_PTR page)
{
    return (uint64_t)(page >> origins->page_shift) * WORDS_OF_PAGE;
}

void hmi_page_origins_set(hmi_page_origins *origins, hmi_range pages, const hmi_site *stack, SIZE_T commit_bytes)
{
    uint64_t index = index_of(origins, pages.start), end = index_of(origins, pages.end), stop;
    hostmem_os *os = origins->words.os;
    UINT32 last_error;
    bool has_memory;
    if (!origins->on)
        return;
    last_error = os->get_last_error(os);
    has_memory = hmi_sparse_array_touch_all(&origins->words, index, end - 1);
    os->set_last_error(os, last_error);
    while (has_memory && index < end) {
        hmi_cell *entry = hmi_sparse_array_peek(&origins->words, index);
        stop = index + hmi_sparse_array_run(&origins->words, index);
        for (; index < stop && index < end; index += WORDS_OF_PAGE, entry += WORDS_OF_PAGE) {
            atomic_store_explicit(&entry[COMMIT_OF_PAGE], commit_bytes, memory_order_relaxed);
            atomic_store_explicit(&entry[STACK_OF_PAGE], (hmi_word)stack, memory_order_release);
        }
    }
}

/* Finds the next entries that have memory, from *index on, and before end. *stop: where they end, as an index. NULL:
 * there are none. */
static hmi_cell *next_entries(hmi_page_origins *origins, uint64_t *index, uint64_t end, uint64_t *stop)
{
    *index = hmi_sparse_array_next(&origins->words, *index);
    if (*index >= end)
        return NULL;
    *stop = *index + hmi_sparse_array_run(&origins->words, *index);
    if (*stop > end)
        *stop = end;
    return hmi_sparse_array_peek(&origins->words, *index);
}

void hmi_page_origins_clear_entries(hmi_page_origins *origins, hmi_range pages)
{
    uint64_t index = index_of(origins, pages.start), end = index_of(origins, pages.end), stop;
    hmi_cell *entry;
    while ((entry = next_entries(origins, &index, end, &stop)) != NULL) {
        for (; index < stop; index += WORDS_OF_PAGE, entry += WORDS_OF_PAGE) {
            if (atomic_load_explicit(&entry[STACK_OF_PAGE], memory_order_relaxed))
                atomic_store_explicit(&entry[STACK_OF_PAGE], 0, memory_order_relaxed);
        }
    }
}

void hmi_page_origins_take_back(hmi_page_origins *origins, hmi_range pages, const hmi_site *stack)
{
    uint64_t index = index_of(origins, pages.start), end = index_of(origins, pages.end), stop;
    hmi_cell *entry;
    while (origins->on && (entry = next_entries(origins, &index, end, &stop)) != NULL) {
        for (; index < stop; index += WORDS_OF_PAGE, entry += WORDS_OF_PAGE) {
            hmi_word own = (hmi_word)stack;
            atomic_compare_exchange_strong(&entry[STACK_OF_PAGE], &own, 0);
        }
    }
}

void hmi_page_origins_for_each(hmi_page_origins *origins, hmi_page_origins_visitor *visit, void *context)
{
    uint64_t index = 0, stop;
    hmi_cell *entry;
    while ((entry = next_entries(origins, &index, origins->words.length, &stop)) != NULL) {
        for (; index < stop; index += WORDS_OF_PAGE, entry += WORDS_OF_PAGE) {
            const hmi_site *stack = (const hmi_site *)atomic_load_explicit(&entry[STACK_OF_PAGE], memory_order_acquire);
            if (stack)
                visit(context, (UINT_PTR)(index / WORDS_OF_PAGE << origins->page_shift), stack,
                      atomic_load_explicit(&entry[COMMIT_OF_PAGE], memory_order_relaxed));
        }
    }
}
