/* Patches in three steps: make all pages writable, exchange the slots, restore the protection of the pages. A failure
 * in the first step is undone before anything has changed. Executable pages stay executable all the time. */
#include "coreclr/import_patch.h"

#include <stdatomic.h>

#include "os/os.h"

#define WRITABLE (PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)
#define EXECUTABLE (PAGE_EXECUTE | PAGE_EXECUTE_READ)

/* A page with slots; protect: its protection before and afterwards. */
typedef struct opened_page {
    UINT_PTR address;
    UINT32 protect;
    bool is_open;
} opened_page;

typedef struct opened_pages {
    hostmem_os *os;
    SIZE_T page_size;
    UINT32 count;
    opened_page *pages; /* room for one page for each change */
} opened_pages;

void hmi_import_patch_init(hmi_import_patch *patch, struct hostmem_os *os)
{
    *patch = (hmi_import_patch){.os = os};
}

void hmi_import_patch_destroy(hmi_import_patch *patch)
{
    if (patch->changes)
        patch->os->object_free(patch->os, patch->changes);
    hmi_import_patch_init(patch, patch->os);
}

static bool grow(hmi_import_patch *patch)
{
    UINT32 capacity = patch->capacity ? patch->capacity * 2 : 64, i;
    hmi_import_change *changes = patch->os->object_alloc(patch->os, capacity * sizeof *changes);
    if (!changes)
        return false;
    for (i = 0; i < patch->count; i++)
        changes[i] = patch->changes[i];
    if (patch->changes)
        patch->os->object_free(patch->os, patch->changes);
    patch->changes = changes;
    patch->capacity = capacity;
    return true;
}

bool hmi_import_patch_add(hmi_import_patch *patch, _Atomic(UINT_PTR) *slot, UINT_PTR after, UINT32 turn)
{
    if (patch->count == patch->capacity && !grow(patch))
        return false;
    patch->changes[patch->count++] = (hmi_import_change){.slot = slot, .after = after, .turn = turn};
    return true;
}

/* Adds the page of a slot, unless it was added before. */
static UINT32 note_page(opened_pages *opened, UINT_PTR address)
{
    hostmem_os *os = opened->os;
    MEMORY_BASIC_INFORMATION is;
    SIZE_T written;
    UINT32 i, error;
    for (i = 0; i < opened->count; i++) {
        if (opened->pages[i].address == address)
            return 0;
    }
    error = os->virtual_query(os, (void *)address, &is, sizeof is, &written);
    if (!error)
        opened->pages[opened->count++] = (opened_page){address, is.Protect, false};
    return error;
}

static UINT32 protect(opened_pages *opened, opened_page *page, bool open)
{
    UINT32 writable = page->protect & EXECUTABLE ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE, ignored;
    UINT32 error = 0;
    if (!(page->protect & WRITABLE))
        error = opened->os->virtual_protect(opened->os, (void *)page->address, opened->page_size,
                                            open ? writable : page->protect, &ignored);
    if (!error)
        page->is_open = open;
    return error;
}

/* Both go on after an error, and return the first one. */
static UINT32 open_pages(opened_pages *opened)
{
    UINT32 i, first_error = 0, error;
    for (i = 0; i < opened->count; i++) {
        error = opened->pages[i].is_open ? 0 : protect(opened, &opened->pages[i], true);
        if (!first_error)
            first_error = error;
    }
    return first_error;
}

static UINT32 close_pages(opened_pages *opened)
{
    UINT32 i, first_error = 0, error;
    for (i = 0; i < opened->count; i++) {
        error = opened->pages[i].is_open ? protect(opened, &opened->pages[i], false) : 0;
        if (!first_error)
            first_error = error;
    }
    return first_error;
}

static UINT32 note_pages(opened_pages *opened, const hmi_import_patch *patch)
{
    hostmem_os *os = patch->os;
    UINT32 i, error = 0;
    hmi_os_info info;
    os->get_info(os, &info);
    *opened = (opened_pages){.os = os, .page_size = info.page_size};
    opened->pages = os->object_alloc(os, (patch->count + 1) * sizeof *opened->pages);
    if (!opened->pages)
        return ERROR_NOT_ENOUGH_MEMORY;
    for (i = 0; i < patch->count && !error; i++)
        error = note_page(opened, (UINT_PTR)patch->changes[i].slot & ~(info.page_size - 1));
    if (error)
        os->object_free(os, opened->pages);
    return error;
}

static void exchange(hmi_import_patch *patch)
{
    UINT32 turn, i;
    for (turn = 0; turn < HMI_IMPORT_TURNS; turn++) {
        for (i = 0; i < patch->count; i++) {
            hmi_import_change *change = &patch->changes[i];
            if (change->turn == turn)
                change->before = atomic_exchange(change->slot, change->after);
        }
    }
}

static void put_back(hmi_import_patch *patch)
{
    UINT32 turn = HMI_IMPORT_TURNS, i;
    while (turn--) {
        for (i = patch->count; i--;) {
            const hmi_import_change *change = &patch->changes[i];
            if (change->turn == turn)
                atomic_store(change->slot, change->before);
        }
    }
}

/* Calls act with the pages open, and the opposite function if closing the pages fails. */
static UINT32 change(hmi_import_patch *patch, void (*act)(hmi_import_patch *patch),
                     void (*undo)(hmi_import_patch *patch))
{
    opened_pages opened;
    UINT32 error = note_pages(&opened, patch);
    if (error)
        return error;
    error = open_pages(&opened);
    if (!error) {
        act(patch);
        error = close_pages(&opened);
        if (error && !open_pages(&opened))
            undo(patch);
    }
    close_pages(&opened); /* closes the pages again after an error */
    patch->os->object_free(patch->os, opened.pages);
    return error;
}

UINT32 hmi_import_patch_apply(hmi_import_patch *patch)
{
    return change(patch, exchange, put_back);
}

static bool is_as_patched(const hmi_import_patch *patch)
{
    UINT32 i;
    for (i = 0; i < patch->count; i++) {
        if (atomic_load(patch->changes[i].slot) != patch->changes[i].after)
            return false;
    }
    return true;
}

UINT32 hmi_import_patch_revert(hmi_import_patch *patch)
{
    return is_as_patched(patch) ? change(patch, put_back, exchange) : ERROR_BUSY;
}
