/* What has grown since a baseline, and the report of what is still allocated. */
#include "host_fixture.h"

#include <string.h>

static char a[] = "a.cpp", b[] = "b.cpp";

static void *make(IHostMalloc *heap, char *file, int line, SIZE_T size)
{
    void *block;
    assert_int_equal(IHostMalloc_DebugAlloc(heap, size, eTaskCritical, file, line, &block), S_OK);
    return block;
}

typedef struct list {
    struct {
        char file[16];
        INT32 line;
        INT64 blocks, bytes;
        UINT64 live_blocks;
    } growths[16];
    unsigned count;
    unsigned most;
} list;

static BOOL collect(void *context, const hostmem_growth *growth)
{
    list *to = context;
    assert_int_equal(growth->size, sizeof *growth);
    assert_true(to->count < 16);
    strcpy(to->growths[to->count].file, growth->origin->file);
    to->growths[to->count].line = growth->origin->line;
    to->growths[to->count].blocks = growth->blocks;
    to->growths[to->count].bytes = growth->bytes;
    to->growths[to->count].live_blocks = growth->origin->live_blocks;
    to->count++;
    return to->count != to->most;
}

static void expect_growth(const list *all, unsigned i, const char *file, int line, INT64 blocks, INT64 bytes,
                          UINT64 live_blocks)
{
    assert_string_equal(all->growths[i].file, file);
    assert_true(all->growths[i].line == line);
    assert_true(all->growths[i].blocks == blocks);
    assert_true(all->growths[i].bytes == bytes);
    assert_int_equal(all->growths[i].live_blocks, live_blocks);
}

static void growth_is_by_origin_and_size(void **state)
{
    host_fixture *f = *state;
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    void *going = make(heap, a, 1, 70), *staying = make(heap, a, 2, 30), *changed = make(heap, b, 3, 5), *unknown;
    hostmem_stats then = {.size = sizeof then};
    hostmem_baseline *baseline;
    list all = {.count = 0}, some = {.most = 2};
    assert_int_equal(hostmem_baseline_create(f->instance, &baseline), S_OK);
    assert_int_equal(hostmem_baseline_for_each_growth(baseline, collect, &all), S_OK);
    assert_int_equal(all.count, 0);

    assert_int_equal(IHostMalloc_Free(heap, going), S_OK);
    assert_int_equal(IHostMalloc_Free(heap, changed), S_OK);
    make(heap, b, 3, 25);   /* the same number, and larger */
    make(heap, a, 9, 1000); /* a site that did not exist then */
    make(heap, a, 9, 1000);
    assert_int_equal(IHostMalloc_Alloc(heap, 400, eTaskCritical, &unknown), S_OK);
    assert_int_equal(hostmem_baseline_for_each_growth(baseline, collect, &all), S_OK);
    assert_int_equal(all.count, 4);
    expect_growth(&all, 0, "a.cpp", 9, 2, 2000, 2);
    expect_growth(&all, 1, "", 0, 1, 400, 1);
    expect_growth(&all, 2, "b.cpp", 3, 0, 20, 1);
    expect_growth(&all, 3, "a.cpp", 1, -1, -70, 0);
    assert_int_equal(hostmem_baseline_for_each_growth(baseline, collect, &some), S_FALSE);
    assert_int_equal(some.count, 2);

    assert_int_equal(hostmem_baseline_get_stats(baseline, &then), S_OK);
    assert_int_equal(then.heap_blocks, 3);
    assert_int_equal(then.heap_bytes, 105);
    assert_int_equal(IHostMalloc_Free(heap, staying), S_OK);
    hostmem_baseline_release(baseline);
    IHostMalloc_Release(heap);
}

static void a_baseline_outlives_its_instance(void **state)
{
    host_fixture *f = *state;
    hostmem *another = host_fixture_another(f);
    hostmem_baseline *baseline;
    list all = {.count = 0};
    assert_int_equal(hostmem_baseline_create(another, &baseline), S_OK);
    hostmem_release(another);
    assert_int_equal(hostmem_baseline_for_each_growth(baseline, collect, &all), S_OK);
    assert_int_equal(all.count, 0);
    hostmem_baseline_release(baseline);
    hostmem_baseline_release(NULL);
}

static void wrong_arguments_and_a_lack_of_memory(void **state)
{
    host_fixture *f = *state;
    hostmem_stats short_one = {.size = 4};
    hostmem_baseline *baseline = COM_POISON;
    list all = {.count = 0};
    UINT32 kind;
    assert_int_equal(hostmem_baseline_create(NULL, &baseline), E_POINTER);
    assert_null(baseline);
    assert_int_equal(hostmem_baseline_create(f->instance, NULL), E_POINTER);
    for (kind = 0; kind < 3; kind++) {
        static const sim_os_kind kinds[] = {SIM_OBJECT_ALLOC, SIM_TABLE_RESERVE, SIM_TABLE_COMMIT};
        baseline = COM_POISON;
        sim_os_fail(f->sim, SIM_SET(kinds[kind]), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
        assert_int_equal(hostmem_baseline_create(f->instance, &baseline), E_OUTOFMEMORY);
        assert_null(baseline);
    }
    assert_int_equal(hostmem_baseline_create(f->instance, &baseline), S_OK);
    assert_int_equal(hostmem_baseline_get_stats(baseline, &short_one), E_INVALIDARG);
    assert_int_equal(hostmem_baseline_get_stats(NULL, &short_one), E_POINTER);
    assert_int_equal(hostmem_baseline_get_stats(baseline, NULL), E_POINTER);
    assert_int_equal(hostmem_baseline_for_each_growth(NULL, collect, &all), E_POINTER);
    assert_int_equal(hostmem_baseline_for_each_growth(baseline, NULL, &all), E_POINTER);
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_RESERVE), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hostmem_baseline_for_each_growth(baseline, collect, &all), E_OUTOFMEMORY);
    hostmem_baseline_release(baseline);
}

/* ---- The report ---- */

typedef struct lines {
    char text[2000];
} lines;

static void append(void *context, const char *line)
{
    lines *to = context;
    assert_true(strlen(to->text) + strlen(line) + 2 < sizeof to->text);
    strcat(to->text, line);
    strcat(to->text, "\n");
}

static void what_is_held_is_reported_by_origin(void **state)
{
    static char long_name[601], odd_name[] = "a\nb\xff.cpp";
    host_fixture *f = *state;
    IHostMalloc *heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    lines report = {""};
    void *unknown;
    assert_int_equal(hostmem_report_leaks(f->instance, append, &report), S_OK);
    assert_string_equal(report.text, "");

    make(heap, b, 7, 100000);
    sim_os_advance(f->sim, 12800);
    assert_int_equal(IHostMalloc_Alloc(heap, 100, eTaskCritical, &unknown), S_OK);
    assert_int_equal(IHostMalloc_Alloc(heap, 50, eTaskCritical, &unknown), S_OK);
    make(heap, odd_name, -3, 1);
    assert_int_equal(hostmem_report_leaks(f->instance, append, &report), S_OK);
    assert_string_equal(report.text, "hostmem: 4 blocks (100151 bytes) are still allocated:\n"
                                     "    97.7 KiB in 1 block: b.cpp:7, the oldest from 12 s ago\n"
                                     "       150 B in 2 blocks: unknown origin\n"
                                     "         1 B in 1 block: a b?.cpp:-3, the oldest from 0 s ago\n");
    IHostMalloc_Release(heap);

    heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    memset(long_name, 'x', sizeof long_name - 1);
    memcpy(long_name + sizeof long_name - 6, "y.cpp", 5);
    make(heap, long_name, 1, 1);
    report.text[0] = 0;
    assert_int_equal(hostmem_report_leaks(f->instance, append, &report), S_OK);
    assert_non_null(strstr(report.text, "hostmem: 1 block (1 byte) is still allocated:\n"));
    assert_non_null(strstr(report.text, ": ...xxx"));
    assert_non_null(strstr(report.text, "xxy.cpp:1, "));
    IHostMalloc_Release(heap);

    assert_int_equal(hostmem_report_leaks(NULL, append, &report), E_POINTER);
    assert_int_equal(hostmem_report_leaks(f->instance, NULL, &report), E_POINTER);
    sim_os_fail(f->sim, SIM_SET(SIM_TABLE_RESERVE), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hostmem_report_leaks(f->instance, append, &report), E_OUTOFMEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(growth_is_by_origin_and_size),
        fixture_test(a_baseline_outlives_its_instance),
        fixture_test(wrong_arguments_and_a_lack_of_memory),
        fixture_test(what_is_held_is_reported_by_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
