/* A 32-bit process that has run out of address space maps a file in the place of the reserve: on Windows, or Wine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define COBJMACROS
#include <hostmem/hostmem.h>

#include <cmocka.h>

#define VIEW ((SIZE_T)16 << 20)
#define RESERVE ((SIZE_T)24 << 20)
#define GRANULE ((SIZE_T)65536)
#define SLICE ((SIZE_T)1 << 20) /* the smallest reservation with which the address space is filled */
#define LAST_ERROR 0x2badcafeu

typedef struct scene {
    hostmem *instance;
    IHostMemoryManager *manager;
    HANDLE mapping;
    void *filling[8192];
    unsigned count;
} scene;

static scene the_scene;

/* Reserves from large to small until no slice is left. */
static void fill(scene *s)
{
    SIZE_T size;
    for (size = (SIZE_T)1 << 30; size >= SLICE; size /= 2) {
        void *memory;
        while (s->count < sizeof s->filling / sizeof *s->filling &&
               (memory = VirtualAlloc(NULL, size, MEM_RESERVE, PAGE_NOACCESS)) != NULL)
            s->filling[s->count++] = memory;
    }
}

static void empty(scene *s)
{
    while (s->count)
        VirtualFree(s->filling[--s->count], 0, MEM_RELEASE);
}

static int setup(void **state, UINT64 reserve)
{
    hostmem_config config = {.size = sizeof config, .address_reserve_bytes = reserve};
    scene *s = &the_scene;
    *state = s;
    s->mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, (DWORD)VIEW, NULL);
    if (!s->mapping || hostmem_create(&config, &s->instance) || hostmem_get_manager(s->instance, &s->manager))
        return -1;
    fill(s);
    return 0;
}

static int setup_with_reserve(void **state)
{
    return setup(state, RESERVE);
}

static int setup_without(void **state)
{
    return setup(state, 0);
}

static int teardown(void **state)
{
    scene *s = *state;
    empty(s);
    CloseHandle(s->mapping);
    IHostMemoryManager_Release(s->manager);
    return hostmem_release(s->instance) ? -1 : 0;
}

static char *map(scene *s)
{
    return MapViewOfFileEx(s->mapping, FILE_MAP_WRITE, 0, 0, VIEW, NULL);
}

static UINT64 held(scene *s)
{
    hostmem_stats stats = {.size = sizeof stats};
    hostmem_get_stats(s->instance, &stats);
    return stats.address_reserve_bytes;
}

/* The call returns hr and does not change the last error. */
#define expect(call, hr)                                                       \
    (SetLastError(LAST_ERROR), assert_int_equal((UINT32)(call), (UINT32)(hr)), \
     assert_int_equal(GetLastError(), LAST_ERROR))

static void a_file_is_mapped_through_the_reserve(void **state)
{
    scene *s = *state;
    unsigned round;
    for (round = 0; round < 3; round++) {
        char *view = map(s);
        assert_null(view); /* so the address space is full */
        assert_int_equal(held(s), RESERVE);
        expect(IHostMemoryManager_NeedsVirtualAddressSpace(s->manager, NULL, VIEW), S_OK);
        assert_int_equal(held(s), 0);
        view = map(s);
        assert_non_null(view);
        view[VIEW - 1] = (char)(7 + round);
        expect(IHostMemoryManager_AcquiredVirtualAddressSpace(s->manager, view, VIEW), S_OK);
        assert_int_equal(held(s), 0); /* what is left is too small */
        expect(IHostMemoryManager_NeedsVirtualAddressSpace(s->manager, NULL, VIEW), E_OUTOFMEMORY);
        assert_int_equal(view[VIEW - 1], 7 + round);
        assert_true(UnmapViewOfFile(view));
        expect(IHostMemoryManager_ReleasedVirtualAddressSpace(s->manager, view), S_OK);
        assert_int_equal(held(s), RESERVE);
    }
}

static void it_is_kept_from_what_would_not_fit_either(void **state)
{
    scene *s = *state;
    assert_null(map(s));
    expect(IHostMemoryManager_NeedsVirtualAddressSpace(s->manager, NULL, (SIZE_T)512 << 20), E_OUTOFMEMORY);
    expect(IHostMemoryManager_NeedsVirtualAddressSpace(s->manager, s->filling[0], VIEW), E_OUTOFMEMORY);
    assert_int_equal(held(s), RESERVE);
}

static void a_release_through_the_manager_brings_it_back(void **state)
{
    scene *s = *state;
    void *memory = NULL;
    char *view;
    VirtualFree(s->filling[--s->count], 0, MEM_RELEASE); /* a slice for the C library's heap and the like */
    expect(IHostMemoryManager_NeedsVirtualAddressSpace(s->manager, NULL, VIEW), S_OK);
    view = map(s);
    assert_non_null(view);
    expect(IHostMemoryManager_AcquiredVirtualAddressSpace(s->manager, view, VIEW), S_OK);
    empty(s);
    expect(
        IHostMemoryManager_VirtualAlloc(s->manager, NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS, eTaskCritical, &memory),
        S_OK);
    assert_int_equal(held(s), 0);
    expect(IHostMemoryManager_VirtualFree(s->manager, memory, 0, MEM_RELEASE), S_OK);
    assert_int_equal(held(s), RESERVE);
    UnmapViewOfFile(view);
}

static void without_a_reserve_the_file_stays_out(void **state)
{
    scene *s = *state;
    assert_null(map(s));
    assert_int_equal(held(s), 0);
    expect(IHostMemoryManager_NeedsVirtualAddressSpace(s->manager, NULL, VIEW), E_OUTOFMEMORY);
    assert_null(map(s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_mapped_through_the_reserve, setup_with_reserve, teardown),
        cmocka_unit_test_setup_teardown(it_is_kept_from_what_would_not_fit_either, setup_with_reserve, teardown),
        cmocka_unit_test_setup_teardown(a_release_through_the_manager_brings_it_back, setup_with_reserve, teardown),
        cmocka_unit_test_setup_teardown(without_a_reserve_the_file_stays_out, setup_without, teardown),
    };
    return cmocka_run_group_tests_name("address_space", tests, NULL, NULL);
}
