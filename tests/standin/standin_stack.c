/* Stacks and images. See standin_stack.h. */
#include "standin_stack.h"

#include "standin_calls.h"

/* The largest page size of any Windows. */
enum { PAGE_ROOM = 4096 };

/* A page of this image that contains nothing else. */
static char image_page[2 * PAGE_ROOM];

static char *first_whole_page(standin_check *check, void *room)
{
    return (char *)(((UINT_PTR)room + check->page_size - 1) & ~(UINT_PTR)(check->page_size - 1));
}

/* Sets a protection and restores the old one, which must be what the system reported. */
static void protect_and_back(standin_check *check, char *page, DWORD protect)
{
    MEMORY_BASIC_INFORMATION before;
    DWORD old, own;
    HRESULT hr;

    if (!VirtualQuery(page, &before, sizeof(before)) ||
        standin_virtual_protect(check, page, check->page_size, protect, &old) != S_OK)
        return;
    if (old != before.Protect)
        standin_violation(check, STANDIN_VIRTUAL_PROTECT, "says the old protection was 0x%lX, not 0x%lX", old,
                          before.Protect);
    /* With the wrong protection the program could not continue, so restoring it is tried once more. */
    hr = standin_virtual_protect(check, page, check->page_size, before.Protect, &own);
    if (hr != S_OK)
        hr = standin_virtual_protect(check, page, check->page_size, before.Protect, &own);
    if (hr == S_OK && own != protect)
        standin_violation(check, STANDIN_VIRTUAL_PROTECT, "says the old protection was 0x%lX, not 0x%lX", own, protect);
}

void standin_stack_guard(standin_check *check)
{
    /* The whole page inside of it lies above every frame of the calls below, so none of them touches the guard page. */
    volatile char room[2 * PAGE_ROOM];
    char *page = first_whole_page(check, (void *)room);

    *(volatile char *)page = 1;
    protect_and_back(check, page, PAGE_READWRITE | PAGE_GUARD);
    *(volatile char *)page = 2;
}

void standin_image_protect(standin_check *check)
{
    /* Two tasks at once would see each other's protection. */
    static volatile LONG busy;
    char *page = first_whole_page(check, image_page);

    if (InterlockedExchange(&busy, 1))
        return;
    *(volatile char *)page = 1;
    protect_and_back(check, page, PAGE_READONLY);
    *(volatile char *)page = 2;
    InterlockedExchange(&busy, 0);
}

static void query(standin_check *check, void *address, DWORD type)
{
    MEMORY_BASIC_INFORMATION told, actual;

    if (standin_virtual_query(check, address, &told) != S_OK || !VirtualQuery(address, &actual, sizeof(actual)))
        return;
    if (told.AllocationBase != actual.AllocationBase || told.State != MEM_COMMIT || told.Type != type)
        standin_violation(check, STANDIN_VIRTUAL_QUERY, "describes %p as state 0x%lX, type 0x%lX, based at %p", address,
                          told.State, told.Type, told.AllocationBase);
}

void standin_stack_query(standin_check *check)
{
    char here = 0;

    query(check, &here, MEM_PRIVATE);
    query(check, first_whole_page(check, image_page), MEM_IMAGE);
}

void standin_stack_sample(standin_check *check, HANDLE thread, void *address)
{
    MEMORY_BASIC_INFORMATION info;

    if (SuspendThread(thread) == (DWORD)-1)
        return;
    standin_virtual_query(check, address, &info);
    ResumeThread(thread);
}
