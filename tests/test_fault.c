/* Rules for faults: which operations they match, which of those they choose, how several work together, what the counters
 * say, and what is no rule at all. */
#include "host_fixture.h"

#include <stdbool.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define FROM_WIN32(error) ((HRESULT)(0x80070000u | (unsigned)(error)))

#define REQUESTS (HOSTMEM_METHOD_VIRTUAL_ALLOC | HOSTMEM_METHOD_ALLOC | HOSTMEM_METHOD_DEBUG_ALLOC)
#define EVERYTHING 0x1ffu

static void set_rules(host_fixture *f, const hostmem_fault_rule *rules, UINT32 count)
{
    hostmem_fault_rule sized[HOSTMEM_MAX_FAULT_RULES];
    UINT32 i;
    for (i = 0; i < count; i++) {
        sized[i] = rules[i];
        sized[i].size = sizeof *sized;
    }
    assert_int_equal(hostmem_fault_set(f->instance, sized, count), S_OK);
}

static void set_rule(host_fixture *f, hostmem_fault_rule rule)
{
    set_rules(f, &rule, 1);
}

#define counts_are(fixture, rule, matched, injected) check_counts(fixture, rule, matched, injected, __FILE__, __LINE__)
static void check_counts(host_fixture *f, UINT32 rule, UINT64 matched, UINT64 injected, const char *file, int line)
{
    hostmem_fault_count counts[HOSTMEM_MAX_FAULT_RULES];
    UINT32 count;
    _assert_true(hostmem_fault_get_counts(f->instance, counts, COUNT_OF(counts), &count) == S_OK, "counts", file, line);
    _assert_true(rule < count, "there is such a rule", file, line);
    _assert_int_equal(counts[rule].matched, matched, file, line);
    _assert_int_equal(counts[rule].injected, injected, file, line);
}

/* ---- What matches ---- */

/* One operation of each kind. Each succeeds unless a rule makes it fail, and leaves nothing behind. */
typedef struct operation {
    const char *name;
    UINT32 method;
    UINT32 type;
    SIZE_T size;
    bool has_level;
    bool asks_budget;
} operation;

static const operation operations[] = {
    {"reserve", HOSTMEM_METHOD_VIRTUAL_ALLOC, MEM_RESERVE, 5000, true, false},
    {"commit", HOSTMEM_METHOD_VIRTUAL_ALLOC, MEM_COMMIT, 5000, true, true},
    {"reserve and commit", HOSTMEM_METHOD_VIRTUAL_ALLOC, MEM_RESERVE | MEM_COMMIT, 1, true, true},
    {"reset", HOSTMEM_METHOD_VIRTUAL_ALLOC, MEM_RESET, 4096, true, false},
    {"decommit", HOSTMEM_METHOD_VIRTUAL_FREE, MEM_DECOMMIT, 4097, false, false},
    {"release", HOSTMEM_METHOD_VIRTUAL_FREE, MEM_RELEASE, 0, false, false},
    {"protect", HOSTMEM_METHOD_VIRTUAL_PROTECT, 0, 100, false, false},
    {"query", HOSTMEM_METHOD_VIRTUAL_QUERY, 0, 0, false, false},
    {"CreateMalloc", HOSTMEM_METHOD_CREATE_MALLOC, MALLOC_THREADSAFE, 0, false, false},
    {"Alloc", HOSTMEM_METHOD_ALLOC, 0, 70000, true, true},
    {"Alloc of nothing", HOSTMEM_METHOD_ALLOC, 0, 0, true, false},
    {"DebugAlloc", HOSTMEM_METHOD_DEBUG_ALLOC, 0, 33, true, true},
    {"GetMemoryLoad", HOSTMEM_METHOD_GET_MEMORY_LOAD, 0, 0, false, false},
    {"RegisterMemoryNotificationCallback", HOSTMEM_METHOD_REGISTER_CALLBACK, 0, 0, false, false},
};

/* Pages and a heap to operate on, made without rules. */
typedef struct ground {
    host_fixture *f;
    char *pages;
    IHostMalloc *heap;
} ground;

static ground prepare(host_fixture *f)
{
    ground g = {f, NULL, NULL};
    assert_int_equal(hostmem_fault_set(f->instance, NULL, 0), S_OK);
    g.pages = host_fixture_alloc(f, NULL, 2 * FIXTURE_GRANULE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    g.heap = host_fixture_malloc(f, MALLOC_THREADSAFE);
    return g;
}

static void clear(ground *g)
{
    assert_int_equal(hostmem_fault_set(g->f->instance, NULL, 0), S_OK);
    assert_int_equal(IHostMemoryManager_VirtualFree(g->f->manager, g->pages, 0, MEM_RELEASE), S_OK);
    IHostMalloc_Release(g->heap);
}

static HRESULT alloc_pages(ground *g, const operation *op, EMemoryCriticalLevel level)
{
    IHostMemoryManager *manager = g->f->manager;
    void *memory = COM_POISON;
    bool reserves = (op->type & MEM_RESERVE) != 0;
    HRESULT hr = IHostMemoryManager_VirtualAlloc(manager, reserves ? NULL : g->pages, op->size, op->type, PAGE_READWRITE,
                                                 level, &memory);
    assert_true((hr == S_OK) == (memory != NULL));
    if (hr == S_OK && reserves) /* the rules in force may be about VirtualFree, too, but then not about this */
        assert_int_equal(IHostMemoryManager_VirtualFree(manager, memory, 0, MEM_RELEASE), S_OK);
    return hr;
}

static HRESULT alloc_block(ground *g, const operation *op, EMemoryCriticalLevel level)
{
    static char file[] = "file.c";
    void *block = COM_POISON;
    HRESULT hr = op->method == HOSTMEM_METHOD_ALLOC ? IHostMalloc_Alloc(g->heap, op->size, level, &block)
                                                    : IHostMalloc_DebugAlloc(g->heap, op->size, level, file, 1, &block);
    assert_true((hr == S_OK) == (block != NULL));
    assert_int_equal(IHostMalloc_Free(g->heap, block), S_OK); /* which no rule can make fail */
    return hr;
}

static HRESULT create_heap(IHostMemoryManager *manager)
{
    IHostMalloc *heap = COM_POISON;
    HRESULT hr = IHostMemoryManager_CreateMalloc(manager, MALLOC_THREADSAFE, &heap);
    assert_true((hr == S_OK) == (heap != NULL));
    if (heap)
        IHostMalloc_Release(heap);
    return hr;
}

static HRESULT perform(ground *g, const operation *op, EMemoryCriticalLevel level)
{
    IHostMemoryManager *manager = g->f->manager;
    MEMORY_BASIC_INFORMATION region;
    DWORD word;
    SIZE_T size;
    switch (op->method) {
    case HOSTMEM_METHOD_VIRTUAL_ALLOC:
        return alloc_pages(g, op, level);
    case HOSTMEM_METHOD_VIRTUAL_FREE:
        return IHostMemoryManager_VirtualFree(manager, g->pages, op->size, op->type);
    case HOSTMEM_METHOD_VIRTUAL_PROTECT:
        return IHostMemoryManager_VirtualProtect(manager, g->pages, op->size, PAGE_READONLY, &word);
    case HOSTMEM_METHOD_VIRTUAL_QUERY:
        return IHostMemoryManager_VirtualQuery(manager, g->pages, &region, sizeof region, &size);
    case HOSTMEM_METHOD_CREATE_MALLOC:
        return create_heap(manager);
    case HOSTMEM_METHOD_GET_MEMORY_LOAD:
        return IHostMemoryManager_GetMemoryLoad(manager, &word, &size);
    case HOSTMEM_METHOD_REGISTER_CALLBACK:
        return IHostMemoryManager_RegisterMemoryNotificationCallback(manager, NULL);
    default:
        return alloc_block(g, op, level);
    }
}

static bool should_match(const hostmem_fault_rule *rule, const operation *op, EMemoryCriticalLevel level)
{
    UINT32 methods = rule->methods ? rule->methods : REQUESTS;
    if (!(methods & op->method) || (rule->type && (op->type & rule->type) != rule->type))
        return false;
    if (rule->levels && !(op->has_level && (rule->levels >> level & 1)))
        return false;
    if (op->size < rule->min_bytes || (rule->max_bytes && op->size > rule->max_bytes))
        return false;
    return (rule->flags & HOSTMEM_FAULT_BY_SYSTEM) || op->asks_budget;
}

/* Each rule against each operation at each level: what matches fails, everything else goes through. */
static void just_what_a_rule_asks_for_fails(void **state)
{
    static const hostmem_fault_rule rules[] = {
        {.flags = 0},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = EVERYTHING},
        {.methods = HOSTMEM_METHOD_VIRTUAL_ALLOC},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_ALLOC},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_FREE},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_FREE, .type = MEM_DECOMMIT},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_PROTECT},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_QUERY},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_CREATE_MALLOC},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_CREATE_MALLOC, .type = MALLOC_EXECUTABLE},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_GET_MEMORY_LOAD},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_REGISTER_CALLBACK},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_DEBUG_ALLOC},
        {.methods = HOSTMEM_METHOD_ALLOC},
        {.methods = HOSTMEM_METHOD_ALLOC | HOSTMEM_METHOD_DEBUG_ALLOC, .min_bytes = 33},
        {.levels = HOSTMEM_LEVEL(eTaskCritical)},
        {.levels = HOSTMEM_LEVEL(eAppDomainCritical) | HOSTMEM_LEVEL(eProcessCritical)},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = EVERYTHING, .levels = HOSTMEM_LEVEL(eProcessCritical)},
        {.min_bytes = 5000},
        {.min_bytes = 5001},
        {.max_bytes = 32},
        {.max_bytes = 33},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = EVERYTHING, .max_bytes = 4096},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .min_bytes = 4096, .max_bytes = 4096},
        {.type = MEM_RESERVE},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .type = MEM_RESERVE},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .type = MEM_RESERVE | MEM_COMMIT},
        {.flags = HOSTMEM_FAULT_BY_SYSTEM, .type = MEM_RESET},
    };
    unsigned r, o, level;
    for (r = 0; r < COUNT_OF(rules); r++) {
        for (o = 0; o < COUNT_OF(operations); o++) {
            for (level = 0; level < 3; level++) {
                /* What clears up after a reservation would fail, too. */
                bool frees = (rules[r].methods & HOSTMEM_METHOD_VIRTUAL_FREE) && (operations[o].type & MEM_RESERVE);
                bool expected = should_match(&rules[r], &operations[o], (EMemoryCriticalLevel)level);
                ground g;
                HRESULT hr;
                if (frees && !expected)
                    continue;
                g = prepare(*state);
                set_rule(*state, rules[r]);
                hr = perform(&g, &operations[o], (EMemoryCriticalLevel)level);
                if ((hr != S_OK) != expected)
                    fail_msg("rule %u, %s at level %u: %#x", r, operations[o].name, level, (unsigned)hr);
                counts_are(*state, 0, expected, expected);
                assert_int_equal(hostmem_fault_set(g.f->instance, NULL, 0), S_OK);
                if (hr == S_OK && operations[o].type == MEM_RELEASE)
                    g.pages = host_fixture_alloc(*state, NULL, FIXTURE_PAGE, MEM_RESERVE, PAGE_NOACCESS);
                clear(&g);
            }
        }
    }
}

static void what_is_refused_anyway_is_not_counted(void **state)
{
    host_fixture *f = *state;
    ground g = prepare(f);
    void *out;
    DWORD old;
    SIZE_T size;
    set_rule(f, (hostmem_fault_rule){.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = EVERYTHING});
    IHostMemoryManager_VirtualAlloc(f->manager, NULL, 0, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, &out);
    IHostMemoryManager_VirtualAlloc(f->manager, NULL, 1, MEM_RESERVE, PAGE_READWRITE, (EMemoryCriticalLevel)3, &out);
    IHostMemoryManager_VirtualAlloc(f->manager, NULL, 1, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, NULL);
    IHostMemoryManager_VirtualFree(f->manager, &g, 0, MEM_RELEASE);
    IHostMemoryManager_VirtualFree(f->manager, g.pages + FIXTURE_PAGE, 0, MEM_RELEASE);
    IHostMemoryManager_VirtualFree(f->manager, g.pages, 1, MEM_RELEASE);
    IHostMemoryManager_VirtualProtect(f->manager, g.pages, 0, PAGE_READONLY, &old);
    IHostMemoryManager_VirtualQuery(f->manager, g.pages, NULL, 0, &size);
    IHostMemoryManager_CreateMalloc(f->manager, 8, (IHostMalloc **)&out);
    IHostMalloc_Alloc(g.heap, 1, (EMemoryCriticalLevel)-1, &out);
    IHostMemoryManager_GetMemoryLoad(f->manager, &old, NULL);
    assert_int_equal(hostmem_set_clr_state(f->instance, HOSTMEM_CLR_NOT_AVAILABLE), S_OK);
    expect_failure(f, IHostMalloc_Alloc(g.heap, 1, eTaskCritical, &out), HOST_E_CLRNOTAVAILABLE, ERROR_NOT_ENOUGH_MEMORY);
    expect_failure(f, IHostMemoryManager_CreateMalloc(f->manager, 0, (IHostMalloc **)&out), HOST_E_CLRNOTAVAILABLE,
                   ERROR_NOT_ENOUGH_MEMORY);
    counts_are(f, 0, 0, 0);
    clear(&g);
}

/* ---- Which of them fail ---- */

#define OPERATIONS 40

static void the_numbers_decide_which_fail(void **state)
{
    static const struct {
        hostmem_fault_rule rule;
        const char *fails; /* by number, '-' for those that do not; the last goes on */
    } cases[] = {
        {{.nth = 1}, "x-"},
        {{.nth = 5}, "----x-"},
        {{.nth = 40}, "---------------------------------------x"},
        {{.nth = 41}, "-"},
        {{.every = 1}, "x"},
        {{.every = 13}, "------------x------------x------------x-"},
        {{.nth = 2, .every = 7}, "-x------x------x------x------x------x---"},
        {{.nth = 38, .every = 1}, "-------------------------------------xxx"},
        {{.nth = 3, .every = UINT64_MAX}, "--x-"},
        {{.per_million = 1000000}, "x"},
        {{.per_million = 1000000, .seed = 99, .nth = 7}, "------x"},
        {{.times = 1}, "x-"},
        {{.times = 3}, "xxx-"},
        {{.every = 2, .times = 2}, "-x-x-"},
        {{.nth = 4, .times = 5}, "---x-"},
        {{.per_million = 1000000, .nth = 3, .times = 4}, "--xxxx-"},
        {{.nth = 10, .every = 1, .times = 2}, "---------xx-"},
    };
    host_fixture *f = *state;
    ground g = prepare(f);
    unsigned i, number;
    for (i = 0; i < COUNT_OF(cases); i++) {
        const char *mark = cases[i].fails;
        UINT64 injected = 0;
        set_rule(f, cases[i].rule);
        for (number = 1; number <= OPERATIONS; number++) {
            bool expected = *mark == 'x', failed = perform(&g, &operations[9], eTaskCritical) != S_OK;
            if (failed != expected)
                fail_msg("case %u: operation %u %s", i, number, failed ? "failed" : "went through");
            injected += failed;
            mark += mark[1] != 0;
        }
        counts_are(f, 0, OPERATIONS, injected);
    }
    clear(&g);
}

#define DRAWS 20000u

/* How many of the draws fail; pattern: a hash of which. */
static unsigned draw(ground *g, UINT32 per_million, UINT64 seed, UINT64 *pattern)
{
    unsigned i, failed = 0;
    *pattern = 0;
    set_rule(g->f, (hostmem_fault_rule){.per_million = per_million, .seed = seed});
    for (i = 0; i < DRAWS; i++) {
        bool fails = perform(g, &operations[11], eTaskCritical) != S_OK;
        failed += fails;
        *pattern = *pattern * 31 + fails;
    }
    return failed;
}

/* Four standard deviations around what chance would give; the seeds are fixed, so this is no gamble. */
static void a_share_is_drawn_by_its_seed(void **state)
{
    static const struct {
        UINT32 per_million;
        unsigned least, most;
    } cases[] = {{1, 0, 2}, {1000, 2, 38}, {100000, 1830, 2170}, {500000, 9717, 10283}, {999000, 19962, 19998}};
    ground g = prepare(*state);
    unsigned i;
    for (i = 0; i < COUNT_OF(cases); i++) {
        UINT64 first, again, other;
        unsigned failed = draw(&g, cases[i].per_million, 1, &first);
        if (failed < cases[i].least || failed > cases[i].most)
            fail_msg("%u of a million: %u of %u", (unsigned)cases[i].per_million, failed, DRAWS);
        assert_int_equal(draw(&g, cases[i].per_million, 1, &again), failed);
        assert_true(again == first);
        draw(&g, cases[i].per_million, 2, &other);
        assert_true(other != first || !failed);
    }
    clear(&g);
}

static void what_one_rule_takes_the_next_never_sees(void **state)
{
    static const hostmem_fault_rule rules[] = {
        {.every = 3}, {.flags = HOSTMEM_FAULT_BY_SYSTEM, .every = 3}, {.levels = HOSTMEM_LEVEL(eProcessCritical)}};
    host_fixture *f = *state;
    ground g = prepare(f);
    char seen[OPERATIONS + 1] = {0};
    unsigned i;
    set_rules(f, rules, 3);
    for (i = 0; i < 12; i++)
        seen[i] = perform(&g, &operations[9], eTaskCritical) == S_OK ? '-' : 'x';
    assert_string_equal(seen, "--xx-x-xx--x"); /* the second sees 1 2 4 5 7 8 10 11 and takes 4 and 8 of those */
    counts_are(f, 0, 12, 4);
    counts_are(f, 1, 8, 2);
    counts_are(f, 2, 0, 0);
    assert_int_equal(perform(&g, &operations[9], eProcessCritical), E_OUTOFMEMORY); /* the 9th of the second */
    counts_are(f, 2, 0, 0);
    assert_int_equal(perform(&g, &operations[9], eProcessCritical), E_OUTOFMEMORY);
    counts_are(f, 2, 1, 1);
    clear(&g);
}

/* ---- Setting and counting ---- */

static void new_rules_begin_anew_and_the_sum_stays(void **state)
{
    host_fixture *f = *state;
    ground g = prepare(f);
    hostmem_fault_count counts[2];
    UINT32 count = 77;
    hostmem_stats stats;
    unsigned i;
    for (i = 0; i < 3; i++) {
        set_rule(f, (hostmem_fault_rule){.nth = 2});
        assert_int_equal(perform(&g, &operations[9], (EMemoryCriticalLevel)i), S_OK);
        assert_int_equal(perform(&g, &operations[9], (EMemoryCriticalLevel)i), E_OUTOFMEMORY);
        counts_are(f, 0, 2, 1);
    }
    set_rule(f, (hostmem_fault_rule){.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_QUERY});
    assert_int_equal(perform(&g, &operations[7], eTaskCritical), E_OUTOFMEMORY);
    stats = host_fixture_stats(f);
    for (i = 0; i < 4; i++)
        assert_int_equal(stats.injected[i], 1);
    for (i = 0; i < 3; i++)
        assert_int_equal(stats.refused[i], 1);
    assert_int_equal(hostmem_fault_set(f->instance, NULL, 0), S_OK);
    assert_int_equal(hostmem_fault_get_counts(f->instance, counts, 2, &count), S_OK);
    assert_int_equal(count, 0);
    assert_int_equal(perform(&g, &operations[7], eTaskCritical), S_OK);
    clear(&g);
}

static void counts_are_given_as_far_as_there_is_room(void **state)
{
    static const hostmem_fault_rule rules[HOSTMEM_MAX_FAULT_RULES];
    host_fixture *f = *state;
    hostmem_fault_count counts[2] = {{7, 7}, {7, 7}};
    UINT32 count = 0;
    set_rules(f, rules, HOSTMEM_MAX_FAULT_RULES);
    assert_int_equal(hostmem_fault_get_counts(f->instance, counts, 1, &count), S_OK);
    assert_int_equal(count, HOSTMEM_MAX_FAULT_RULES);
    assert_int_equal(counts[0].matched, 0);
    assert_int_equal(counts[1].matched, 7);
    assert_int_equal(hostmem_fault_get_counts(f->instance, NULL, 0, &count), S_OK);
    assert_int_equal(count, HOSTMEM_MAX_FAULT_RULES);
    assert_int_equal(hostmem_fault_get_counts(f->instance, NULL, 1, &count), E_POINTER);
    assert_int_equal(count, 0);
    assert_int_equal(hostmem_fault_get_counts(f->instance, counts, 1, NULL), E_POINTER);
    assert_int_equal(hostmem_fault_get_counts(NULL, counts, 1, &count), E_POINTER);
}

static void what_is_no_rule_changes_nothing(void **state)
{
    static const struct {
        hostmem_fault_rule rule;
        HRESULT hr;
    } cases[] = {
        {{.flags = 4}, FROM_WIN32(ERROR_INVALID_FLAGS)},
        {{.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = 0x200}, E_INVALIDARG},
        {{.methods = HOSTMEM_METHOD_VIRTUAL_FREE}, E_INVALIDARG},
        {{.methods = HOSTMEM_METHOD_CREATE_MALLOC | HOSTMEM_METHOD_ALLOC}, E_INVALIDARG},
        {{.levels = 8}, E_INVALIDARG},
        {{.flags = HOSTMEM_FAULT_BY_SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_FREE, .levels = 1}, E_INVALIDARG},
        {{.methods = HOSTMEM_METHOD_ALLOC, .type = MEM_COMMIT}, E_INVALIDARG},
        {{.min_bytes = 2, .max_bytes = 1}, E_INVALIDARG},
        {{.per_million = 1000001}, E_INVALIDARG},
        {{.per_million = 1, .every = 1}, E_INVALIDARG},
        {{.seed = 1}, E_INVALIDARG},
        {{.error = 5}, E_INVALIDARG},
        {{.reserved_word = 1}, E_INVALIDARG},
    };
    host_fixture *f = *state;
    ground g = prepare(f);
    unsigned i;
    set_rule(f, (hostmem_fault_rule){.nth = 1000});
    for (i = 0; i < COUNT_OF(cases); i++) {
        hostmem_fault_rule rules[2] = {{.size = sizeof *rules}, cases[i].rule};
        HRESULT hr;
        rules[1].size = sizeof *rules;
        hr = hostmem_fault_set(f->instance, rules, 2);
        if (hr != cases[i].hr)
            fail_msg("case %u: %#x", i, (unsigned)hr);
    }
    assert_int_equal(perform(&g, &operations[9], eTaskCritical), S_OK);
    counts_are(f, 0, 1, 0); /* the rule is in force that was */
    clear(&g);
}

static void the_size_of_a_rule_tells_its_version(void **state)
{
    struct {
        hostmem_fault_rule rule;
        UINT64 newer;
    } rules[2] = {{{.size = sizeof *rules}, 0}, {{.size = sizeof *rules, .nth = 1000}, 0}};
    host_fixture *f = *state;
    hostmem_fault_rule one[HOSTMEM_MAX_FAULT_RULES + 1] = {{.size = sizeof *one}};
    UINT32 count, i;
    assert_int_equal(hostmem_fault_set(f->instance, &rules[0].rule, 2), S_OK);
    assert_int_equal(hostmem_fault_get_counts(f->instance, NULL, 0, &count), S_OK);
    assert_int_equal(count, 2);
    rules[1].newer = 1;
    assert_int_equal(hostmem_fault_set(f->instance, &rules[0].rule, 2), FROM_WIN32(ERROR_NOT_SUPPORTED));
    rules[1].newer = 0;
    rules[1].rule.size = sizeof(hostmem_fault_rule);
    assert_int_equal(hostmem_fault_set(f->instance, &rules[0].rule, 2), FROM_WIN32(ERROR_BAD_LENGTH));
    for (i = 0; i <= sizeof *one; i++) {
        one[0].size = i;
        assert_int_equal(hostmem_fault_set(f->instance, one, 1),
                         i == sizeof *one ? S_OK : FROM_WIN32(ERROR_BAD_LENGTH));
    }
    for (i = 0; i < COUNT_OF(one); i++)
        one[i].size = sizeof *one;
    assert_int_equal(hostmem_fault_set(f->instance, one, COUNT_OF(one)), E_INVALIDARG);
    assert_int_equal(hostmem_fault_set(f->instance, NULL, 1), E_POINTER);
    assert_int_equal(hostmem_fault_set(NULL, one, 1), E_POINTER);
}

static void without_memory_for_new_rules_the_old_ones_stay(void **state)
{
    host_fixture *f = *state;
    ground g = prepare(f);
    hostmem_fault_rule rule = {.size = sizeof rule, .nth = 1000};
    set_rule(f, (hostmem_fault_rule){0});
    sim_os_fail(f->sim, SIM_SET(SIM_OBJECT_ALLOC), 0, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(hostmem_fault_set(f->instance, &rule, 1), E_OUTOFMEMORY);
    assert_int_equal(perform(&g, &operations[9], eTaskCritical), E_OUTOFMEMORY);
    assert_int_equal(hostmem_fault_set(f->instance, NULL, 0), S_OK); /* which takes none */
    assert_int_equal(perform(&g, &operations[9], eTaskCritical), S_OK);
    clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(just_what_a_rule_asks_for_fails),
        fixture_test(what_is_refused_anyway_is_not_counted),
        fixture_test(the_numbers_decide_which_fail),
        fixture_test(a_share_is_drawn_by_its_seed),
        fixture_test(what_one_rule_takes_the_next_never_sees),
        fixture_test(new_rules_begin_anew_and_the_sum_stays),
        fixture_test(counts_are_given_as_far_as_there_is_room),
        fixture_test(what_is_no_rule_changes_nothing),
        fixture_test(the_size_of_a_rule_tells_its_version),
        fixture_test(without_memory_for_new_rules_the_old_ones_stay),
    };
    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
