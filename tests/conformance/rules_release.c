/* Rules: VirtualFree of memory that the caller may not free. */
#include "check.h"

#include <string.h>

static HRESULT try_free(subject *subject, void *address, SIZE_T size, DWORD type)
{
    check_doing("VirtualFree that must be refused");
    return IHostMemoryManager_VirtualFree(subject->manager, address, size, type);
}

static void expect_untouched(const char *memory, SIZE_T size, const char *what)
{
    MEMORY_BASIC_INFORMATION region = region_at(memory);
    expect(region.State == MEM_COMMIT && region.RegionSize >= size, "%s: a refused VirtualFree has freed pages", what);
    expect_bytes(memory, size, 0x66, what);
}

static void free_of_foreign_memory(subject *subject)
{
    char *memory = foreign_pages(4 * PAGE);
    memset(memory, 0x66, 4 * PAGE);
    expect_hr("VirtualFree(MEM_RELEASE) of foreign memory", try_free(subject, memory, 0, MEM_RELEASE),
              HOST_E_INVALIDOPERATION);
    expect_untouched(memory, 4 * PAGE, "foreign memory");
    expect_hr("VirtualFree(MEM_DECOMMIT) of foreign memory", try_free(subject, memory, PAGE, MEM_DECOMMIT),
              HOST_E_INVALIDOPERATION);
    expect_hr("VirtualFree(MEM_DECOMMIT) of all foreign memory", try_free(subject, memory, 0, MEM_DECOMMIT),
              HOST_E_INVALIDOPERATION);
    expect_untouched(memory, 4 * PAGE, "foreign memory");
}

static void free_of_stack_and_image(subject *subject)
{
    static char image[2 * 4096];
    volatile char stack[64];
    memset(image, 0x66, sizeof image);
    stack[0] = 0x66;
    expect_hr("VirtualFree of the image", try_free(subject, GetModuleHandleA(NULL), 0, MEM_RELEASE),
              HOST_E_INVALIDOPERATION);
    expect_hr("VirtualFree of the image's data", try_free(subject, image, sizeof image, MEM_DECOMMIT),
              HOST_E_INVALIDOPERATION);
    expect_bytes(image, sizeof image, 0x66, "the image's data");
    expect_hr("VirtualFree of the stack", try_free(subject, (void *)(UINT_PTR)stack, 1, MEM_DECOMMIT),
              HOST_E_INVALIDOPERATION);
    expect(stack[0] == 0x66, "a refused VirtualFree has changed the stack");
}

static void free_of_free_memory(subject *subject)
{
    char *memory = VirtualAlloc(NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    expect(memory && VirtualFree(memory, 0, MEM_RELEASE), "the system has no address space for the test itself");
    expect_hr("VirtualFree of a free address", try_free(subject, memory, 0, MEM_RELEASE), HOST_E_INVALIDOPERATION);
    memory = take_pages(subject, NULL, GRANULE, MEM_RESERVE, PAGE_READWRITE);
    give_pages(subject, memory, 0, MEM_RELEASE);
    expect_hr("VirtualFree of what is released already", try_free(subject, memory, 0, MEM_RELEASE),
              HOST_E_INVALIDOPERATION);
}

static void released_address_is_others(subject *subject)
{
    char *memory = take_pages(subject, NULL, GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE), *others;
    give_pages(subject, memory, 0, MEM_RELEASE);
    others = VirtualAlloc(memory, GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!others) {
        check_remark("others allocated the address before the test could");
        return;
    }
    memset(others, 0x66, GRANULE);
    expect_hr("VirtualFree of memory that others have allocated since", try_free(subject, memory, 0, MEM_RELEASE),
              HOST_E_INVALIDOPERATION);
    expect_hr("VirtualFree of pages that others have allocated since", try_free(subject, memory, PAGE, MEM_DECOMMIT),
              HOST_E_INVALIDOPERATION);
    expect_untouched(others, GRANULE, "somebody else's memory");
}

static void interior_release(subject *subject)
{
    char *memory = take_pages(subject, NULL, 4 * GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    HRESULT hr;
    memset(memory, 0x66, 4 * GRANULE);
    hr = try_free(subject, memory + GRANULE, 0, MEM_RELEASE);
    expect(FAILED(hr), "MEM_RELEASE in the middle of a reservation returned 0x%08lx", (unsigned long)hr);
    expect_untouched(memory, 4 * GRANULE, "the reservation");
    give_pages(subject, memory, 0, MEM_RELEASE);
}

static void release_with_size(subject *subject)
{
    char *memory = take_pages(subject, NULL, GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    HRESULT hr;
    memset(memory, 0x66, GRANULE);
    hr = try_free(subject, memory, GRANULE, MEM_RELEASE);
    expect(FAILED(hr), "MEM_RELEASE with a size returned 0x%08lx", (unsigned long)hr);
    expect_untouched(memory, GRANULE, "the reservation");
    give_pages(subject, memory, 0, MEM_RELEASE);
}

/* Two threads release the same reservation at the same time, repeatedly. */
#define RACES 2000

typedef struct racer {
    subject *subject;
    void *volatile *regions;
    HRESULT *results;
    volatile LONG *arrived;
} racer;

static DWORD WINAPI race(void *context)
{
    racer *self = context;
    LONG i;
    for (i = 0; i < RACES; i++) {
        InterlockedIncrement(self->arrived);
        while (*self->arrived < 2 * (i + 1))
            SwitchToThread();
        self->results[i] = IHostMemoryManager_VirtualFree(self->subject->manager, self->regions[i], 0, MEM_RELEASE);
    }
    return 0;
}

static void racing_release(subject *subject)
{
    static void *volatile regions[RACES];
    static HRESULT results[2][RACES];
    static volatile LONG arrived;
    racer racers[2];
    unsigned i;
    for (i = 0; i < RACES; i++)
        regions[i] = take_pages(subject, NULL, PAGE, MEM_RESERVE, PAGE_NOACCESS);
    for (i = 0; i < 2; i++)
        racers[i] = (racer){subject, regions, results[i], &arrived};
    check_doing("VirtualFree of the same memory on two threads");
    run_threads(2, race, racers, sizeof *racers);
    for (i = 0; i < RACES; i++) {
        HRESULT one = results[0][i], other = results[1][i];
        expect((one == S_OK && other == HOST_E_INVALIDOPERATION) || (other == S_OK && one == HOST_E_INVALIDOPERATION),
               "two threads that released the same memory got 0x%08lx and 0x%08lx", (unsigned long)one,
               (unsigned long)other);
    }
}

const rule release_rules[] = {
    {"free_of_foreign_memory", "4", "VirtualFree of foreign memory: HOST_E_INVALIDOPERATION, untouched",
     free_of_foreign_memory},
    {"free_of_stack_and_image", "4", "VirtualFree of stack and image: HOST_E_INVALIDOPERATION, untouched",
     free_of_stack_and_image},
    {"free_of_free_memory", "4", "VirtualFree of free and of released memory: HOST_E_INVALIDOPERATION",
     free_of_free_memory},
    {"released_address_is_others", "4", "what is released is forgotten before its address is reused",
     released_address_is_others},
    {"interior_release", "4", "MEM_RELEASE in the middle of a reservation is refused", interior_release},
    {"release_with_size", "4", "MEM_RELEASE with a size is refused", release_with_size},
    {"racing_release", "4", "of two threads that release the same memory one is refused", racing_release},
    {0},
};
