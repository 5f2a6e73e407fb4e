/* See liar.h. The table is a copy of hmi_os_win32's, whose functions ignore the pointer they are given, with one
 * function replaced by one that calls the original. */
#include "liar.h"

#include <string.h>

#define PAGE ((SIZE_T)4096)

static hostmem_os truth;

static void larger_pages(hostmem_os *os, hmi_os_info *info)
{
    truth.get_info(os, info);
    info->page_size *= 2;
}

static UINT32 no_decommit(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    return type == MEM_DECOMMIT ? 0 : truth.virtual_free(os, address, size, type);
}

static UINT32 keeps_reservation(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    return truth.virtual_free(os, address, size, type == MEM_RELEASE ? MEM_DECOMMIT : type);
}

static UINT32 decommits_too_much(hostmem_os *os, void *address, SIZE_T size, UINT32 type)
{
    if (type == MEM_DECOMMIT && size && !truth.virtual_free(os, address, size + PAGE, type))
        return 0;
    return truth.virtual_free(os, address, size, type);
}

static UINT32 short_commit(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    SIZE_T less = address && type == MEM_COMMIT && size > PAGE ? PAGE : 0;
    return truth.virtual_alloc(os, address, size - less, type, protect, out);
}

static UINT32 dirty_pages(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    UINT32 error = truth.virtual_alloc(os, address, size, type, protect, out);
    if (!error && (type & MEM_COMMIT) && protect == PAGE_READWRITE)
        *(char *)*out |= 1;
    return error;
}

static UINT32 recommit_clears(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    if (address && type == MEM_COMMIT)
        truth.virtual_free(os, address, size, MEM_DECOMMIT);
    return truth.virtual_alloc(os, address, size, type, protect, out);
}

static UINT32 reserves_for_writing(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    return truth.virtual_alloc(os, address, size, type, type == MEM_RESERVE ? PAGE_READWRITE : protect, out);
}

static UINT32 no_write_watch(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out)
{
    return truth.virtual_alloc(os, address, size, type & ~(UINT32)MEM_WRITE_WATCH, protect, out);
}

static UINT32 wrong_old(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    UINT32 error = truth.virtual_protect(os, address, size, protect, old_protect);
    if (!error)
        *old_protect = protect;
    return error;
}

static UINT32 no_guard(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    return truth.virtual_protect(os, address, size, protect & ~(UINT32)PAGE_GUARD, old_protect);
}

static UINT32 protect_never_fails(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    *old_protect = 0;
    truth.virtual_protect(os, address, size, protect, old_protect);
    return 0;
}

static UINT32 other_error(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    return truth.virtual_protect(os, address, size, protect, old_protect) ? ERROR_ACCESS_DENIED : 0;
}

static UINT32 small_blocks_only(hostmem_os *os, void *heap, SIZE_T size, void **out)
{
    return size >= PAGE ? ERROR_NOT_ENOUGH_MEMORY : truth.heap_alloc(os, heap, size, out);
}

static UINT32 no_executable_heaps(hostmem_os *os, UINT32 options, void **heap)
{
    return truth.heap_create(os, options & ~(UINT32)HEAP_CREATE_ENABLE_EXECUTE, heap);
}

static UINT32 frees_no_blocks(hostmem_os *os, void *heap, void *block)
{
    (void)os;
    (void)heap;
    (void)block;
    return ERROR_INVALID_PARAMETER;
}

static void no_last_error(hostmem_os *os, UINT32 error)
{
    (void)os;
    (void)error;
}

/* Functions that are not NULL replace those of the table. */
static const struct {
    const char *name;
    hostmem_os by;
} lies[] = {
    {"larger_pages", {.get_info = larger_pages}}, /* so that commits are counted wrongly */
    {"no_decommit", {.virtual_free = no_decommit}},
    {"keeps_reservation", {.virtual_free = keeps_reservation}},
    {"decommits_too_much", {.virtual_free = decommits_too_much}},
    {"short_commit", {.virtual_alloc = short_commit}},
    {"dirty_pages", {.virtual_alloc = dirty_pages}},
    {"recommit_clears", {.virtual_alloc = recommit_clears}},
    {"reserves_for_writing", {.virtual_alloc = reserves_for_writing}},
    {"no_write_watch", {.virtual_alloc = no_write_watch}},
    {"wrong_old", {.virtual_protect = wrong_old}},
    {"no_guard", {.virtual_protect = no_guard}},
    {"protect_never_fails", {.virtual_protect = protect_never_fails}},
    {"other_error", {.virtual_protect = other_error}},
    {"small_blocks_only", {.heap_alloc = small_blocks_only}},
    {"no_executable_heaps", {.heap_create = no_executable_heaps}},
    {"frees_no_blocks", {.heap_free = frees_no_blocks}},
    {"no_last_error", {.set_last_error = no_last_error}},
};

const char *fuzz_lie_name(unsigned number)
{
    return number < sizeof lies / sizeof *lies ? lies[number].name : NULL;
}

hostmem_os *fuzz_liar(const char *name)
{
    static hostmem_os table;
    unsigned i = 0;
    while (fuzz_lie_name(i) && strcmp(fuzz_lie_name(i), name))
        i++;
    if (!fuzz_lie_name(i))
        return NULL;
    truth = table = *hmi_os_win32();
    if (lies[i].by.get_info)
        table.get_info = lies[i].by.get_info;
    if (lies[i].by.virtual_alloc)
        table.virtual_alloc = lies[i].by.virtual_alloc;
    if (lies[i].by.virtual_free)
        table.virtual_free = lies[i].by.virtual_free;
    if (lies[i].by.virtual_protect)
        table.virtual_protect = lies[i].by.virtual_protect;
    if (lies[i].by.heap_create)
        table.heap_create = lies[i].by.heap_create;
    if (lies[i].by.heap_alloc)
        table.heap_alloc = lies[i].by.heap_alloc;
    if (lies[i].by.heap_free)
        table.heap_free = lies[i].by.heap_free;
    if (lies[i].by.set_last_error)
        table.set_last_error = lies[i].by.set_last_error;
    return &table;
}
