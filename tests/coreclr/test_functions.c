/* The functions that stand in import tables, compared with Windows' own: for the same arguments they have the same
 * result, last error and contents. Where the budget refuses, the error is the one that Windows has for that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hostmem/coreclr.h>

#include <cmocka.h>
#include <psapi.h>

enum { UNIT = 65536, PAGE = 4096, UNTOUCHED = 0x5eed };

/* One of Windows' functions beside the one that takes its place. */
typedef enum side { OWN, GOVERNED, SIDES } side;

typedef struct functions {
    LPVOID(WINAPI *alloc)(LPVOID, SIZE_T, DWORD, DWORD);
    BOOL(WINAPI *free)(LPVOID, SIZE_T, DWORD);
    BOOL(WINAPI *protect)(LPVOID, SIZE_T, DWORD, PDWORD);
    SIZE_T(WINAPI *query)(LPCVOID, PMEMORY_BASIC_INFORMATION, SIZE_T);
    LPVOID(WINAPI *heap_alloc)(HANDLE, DWORD, SIZE_T);
    LPVOID(WINAPI *heap_realloc)(HANDLE, DWORD, LPVOID, SIZE_T);
    SIZE_T(WINAPI *heap_size)(HANDLE, DWORD, LPCVOID);
    BOOL(WINAPI *heap_free)(HANDLE, DWORD, LPVOID);
    HLOCAL(WINAPI *local_alloc)(UINT, SIZE_T);
    HLOCAL(WINAPI *local_free)(HLOCAL);
} functions;

static functions sides[SIDES];
static HMODULE fake;
static hostmem *memory;

/* ---- Calls, on both sides ---- */

typedef struct outcome {
    SIZE_T result; /* as a number; of pointers whether there is one, unless they are expected to be known */
    DWORD error;
} outcome;

static outcome ended(SIZE_T result)
{
    return (outcome){result, GetLastError()};
}

static void assert_same(const char *what, outcome own, outcome governed)
{
    if (own.result == governed.result && own.error == governed.error)
        return;
    fail_msg("%s: Windows' function says %zu and error %lu, ours %zu and error %lu", what, (size_t)own.result,
             own.error, (size_t)governed.result, governed.error);
}

static char *reserve(side side, SIZE_T size, DWORD type)
{
    char *range = sides[side].alloc(NULL, size, type, PAGE_READWRITE);

    assert_non_null(range);
    return range;
}

/* An offset is from the beginning of a reservation of four units, of which the second one is committed. */
static const struct {
    const char *what;
    UINT_PTR offset;
    SIZE_T size;
    DWORD type, protect;
} allocations[] = {
    {"a commit", UNIT / 2, PAGE, MEM_COMMIT, PAGE_READWRITE},
    {"a commit of a part of a page", PAGE + 100, 10, MEM_COMMIT, PAGE_READWRITE},
    {"a commit of what is committed", UNIT, PAGE, MEM_COMMIT, PAGE_READONLY},
    {"a commit of executable pages", 0, PAGE, MEM_COMMIT, PAGE_EXECUTE_READ},
    {"a commit beyond the end", 4 * UNIT - PAGE, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE},
    {"a commit of nothing", 0, 0, MEM_COMMIT, PAGE_READWRITE},
    {"a commit with a protection that there is not", 0, PAGE, MEM_COMMIT, 3},
    {"a type that there is not", 0, PAGE, 0x10, PAGE_READWRITE},
    {"no type", 0, PAGE, 0, PAGE_READWRITE},
    {"a reservation of what is reserved", UNIT, UNIT, MEM_RESERVE, PAGE_READWRITE},
    {"a reset", UNIT, PAGE, MEM_RESET, PAGE_READWRITE},
    {"more than there is address space for", 0, (SIZE_T)-1 / 2, MEM_COMMIT, PAGE_READWRITE},
};

static outcome try_allocation(side side, size_t i)
{
    char *range = reserve(side, 4 * UNIT, MEM_RESERVE), *got;
    outcome outcome;

    assert_ptr_equal(sides[side].alloc(range + UNIT, UNIT, MEM_COMMIT, PAGE_READWRITE), range + UNIT);
    SetLastError(UNTOUCHED);
    got = sides[side].alloc(range + allocations[i].offset, allocations[i].size, allocations[i].type,
                            allocations[i].protect);
    outcome = ended(got ? (SIZE_T)(got - range) + 1 : 0);
    assert_true(sides[side].free(range, 0, MEM_RELEASE));
    return outcome;
}

static void allocations_end_as_windows_do(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(allocations) / sizeof(*allocations); i++)
        assert_same(allocations[i].what, try_allocation(OWN, i), try_allocation(GOVERNED, i));
}

static const struct {
    const char *what;
    UINT_PTR offset;
    SIZE_T size;
    DWORD type;
} frees[] = {
    {"a decommit", UNIT, PAGE, MEM_DECOMMIT},
    {"a decommit of all", 0, 0, MEM_DECOMMIT},
    {"a decommit of all from its middle", UNIT, 0, MEM_DECOMMIT},
    {"a decommit of what is not committed", 0, PAGE, MEM_DECOMMIT},
    {"a decommit beyond the end", 3 * UNIT, 2 * UNIT, MEM_DECOMMIT},
    {"a release with a size", 0, 4 * UNIT, MEM_RELEASE},
    {"a release from its middle", UNIT, 0, MEM_RELEASE},
    {"both", 0, 0, MEM_RELEASE | MEM_DECOMMIT},
    {"no type", 0, 0, 0},
};

static outcome try_free(side side, size_t i)
{
    char *range = reserve(side, 4 * UNIT, MEM_RESERVE);
    outcome outcome;

    assert_ptr_equal(sides[side].alloc(range + UNIT, UNIT, MEM_COMMIT, PAGE_READWRITE), range + UNIT);
    SetLastError(UNTOUCHED);
    outcome = ended((SIZE_T)sides[side].free(range + frees[i].offset, frees[i].size, frees[i].type));
    assert_true(sides[side].free(range, 0, MEM_RELEASE));
    return outcome;
}

static void frees_end_as_windows_do(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(frees) / sizeof(*frees); i++)
        assert_same(frees[i].what, try_free(OWN, i), try_free(GOVERNED, i));
}

/* Twice, and of what was never anybody's. */
static outcome try_release_again(side side)
{
    char *range = reserve(side, UNIT, MEM_RESERVE);

    assert_true(sides[side].free(range, 0, MEM_RELEASE));
    SetLastError(UNTOUCHED);
    return ended((SIZE_T)sides[side].free(range, 0, MEM_RELEASE));
}

static outcome try_release_nothing(side side)
{
    SetLastError(UNTOUCHED);
    return ended((SIZE_T)sides[side].free(NULL, 0, MEM_RELEASE));
}

static void what_is_nobodys_is_freed_as_windows_does(void **state)
{
    (void)state;
    assert_same("a release of what is free", try_release_again(OWN), try_release_again(GOVERNED));
    assert_same("a release of nothing", try_release_nothing(OWN), try_release_nothing(GOVERNED));
}

static outcome try_protect(side side, UINT_PTR offset, SIZE_T size, DWORD protect, BOOL wants_old)
{
    char *range = reserve(side, 2 * UNIT, MEM_RESERVE);
    DWORD old = 0;
    outcome outcome;

    assert_ptr_equal(sides[side].alloc(range, UNIT, MEM_COMMIT, PAGE_READWRITE), range);
    SetLastError(UNTOUCHED);
    outcome = ended((SIZE_T)sides[side].protect(range + offset, size, protect, wants_old ? &old : NULL));
    outcome.result = outcome.result << 16 | old;
    assert_true(sides[side].free(range, 0, MEM_RELEASE));
    return outcome;
}

static void protections_change_as_windows_do(void **state)
{
    static const struct {
        const char *what;
        UINT_PTR offset;
        SIZE_T size;
        DWORD protect;
        BOOL wants_old;
    } cases[] = {
        {"a page", 0, PAGE, PAGE_READONLY, TRUE},
        {"executable pages", PAGE, 2 * PAGE, PAGE_EXECUTE_READ, TRUE},
        {"pages that are not committed", UNIT, PAGE, PAGE_READONLY, TRUE},
        {"a protection that there is not", 0, PAGE, 3, TRUE},
        {"nowhere to say what it was", 0, PAGE, PAGE_READONLY, FALSE},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_same(cases[i].what,
                    try_protect(OWN, cases[i].offset, cases[i].size, cases[i].protect, cases[i].wants_old),
                    try_protect(GOVERNED, cases[i].offset, cases[i].size, cases[i].protect, cases[i].wants_old));
}

static outcome try_query(side side, const void *address, SIZE_T size)
{
    MEMORY_BASIC_INFORMATION info;

    SetLastError(UNTOUCHED);
    return ended(sides[side].query(address, &info, size));
}

static void queries_end_as_windows_do(void **state)
{
    static const SIZE_T sizes[] = {sizeof(MEMORY_BASIC_INFORMATION), sizeof(MEMORY_BASIC_INFORMATION) - 1, 0};
    const void *addresses[] = {&memory, NULL, (const void *)(UINT_PTR)-4096};
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        for (k = 0; k < sizeof(addresses) / sizeof(*addresses); k++)
            assert_same("a query", try_query(OWN, addresses[k], sizes[i]), try_query(GOVERNED, addresses[k], sizes[i]));
}

/* ---- Blocks ---- */

static outcome try_heap(side side)
{
    const functions *functions = &sides[side];
    HANDLE heap = GetProcessHeap();
    unsigned char *block, *larger;
    outcome outcome;
    SIZE_T size;

    SetLastError(UNTOUCHED);
    block = functions->heap_alloc(heap, HEAP_ZERO_MEMORY, 100);
    assert_non_null(block);
    assert_int_equal(functions->heap_size(heap, 0, block), 100);
    for (size = 0; size < 100; size++)
        assert_int_equal(block[size], 0);
    memset(block, 7, 100);
    larger = functions->heap_realloc(heap, HEAP_ZERO_MEMORY, block, 5000);
    assert_non_null(larger);
    assert_int_equal(functions->heap_size(heap, 0, larger), 5000);
    for (size = 0; size < 5000; size++)
        assert_int_equal(larger[size], size < 100 ? 7 : 0);
    outcome = ended((SIZE_T)functions->heap_free(heap, 0, larger));
    assert_true(functions->heap_free(heap, 0, NULL));
    return outcome;
}

static outcome try_local(side side)
{
    HLOCAL block;

    SetLastError(UNTOUCHED);
    block = sides[side].local_alloc(LPTR, 200);
    assert_non_null(block);
    assert_int_equal(((const char *)block)[199], 0);
    return ended((SIZE_T)sides[side].local_free(block));
}

static void blocks_are_as_windows_are(void **state)
{
    (void)state;
    assert_same("blocks of a heap", try_heap(OWN), try_heap(GOVERNED));
    assert_same("local blocks", try_local(OWN), try_local(GOVERNED));
}

/* A block that Windows itself has given, and that a governed module changes and frees. */
static void blocks_of_others_are_passed_on(void **state)
{
    hostmem_coreclr_status before = {.size = sizeof(before)}, after = {.size = sizeof(after)};
    HANDLE heap = GetProcessHeap();
    char *block = HeapAlloc(heap, 0, 40);

    (void)state;
    assert_non_null(block);
    memcpy(block, "as it was", 10);
    assert_int_equal(hostmem_coreclr_get_status(&before), S_OK);
    block = sides[GOVERNED].heap_realloc(heap, 0, block, 4000);
    assert_non_null(block);
    assert_string_equal(block, "as it was");
    assert_int_equal(sides[GOVERNED].heap_size(heap, 0, block), 4000);
    assert_true(sides[GOVERNED].heap_free(heap, 0, block));
    assert_int_equal(hostmem_coreclr_get_status(&after), S_OK);
    assert_true(after.foreign_blocks > before.foreign_blocks);
}

/* ---- What is counted and refused ---- */

static hostmem_stats figures(void)
{
    hostmem_stats stats = {.size = sizeof(stats)};

    assert_int_equal(hostmem_get_stats(memory, &stats), S_OK);
    return stats;
}

static UINT64 used(void)
{
    return figures().used_bytes;
}

static UINT64 mapped(void)
{
    return figures().mapped_bytes;
}

static void module_is_governed_by_its_own_imports(void **state)
{
    void *(*alloc)(SIZE_T) = (void *(*)(SIZE_T))(void (*)(void))GetProcAddress(fake, "fake_virtual_alloc");
    BOOL (*release)(void *) = (BOOL(*)(void *))(void (*)(void))GetProcAddress(fake, "fake_virtual_free");
    UINT64 before = used();
    void *range;

    (void)state;
    assert_non_null(alloc);
    assert_non_null(release);
    range = alloc(3 * PAGE);
    assert_non_null(range);
    assert_true(used() == before + 3 * PAGE);
    /* While something is taken there is no going back. */
    assert_int_equal(hostmem_coreclr_detach(), HRESULT_FROM_WIN32(ERROR_BUSY));
    assert_true(release(range));
    assert_true(used() == before);
}

static void refusals_have_windows_errors(void **state)
{
    UINT64 before = used();
    char *range = reserve(GOVERNED, 64 * UNIT, MEM_RESERVE);

    (void)state;
    assert_int_equal(hostmem_set_limit(memory, before + UNIT), S_OK);
    SetLastError(UNTOUCHED);
    assert_null(sides[GOVERNED].alloc(range, 2 * UNIT, MEM_COMMIT, PAGE_READWRITE));
    assert_int_equal(GetLastError(), ERROR_COMMITMENT_LIMIT);
    assert_true(used() == before);
    assert_null(sides[GOVERNED].heap_alloc(GetProcessHeap(), 0, 4 * UNIT));
    assert_int_equal(hostmem_set_limit(memory, 0), S_OK);
    assert_ptr_equal(sides[GOVERNED].alloc(range, 2 * UNIT, MEM_COMMIT, PAGE_READWRITE), range);
    assert_true(sides[GOVERNED].free(range, 0, MEM_RELEASE));
    assert_true(used() == before);
}

/* ---- What memory is for ---- */

enum { MIB = 1 << 20 };

typedef struct kinds {
    UINT64 bytes[HOSTMEM_KINDS];
} kinds;

/* The kinds, which add up. */
static kinds kinds_now(void)
{
    hostmem_stats stats = figures();
    kinds now;
    UINT64 sum = 0;
    int kind;

    for (kind = 0; kind < HOSTMEM_KINDS; kind++)
        sum += now.bytes[kind] = stats.kind_bytes[kind];
    assert_true(sum == stats.used_bytes);
    return now;
}

/* Since before, only this kind has changed, by this many bytes. */
static void assert_grown(kinds *before, int grown, INT64 bytes)
{
    kinds now = kinds_now();
    int kind;

    for (kind = 0; kind < HOSTMEM_KINDS; kind++) {
        INT64 expected = kind == grown ? bytes : 0, found = (INT64)(now.bytes[kind] - before->bytes[kind]);
        if (found != expected)
            fail_msg("kind %d has grown by %lld instead of %lld", kind, (long long)found, (long long)expected);
    }
    *before = now;
}

static void find(void *out, const char *name);

/* As a runtime finds a function that managed code calls. */
static void find_invoked(void *out, const WCHAR *library, const char *name)
{
    FARPROC(WINAPI * lookup)(HMODULE, LPCSTR);
    FARPROC function;

    find(&lookup, "GetProcAddress");
    function = lookup(GetModuleHandleW(library), name);
    assert_non_null(function);
    memcpy(out, &function, sizeof(function));
}

static char *take(SIZE_T size, DWORD type, DWORD protect)
{
    char *range = sides[GOVERNED].alloc(NULL, size, type, protect);

    assert_non_null(range);
    return range;
}

static void commit(char *at, DWORD protect)
{
    assert_ptr_equal(sides[GOVERNED].alloc(at, PAGE, MEM_COMMIT, protect), at);
}

static void release(void *range)
{
    assert_true(sides[GOVERNED].free(range, 0, MEM_RELEASE));
}

/* As in Windows' C runtime. */
static void resizing_to_nothing_frees(void **state)
{
    void *(__cdecl * c_malloc)(size_t), *(__cdecl * c_realloc)(void *, size_t);
    void *(__cdecl * c_recalloc)(void *, size_t, size_t);
    UINT64 before = used();
    void *block, *other;

    (void)state;
    find(&c_malloc, "malloc");
    find(&c_realloc, "realloc");
    find(&c_recalloc, "_recalloc");
    block = c_malloc(UNIT);
    other = c_malloc(UNIT);
    assert_non_null(block);
    assert_non_null(other);
    assert_true(used() == before + 2 * UNIT);
    assert_null(c_realloc(block, 0));
    assert_null(c_recalloc(other, 0, 8));
    assert_true(used() == before);
}

/* As System.Runtime.MemoryFailPoint asks. */
static void free_memory_is_what_the_budget_has_left(void **state)
{
    BOOL(WINAPI * ask)(LPMEMORYSTATUSEX);
    MEMORYSTATUSEX machine = {.dwLength = sizeof(machine)}, told = machine;
    UINT64 limit_bytes = used() + 10 * MIB;

    (void)state;
    find_invoked(&ask, L"kernel32.dll", "GlobalMemoryStatusEx");
    assert_true(GlobalMemoryStatusEx(&machine));
    assert_int_equal(hostmem_set_limit(memory, limit_bytes), S_OK);
    assert_true(ask(&told));
    assert_int_equal(hostmem_set_limit(memory, 0), S_OK);
    assert_int_equal(told.ullTotalPageFile, limit_bytes);
    assert_int_equal(told.ullAvailPageFile, 10 * MIB);
    assert_int_equal(told.ullTotalVirtual, machine.ullTotalVirtual);
    told = machine;
    assert_true(ask(&told));
    assert_int_equal(told.ullTotalPageFile, machine.ullTotalPageFile);
}

typedef BOOL process_memory(HANDLE process, PPROCESS_MEMORY_COUNTERS counters, DWORD size);
typedef BOOL job_limits(JOBOBJECT_EXTENDED_LIMIT_INFORMATION *limits);

/* As the collector asks. Until it has been told of a limit, and for other processes, the figures are the system's. */
static void process_has_the_managers_figures_once_a_limit_was_told(void **state)
{
    process_memory *ask = (process_memory *)(void (*)(void))GetProcAddress(fake, "fake_process_memory");
    job_limits *job = (job_limits *)(void (*)(void))GetProcAddress(fake, "fake_job_limits");
    HANDLE self = GetCurrentProcess(), handle = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, GetCurrentProcessId());
    UINT64 limit_bytes = used() + 100 * MIB;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    PROCESS_MEMORY_COUNTERS_EX told = {0};
    PROCESS_MEMORY_COUNTERS *counters = (PROCESS_MEMORY_COUNTERS *)&told;
    char *range;

    (void)state;
    assert_true(ask(self, counters, sizeof(told)));
    assert_true(told.WorkingSetSize > used());
    assert_int_equal(hostmem_set_limit(memory, limit_bytes), S_OK);
    assert_true(job(&limits));
    assert_int_equal(limits.ProcessMemoryLimit, limit_bytes);
    assert_true(limits.BasicLimitInformation.LimitFlags & JOB_OBJECT_LIMIT_PROCESS_MEMORY);

    range = sides[GOVERNED].alloc(NULL, 20 * MIB, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    memset(&told, 0xee, sizeof(told));
    SetLastError(UNTOUCHED);
    assert_true(ask(self, counters, sizeof(told)));
    assert_int_equal(GetLastError(), UNTOUCHED);
    assert_int_equal(told.cb, sizeof(*counters));
    assert_true(told.WorkingSetSize == used() && told.PagefileUsage == used() && told.PrivateUsage == used());
    assert_true(told.PeakWorkingSetSize >= used() && told.PeakPagefileUsage == told.PeakWorkingSetSize);
    assert_int_equal(told.PageFaultCount, 0);

    assert_true(sides[GOVERNED].free(range, 0, MEM_RELEASE));
    memset(&told, 0xee, sizeof(told));
    assert_true(ask(handle, counters, sizeof(*counters))); /* the shorter structure, and a real handle */
    assert_true(told.WorkingSetSize == used());
    assert_true(told.PeakWorkingSetSize >= used() + 20 * MIB);
    assert_true(told.PrivateUsage == (SIZE_T)0xeeeeeeeeeeeeeeeeull);

    assert_false(ask(self, counters, sizeof(*counters) - 1));
    assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    assert_false(ask(NULL, counters, sizeof(*counters)));
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    assert_int_equal(hostmem_set_limit(memory, 0), S_OK);
    assert_true(job(&limits));
    assert_true(ask(self, counters, sizeof(told)));
    assert_true(told.WorkingSetSize > used());
    CloseHandle(handle);
}

static void pages_count_as_what_they_were_reserved_for(void **state)
{
    kinds before = kinds_now();
    char *objects, *tables, *code, *other;
    DWORD old;

    (void)state;
    objects = take(8 * MIB, MEM_RESERVE, PAGE_READWRITE);
    commit(objects + MIB, PAGE_READWRITE);
    assert_grown(&before, HOSTMEM_KIND_OBJECTS, PAGE);
    tables = take(UNIT, MEM_RESERVE, PAGE_READWRITE);
    commit(tables, PAGE_READWRITE);
    assert_grown(&before, HOSTMEM_KIND_TABLES, PAGE);
    code = take(UNIT, MEM_RESERVE, PAGE_NOACCESS);
    commit(code, PAGE_READWRITE);
    assert_grown(&before, HOSTMEM_KIND_LOADER, PAGE);
    commit(code + PAGE, PAGE_EXECUTE_READ);
    assert_grown(&before, HOSTMEM_KIND_CODE, PAGE);
    assert_true(sides[GOVERNED].protect(code + PAGE, PAGE, PAGE_READONLY, &old));
    before.bytes[HOSTMEM_KIND_LOADER] += PAGE;
    assert_grown(&before, HOSTMEM_KIND_CODE, -PAGE);
    other = take(PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    assert_grown(&before, HOSTMEM_KIND_OTHER, PAGE);
    /* A refused release changes nothing. */
    assert_false(sides[GOVERNED].free(tables, PAGE, MEM_RELEASE));
    assert_grown(&before, HOSTMEM_KIND_OTHER, 0);
    release(objects);
    assert_grown(&before, HOSTMEM_KIND_OBJECTS, -PAGE);
    release(tables);
    assert_grown(&before, HOSTMEM_KIND_TABLES, -PAGE);
    release(code);
    assert_grown(&before, HOSTMEM_KIND_LOADER, -2 * PAGE);
    release(other);
    assert_grown(&before, HOSTMEM_KIND_OTHER, -PAGE);
}

/* A heap of segments as that of .NET 10 for x86: its tables grow with it, and a large array has a large segment. */
static void segments_stay_objects_and_growing_tables_tables(void **state)
{
    static const struct {
        SIZE_T size;
        int kind;
    } reserved[] = {{48 * MIB, HOSTMEM_KIND_OBJECTS}, {0xd9000, HOSTMEM_KIND_TABLES},
                    {4 * MIB, HOSTMEM_KIND_TABLES},   {16 * MIB, HOSTMEM_KIND_OBJECTS},
                    {0x1b7800, HOSTMEM_KIND_TABLES},  {16 * MIB, HOSTMEM_KIND_OBJECTS},
                    {0x36f000, HOSTMEM_KIND_TABLES},  {304 * MIB, HOSTMEM_KIND_OBJECTS},
                    {16 * MIB, HOSTMEM_KIND_OBJECTS}, {0x6de000, HOSTMEM_KIND_TABLES}};
    enum { COUNT = sizeof(reserved) / sizeof(*reserved) };
    kinds before = kinds_now();
    char *ranges[COUNT];
    int i;

    (void)state;
    for (i = 0; i < COUNT; i++) {
        ranges[i] = take(reserved[i].size, MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE);
        commit(ranges[i], PAGE_READWRITE);
        assert_grown(&before, reserved[i].kind, PAGE);
    }
    for (i = 0; i < COUNT; i++) {
        release(ranges[i]);
        assert_grown(&before, reserved[i].kind, -PAGE);
    }
}

static void commits_in_executable_views_are_loader_heaps_and_code(void **state)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE | SEC_RESERVE, 0, 4 * UNIT,
                                        NULL);
    LPVOID(WINAPI * map)(HANDLE, DWORD, DWORD, DWORD, SIZE_T, LPVOID);
    BOOL(WINAPI * unmap)(LPCVOID);
    kinds before = kinds_now();
    char *view;

    (void)state;
    find(&map, "MapViewOfFileEx");
    find(&unmap, "UnmapViewOfFile");
    assert_non_null(section);
    view = map(section, FILE_MAP_WRITE | FILE_MAP_EXECUTE, 0, 0, 4 * UNIT, NULL);
    assert_non_null(view);
    commit(view, PAGE_READWRITE);
    assert_grown(&before, HOSTMEM_KIND_LOADER, PAGE);
    commit(view + PAGE, PAGE_EXECUTE_READ);
    assert_grown(&before, HOSTMEM_KIND_CODE, PAGE);
    assert_true(unmap(view));
    before.bytes[HOSTMEM_KIND_LOADER] -= PAGE;
    assert_grown(&before, HOSTMEM_KIND_CODE, -PAGE);
    CloseHandle(section);
}

static void views_end_by_any_of_their_addresses(void **state)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4 * UNIT, NULL);
    LPVOID(WINAPI * map)(HANDLE, DWORD, DWORD, DWORD, SIZE_T, LPVOID);
    BOOL(WINAPI * unmap)(LPCVOID);
    UINT64 before = mapped();
    char *view, *inside;

    (void)state;
    find(&map, "MapViewOfFileEx");
    find(&unmap, "UnmapViewOfFile");
    assert_non_null(section);
    view = map(section, FILE_MAP_WRITE, 0, 0, 4 * UNIT, NULL);
    assert_non_null(view);
    assert_int_equal(mapped() - before, 4 * UNIT);
    assert_true(unmap(view + 2 * UNIT + 1));
    assert_int_equal(mapped(), before);

    /* What was unmapped around the library does not hide what is there now. */
    inside = map(section, FILE_MAP_WRITE, 0, 0, UNIT, view + UNIT);
    assert_ptr_equal(inside, view + UNIT);
    assert_true(UnmapViewOfFile(inside));
    assert_ptr_equal(map(section, FILE_MAP_WRITE, 0, 0, 4 * UNIT, view), view);
    assert_int_equal(mapped() - before, 4 * UNIT);
    assert_true(unmap(inside));
    assert_int_equal(mapped(), before);

    SetLastError(NO_ERROR);
    assert_false(unmap(view));
    assert_int_equal(GetLastError(), ERROR_INVALID_ADDRESS);
    CloseHandle(section);
}

static void blocks_count_as_their_callers(void **state)
{
    HANDLE heap = GetProcessHeap();
    LPVOID(WINAPI * invoked_alloc)(LPVOID, SIZE_T, DWORD, DWORD);
    LPVOID(WINAPI * invoked_heap_alloc)(HANDLE, DWORD, SIZE_T);
    HANDLE(WINAPI * invoked_create)(DWORD, SIZE_T, SIZE_T);
    BOOL(WINAPI * destroy)(HANDLE);
    kinds before = kinds_now();
    void *own, *invoked, *pages;
    HANDLE made;

    (void)state;
    find_invoked(&invoked_alloc, L"kernel32.dll", "VirtualAlloc");
    find_invoked(&invoked_heap_alloc, L"kernel32.dll", "HeapAlloc");
    find_invoked(&invoked_create, L"kernel32.dll", "HeapCreate");
    find_invoked(&destroy, L"kernel32.dll", "HeapDestroy");
    own = sides[GOVERNED].heap_alloc(heap, 0, 100);
    assert_grown(&before, HOSTMEM_KIND_BLOCKS, 100);
    invoked = invoked_heap_alloc(heap, 0, 50);
    assert_grown(&before, HOSTMEM_KIND_INVOKED, 50);
    pages = invoked_alloc(NULL, 2 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE);
    assert_grown(&before, HOSTMEM_KIND_INVOKED, 2 * PAGE);
    /* A block stays in its heap, whoever changes its size or frees it. */
    invoked = sides[GOVERNED].heap_realloc(heap, 0, invoked, 70);
    assert_grown(&before, HOSTMEM_KIND_INVOKED, 20);
    assert_int_equal(sides[GOVERNED].heap_size(heap, 0, invoked), 70);
    made = invoked_create(0, 0, 0);
    assert_non_null(invoked_heap_alloc(made, 0, 30));
    assert_grown(&before, HOSTMEM_KIND_INVOKED, 30);
    assert_true(destroy(made)); /* with the block in it */
    assert_grown(&before, HOSTMEM_KIND_INVOKED, -30);
    assert_true(sides[GOVERNED].heap_free(heap, 0, invoked));
    assert_grown(&before, HOSTMEM_KIND_INVOKED, -70);
    assert_true(sides[GOVERNED].heap_free(heap, 0, own));
    assert_grown(&before, HOSTMEM_KIND_BLOCKS, -100);
    release(pages);
    assert_grown(&before, HOSTMEM_KIND_INVOKED, -2 * PAGE);
}

/* ---- Sampled stacks ---- */

#define SAMPLED 0x400000u /* bytes: so large that each block is sampled */

typedef struct search {
    UINT32 stacks, of_caller, of_pages;
} search;

static void sampled_stacks_begin_at_the_caller(void **state);

static BOOL look(void *context, const hostmem_origin *origin)
{
    search *search = context;

    if (origin->frame_count) {
        search->stacks++;
        search->of_pages += origin->live_page_bytes == SAMPLED;
        /* 2048: no less than the function has */
        search->of_caller += (UINT_PTR)origin->frames[0] - (UINT_PTR)sampled_stacks_begin_at_the_caller < 2048;
    }
    return TRUE;
}

/* Functions that can allocate: none of the library's own frames is left, also where one calls another. */
static void sampled_stacks_begin_at_the_caller(void **state)
{
    void *(__cdecl * c_malloc)(size_t), *(__cdecl * c_calloc)(size_t, size_t), *(__cdecl * c_realloc)(void *, size_t);
    void *(__cdecl * c_aligned)(size_t, size_t), *blocks[5], *aligned, *pages;
    void(__cdecl * c_free)(void *), (__cdecl * c_aligned_free)(void *);
    search search = {0, 0, 0};
    UINT32 i;

    (void)state;
    find(&c_malloc, "malloc");
    find(&c_calloc, "calloc");
    find(&c_realloc, "realloc");
    find(&c_free, "free");
    find(&c_aligned, "_aligned_malloc");
    find(&c_aligned_free, "_aligned_free");
    blocks[0] = c_malloc(SAMPLED);
    blocks[1] = c_calloc(1, SAMPLED);
    blocks[2] = c_realloc(c_malloc(SAMPLED), 2 * SAMPLED);
    blocks[3] = sides[GOVERNED].heap_alloc(GetProcessHeap(), 0, SAMPLED);
    blocks[4] = sides[GOVERNED].local_alloc(LMEM_FIXED, SAMPLED);
    aligned = c_aligned(SAMPLED, 64);
    pages = sides[GOVERNED].alloc(NULL, SAMPLED, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    assert_non_null(pages);
    assert_int_equal(hostmem_for_each_origin(memory, look, &search), S_OK);
    for (i = 0; i < 5; i++)
        c_free(blocks[i]);
    c_aligned_free(aligned);
    release(pages);
    assert_in_range(search.stacks, 7, 8); /* 8 with that of the block that realloc freed */
    assert_int_equal(search.of_caller, search.stacks);
    assert_int_equal(search.of_pages, 1);
}

/* ---- Setting up ---- */

static void find(void *out, const char *name)
{
    FARPROC function = hostmem_coreclr_get_function(name);

    if (!function)
        fail_msg("there is no function in place of %s", name);
    memcpy(out, &function, sizeof(function));
}

static int attach(void **state)
{
    static const functions own = {VirtualAlloc, VirtualFree, VirtualProtect, VirtualQuery, HeapAlloc,
                                  HeapReAlloc,  HeapSize,    HeapFree,       LocalAlloc,   LocalFree};
    hostmem_config config = {.size = sizeof(config), .sample_bytes = SAMPLED / 64};
    hostmem_coreclr_config governed = {.size = sizeof(governed), .flags = HOSTMEM_CORECLR_PINVOKES};
    functions *to = &sides[GOVERNED];
    unsigned kind;

    (void)state;
    sides[OWN] = own;
    for (kind = 0; kind < HOSTMEM_CORECLR_KINDS; kind++)
        governed.levels[kind] = HOSTMEM_CORECLR_LEVEL_TASK; /* so that the budget refuses */
    fake = LoadLibraryW(L"fake_coreclr.dll");
    assert_non_null(fake);
    assert_int_equal(hostmem_create(&config, &memory), S_OK);
    assert_int_equal(hostmem_coreclr_attach(memory, fake, &governed), S_OK);
    find(&to->alloc, "VirtualAlloc");
    find(&to->free, "VirtualFree");
    find(&to->protect, "VirtualProtect");
    find(&to->query, "VirtualQuery");
    find(&to->heap_alloc, "HeapAlloc");
    find(&to->heap_realloc, "HeapReAlloc");
    find(&to->heap_size, "HeapSize");
    find(&to->heap_free, "HeapFree");
    find(&to->local_alloc, "LocalAlloc");
    find(&to->local_free, "LocalFree");
    return 0;
}

static int detach(void **state)
{
    (void)state;
    assert_int_equal(hostmem_coreclr_detach(), S_OK);
    hostmem_release(memory);
    FreeLibrary(fake);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_end_as_windows_do),
        cmocka_unit_test(frees_end_as_windows_do),
        cmocka_unit_test(what_is_nobodys_is_freed_as_windows_does),
        cmocka_unit_test(protections_change_as_windows_do),
        cmocka_unit_test(queries_end_as_windows_do),
        cmocka_unit_test(blocks_are_as_windows_are),
        cmocka_unit_test(blocks_of_others_are_passed_on),
        cmocka_unit_test(module_is_governed_by_its_own_imports),
        cmocka_unit_test(refusals_have_windows_errors),
        cmocka_unit_test(resizing_to_nothing_frees),
        cmocka_unit_test(free_memory_is_what_the_budget_has_left),
        cmocka_unit_test(process_has_the_managers_figures_once_a_limit_was_told),
        cmocka_unit_test(pages_count_as_what_they_were_reserved_for),
        cmocka_unit_test(segments_stay_objects_and_growing_tables_tables),
        cmocka_unit_test(commits_in_executable_views_are_loader_heaps_and_code),
        cmocka_unit_test(views_end_by_any_of_their_addresses),
        cmocka_unit_test(blocks_count_as_their_callers),
        cmocka_unit_test(sampled_stacks_begin_at_the_caller),
    };

    return cmocka_run_group_tests_name("the adapter's functions", tests, attach, detach);
}
