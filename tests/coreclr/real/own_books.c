/* See own_books.h. */
#include "own_books.h"

#include <stdlib.h>

enum { PLACES = 1 << 14, COMMITS = 1 << 17, PAGE = 4096 };

static void *volatile reservations[PLACES];
static SIZE_T sizes[PLACES]; /* of the reservations, as they were requested */
static void *volatile views[PLACES];

/* Commits inside of views, in order; an address of NULL: the view has been unmapped. */
static struct {
    void *volatile address;
    SIZE_T size;
} commits[COMMITS];
static volatile LONG commit_count;

static int add(void *volatile *places, void *base)
{
    int i;

    for (i = 0; i < PLACES; i++)
        if (!places[i] && !InterlockedCompareExchangePointer((PVOID *)&places[i], base, NULL))
            return i;
    abort(); /* the array must be made larger */
}

static BOOL take_out(void *volatile *places, void *base)
{
    int i;

    for (i = 0; i < PLACES; i++)
        if (places[i] == base && InterlockedCompareExchangePointer((PVOID *)&places[i], NULL, base) == base)
            return TRUE;
    return FALSE;
}

/* The next of the regions of the allocation at base. FALSE: there is none. */
static BOOL next_region(const void *base, const char *at, MEMORY_BASIC_INFORMATION *info)
{
    return VirtualQuery(at, info, sizeof(*info)) && info->State != MEM_FREE && info->AllocationBase == base;
}

static const char *end_of(const void *base)
{
    const char *at = base;
    MEMORY_BASIC_INFORMATION info;

    while (next_region(base, at, &info))
        at = (const char *)info.BaseAddress + info.RegionSize;
    return at;
}

void own_books_reserved(void *base, SIZE_T size)
{
    int place = add(reservations, base);

    sizes[place] = size;
}

void own_books_mapped(void *view)
{
    add(views, view);
}

BOOL own_books_released(void *base)
{
    return take_out(reservations, base);
}

void own_books_unmapped(void *view)
{
    const char *end = end_of(view);
    LONG i;

    take_out(views, view);
    for (i = 0; i < commit_count; i++)
        if ((char *)commits[i].address >= (char *)view && (char *)commits[i].address < end)
            commits[i].address = NULL;
}

BOOL own_books_has_view(const void *address)
{
    MEMORY_BASIC_INFORMATION info;
    int i;

    if (!VirtualQuery(address, &info, sizeof(info)) || info.Type != MEM_MAPPED)
        return FALSE;
    for (i = 0; i < PLACES; i++)
        if (views[i] == info.AllocationBase)
            return TRUE;
    return FALSE;
}

void own_books_committed(void *address, SIZE_T size)
{
    LONG index;

    if (!own_books_has_view(address))
        return;
    index = InterlockedIncrement(&commit_count) - 1;
    if (index >= COMMITS)
        abort(); /* the array must be made larger */
    commits[index].size = size + ((UINT_PTR)address & (PAGE - 1));
    commits[index].address = (void *)((UINT_PTR)address & ~(UINT_PTR)(PAGE - 1));
}

static BOOL is_executable(const MEMORY_BASIC_INFORMATION *info)
{
    return (info->Protect & (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)) != 0;
}

/* The size of a reservation as the collector makes them; 0: another one. */
static SIZE_T collector_bytes(int place)
{
    MEMORY_BASIC_INFORMATION info;

    return VirtualQuery(reservations[place], &info, sizeof(info)) && info.AllocationProtect == PAGE_READWRITE
               ? sizes[place]
               : 0;
}

static SIZE_T largest_collector_bytes(void)
{
    SIZE_T largest = 0;
    int i;

    for (i = 0; i < PLACES; i++)
        if (reservations[i] && collector_bytes(i) > largest)
            largest = collector_bytes(i);
    return largest;
}

/* The collector's segments are multiples of 16 MiB. Its only other range for objects, on 64-bit processors, is the
 * largest of its reservations. */
static BOOL is_for_objects(int place, SIZE_T largest)
{
    SIZE_T size = collector_bytes(place);

    return size && (!(size % ((SIZE_T)16 << 20)) || (sizeof(void *) == 8 && size == largest));
}

static void walk_reservation(own_books *out, const void *base, BOOL has_objects)
{
    const char *at = base;
    MEMORY_BASIC_INFORMATION info;

    out->reservations++;
    while (next_region(base, at, &info)) {
        out->reserved_bytes += info.RegionSize;
        if (info.State == MEM_COMMIT) {
            out->committed_bytes += info.RegionSize;
            if (has_objects)
                out->object_bytes += info.RegionSize;
            if (is_executable(&info))
                out->executable_bytes += info.RegionSize;
        }
        at = (const char *)info.BaseAddress + info.RegionSize;
    }
}

static void walk_view(own_books *out, const char *view)
{
    const char *end = end_of(view);
    size_t pages = (size_t)(end - view) / PAGE, page;
    char *named = calloc(pages + 1, 1);
    LONG i;

    out->views++;
    if (!named)
        abort();
    for (i = 0; i < commit_count; i++) {
        const char *address = commits[i].address;

        if (address >= view && address < end)
            for (page = (size_t)(address - view) / PAGE; page < pages && view + page * PAGE < address + commits[i].size;
                 page++)
                named[page] = 1;
    }
    for (page = 0; page < pages; page++) {
        MEMORY_BASIC_INFORMATION info;

        if (!named[page] || !VirtualQuery(view + page * PAGE, &info, sizeof(info)) || info.State != MEM_COMMIT)
            continue;
        out->committed_bytes += PAGE;
        if (is_executable(&info))
            out->executable_bytes += PAGE;
    }
    free(named);
}

void own_books_walk(own_books *out)
{
    const own_books nothing = {0};
    const SIZE_T largest = largest_collector_bytes();
    int i;

    *out = nothing;
    for (i = 0; i < PLACES; i++) {
        if (reservations[i])
            walk_reservation(out, reservations[i], is_for_objects(i, largest));
        if (views[i])
            walk_view(out, views[i]);
    }
}
