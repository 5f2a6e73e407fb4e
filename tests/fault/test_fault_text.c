/* Rules as people write them: what each word sets, which word an error message names, and the environment variable
 * HOSTMEM_FAULT. */
#include "host_fixture.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define FROM_WIN32(error) ((HRESULT)(0x80070000u | (unsigned)(error)))
#define SYSTEM HOSTMEM_FAULT_BY_SYSTEM

static const struct {
    const char *text;
    UINT32 count;
    hostmem_fault_rule rules[3]; /* sizes are filled in */
} right[] = {
    {"", 0, {{0}}},
    {" \t\r\n ;; ; ", 0, {{0}}},
    {"nth=1", 1, {{.nth = 1}}},
    {"method=VirtualAlloc level=task nth=100; method=Alloc,DebugAlloc share=0.1% seed=7 min=64K refuse=system",
     2,
     {{.methods = HOSTMEM_METHOD_VIRTUAL_ALLOC, .levels = HOSTMEM_LEVEL(eTaskCritical), .nth = 100},
      {.flags = SYSTEM,
       .methods = HOSTMEM_METHOD_ALLOC | HOSTMEM_METHOD_DEBUG_ALLOC,
       .min_bytes = 65536,
       .per_million = 1000,
       .seed = 7}}},
    {";nth=1;;nth=2\n;nth=3;", 3, {{.nth = 1}, {.nth = 2}, {.nth = 3}}},
    {"METHOD=virtualalloc\tLevel=TASK,Process",
     1,
     {{.methods = HOSTMEM_METHOD_VIRTUAL_ALLOC,
       .levels = HOSTMEM_LEVEL(eTaskCritical) | HOSTMEM_LEVEL(eProcessCritical)}}},
    {"refuse=system method=VirtualAlloc,VirtualFree,VirtualProtect,VirtualQuery,CreateMalloc,Alloc,DebugAlloc,"
     "GetMemoryLoad,RegisterMemoryNotificationCallback",
     1,
     {{.flags = SYSTEM, .methods = 0x1ff}}},
    {"method=VirtualFree refuse=system; method=VirtualProtect refuse=system; method=VirtualQuery refuse=system",
     3,
     {{.flags = SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_FREE},
      {.flags = SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_PROTECT},
      {.flags = SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_QUERY}}},
    {"method=CreateMalloc refuse=system; method=GetMemoryLoad refuse=system; "
     "method=RegisterMemoryNotificationCallback refuse=system",
     3,
     {{.flags = SYSTEM, .methods = HOSTMEM_METHOD_CREATE_MALLOC},
      {.flags = SYSTEM, .methods = HOSTMEM_METHOD_GET_MEMORY_LOAD},
      {.flags = SYSTEM, .methods = HOSTMEM_METHOD_REGISTER_CALLBACK}}},
    {"method=DebugAlloc; level=domain; level=process,domain,task",
     3,
     {{.methods = HOSTMEM_METHOD_DEBUG_ALLOC}, {.levels = 2}, {.levels = 7}}},
    {"min=0 max=1GiB; min=18446744073709551615; max=1",
     3,
     {{.max_bytes = 1 << 30}, {.min_bytes = UINT64_MAX}, {.max_bytes = 1}}},
    {"type=reserve,commit; type=reset; type=write_watch,top_down",
     3,
     {{.type = MEM_RESERVE | MEM_COMMIT}, {.type = MEM_RESET}, {.type = MEM_WRITE_WATCH | MEM_TOP_DOWN}}},
    {"type=decommit method=VirtualFree refuse=system; type=release method=VirtualFree refuse=system; "
     "type=threadsafe,executable method=CreateMalloc refuse=system",
     3,
     {{.flags = SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_FREE, .type = MEM_DECOMMIT},
      {.flags = SYSTEM, .methods = HOSTMEM_METHOD_VIRTUAL_FREE, .type = MEM_RELEASE},
      {.flags = SYSTEM, .methods = HOSTMEM_METHOD_CREATE_MALLOC, .type = MALLOC_THREADSAFE | MALLOC_EXECUTABLE}}},
    {"nth=18446744073709551615 every=1 times=2; every=007",
     2,
     {{.nth = UINT64_MAX, .every = 1, .times = 2}, {.every = 7}}},
    {"share=100%; share=0.0001%; share=12.5% seed=0",
     3,
     {{.per_million = 1000000}, {.per_million = 1}, {.per_million = 125000}}},
    {"share=99.9999% seed=18446744073709551615; share=7%",
     2,
     {{.per_million = 999999, .seed = UINT64_MAX}, {.per_million = 70000}}},
    {"error=1455 refuse=system; refuse=System error=4294967295; refuse=budget",
     3,
     {{.flags = SYSTEM, .error = 1455}, {.flags = SYSTEM, .error = UINT32_MAX}, {.flags = 0}}},
    {"attempts=first; attempts=all; attempts=First refuse=system",
     3,
     {{.flags = HOSTMEM_FAULT_FIRST_ATTEMPT}, {.flags = 0}, {.flags = SYSTEM | HOSTMEM_FAULT_FIRST_ATTEMPT}}},
};

static void every_word_sets_its_field(void **state)
{
    unsigned i, r;
    (void)state;
    for (i = 0; i < COUNT_OF(right); i++) {
        hostmem_fault_rule rules[3] = {{.size = sizeof *rules}};
        char mistake[100] = "x";
        UINT32 count = 77;
        HRESULT hr = hostmem_fault_parse(right[i].text, rules, 3, &count, mistake, sizeof mistake);
        if (hr != S_OK || count != right[i].count || *mistake)
            fail_msg("'%s': %#x, %u, %s", right[i].text, (unsigned)hr, (unsigned)count, mistake);
        for (r = 0; r < count; r++) {
            hostmem_fault_rule expected = right[i].rules[r];
            expected.size = sizeof expected;
            if (memcmp(&rules[r], &expected, sizeof expected))
                fail_msg("'%s': rule %u differs", right[i].text, r);
        }
    }
}

/* The word that an error message has to begin with, and the rest of the message. */
static const struct {
    const char *text, *word, *reason;
} wrong[] = {
    {"levle=task", "levle=task", "is not understood; there are method=, level="},
    {"nth=1 nothing", "nothing", "is not understood"},
    {"nth", "nth", "is not understood"},
    {"=1", "=1", "is not understood"},
    {"nth =1", "nth", "is not understood"},
    {"nth=1; every=2 NTH=3 nth=4", "nth=4", "sets the same key again"},
    {"method=Free", "method=Free", "names an unknown method, or one that cannot fail"},
    {"method=", "method=", "names an unknown"},
    {"method=Alloc,", "method=Alloc,", "names an unknown"},
    {"method=,Alloc", "method=,Alloc", "names an unknown"},
    {"method=Allo", "method=Allo", "names an unknown"},
    {"method=Allocs", "method=Allocs", "names an unknown"},
    {"level=tasks", "level=tasks", "takes task, domain and process"},
    {"type=mem_commit", "type=mem_commit", "names an unknown"},
    {"min=64X", "min=64X", "takes a size like 64K"},
    {"min=", "min=", "takes a size"},
    {"min=99999999T", "min=99999999T", "takes a size"},
    {"min=00000000000000000000000000000001", "min=00000000000000000000000000000001", "takes a size"},
    {"max=0", "max=0", "takes a size like 64K, of at least 1"},
    {"min=2 max=1", "max=1", "is less than min"},
    {"nth=0", "nth=0", "takes a whole number from 1"},
    {"nth=1K", "nth=1K", "takes a whole number"},
    {"nth=-1", "nth=-1", "takes a whole number"},
    {"nth=18446744073709551616", "nth=18446744073709551616", "takes a whole number"},
    {"every=0", "every=0", "takes a whole number"},
    {"times=0", "times=0", "takes a whole number"},
    {"seed= share=1%", "seed=", "takes a whole number"},
    {"seed=5", "seed=5", "has no effect without share"},
    {"share=5", "share=5", "takes a percentage"},
    {"share=0%", "share=0%", "takes a percentage"},
    {"share=0.00001%", "share=0.00001%", "takes a percentage"},
    {"share=100.0001%", "share=100.0001%", "is more than 100%"},
    {"share=101%", "share=101%", "takes a percentage"},
    {"share=5.%", "share=5.%", "takes a percentage"},
    {"share=.5%", "share=.5%", "takes a percentage"},
    {"share=5%%", "share=5%%", "takes a percentage"},
    {"share=%", "share=%", "takes a percentage"},
    {"every=2 share=5%", "share=5%", "is given together with every"},
    {"refuse=os", "refuse=os", "takes budget or system"},
    {"refuse=budget,system", "refuse=budget,system", "takes budget or system"},
    {"error=5", "error=5", "has no effect without refuse=system"},
    {"error=0 refuse=system", "error=0", "takes a Win32 code"},
    {"error=4294967296 refuse=system", "error=4294967296", "takes a Win32 code"},
    {"attempts=2", "attempts=2", "takes all or first"},
    {"nth=3; method=Alloc,VirtualFree", "method=Alloc,VirtualFree", "has a method that only the system can refuse"},
    {"method=VirtualFree refuse=system level=task", "level=task", "is given, but none of the methods has a level"},
    {"method=Alloc type=commit", "type=commit", "is given, but none of the methods has a type"},
    {"nth=1;nth=2;nth=3;nth=4", "", "is one rule too many"},
};

static void a_complaint_names_the_word(void **state)
{
    unsigned i;
    (void)state;
    for (i = 0; i < COUNT_OF(wrong); i++) {
        hostmem_fault_rule rules[3] = {{.size = sizeof *rules}};
        char mistake[200], expected[200];
        UINT32 count = 77;
        HRESULT hr = hostmem_fault_parse(wrong[i].text, rules, 3, &count, mistake, sizeof mistake);
        HRESULT due = *wrong[i].word ? E_INVALIDARG : FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
        snprintf(expected, sizeof expected, "\"%s\" %s", wrong[i].word, wrong[i].reason);
        if (hr != due || count || strncmp(mistake, expected, strlen(expected)))
            fail_msg("'%s': %#x, %u, %s", wrong[i].text, (unsigned)hr, (unsigned)count, mistake);
    }
}

static void a_complaint_is_cut_to_its_room(void **state)
{
    static const char whole[] = "\"nth=x\" takes a whole number from 1";
    hostmem_fault_rule rule = {.size = sizeof rule};
    UINT32 count;
    SIZE_T room;
    (void)state;
    for (room = 0; room <= sizeof whole + 1; room++) {
        char mistake[sizeof whole + 2], expected[sizeof mistake];
        memset(mistake, 'x', sizeof mistake);
        assert_int_equal(hostmem_fault_parse("nth=x", &rule, 1, &count, room ? mistake : NULL, room), E_INVALIDARG);
        memset(expected, 'x', sizeof expected);
        if (room)
            snprintf(expected, room, "%s", whole);
        assert_memory_equal(mistake, expected, sizeof mistake);
    }
}

static void arguments_are_checked(void **state)
{
    hostmem_fault_rule rule = {.size = sizeof rule};
    char mistake[4];
    UINT32 count;
    (void)state;
    assert_int_equal(hostmem_fault_parse(NULL, &rule, 1, &count, NULL, 0), E_POINTER);
    assert_int_equal(hostmem_fault_parse("", &rule, 1, NULL, NULL, 0), E_POINTER);
    assert_int_equal(hostmem_fault_parse("", NULL, 1, &count, NULL, 0), E_POINTER);
    assert_int_equal(hostmem_fault_parse("", &rule, 1, &count, NULL, 1), E_POINTER);
    assert_int_equal(hostmem_fault_parse(" ; ", NULL, 0, &count, mistake, sizeof mistake), S_OK);
    assert_int_equal(hostmem_fault_parse("nth=1", NULL, 0, &count, mistake, sizeof mistake),
                     FROM_WIN32(ERROR_INSUFFICIENT_BUFFER));
    rule.size--;
    assert_int_equal(hostmem_fault_parse("", &rule, 1, &count, mistake, sizeof mistake), FROM_WIN32(ERROR_BAD_LENGTH));
}

/* A program built for a newer, larger struct gets rules that hostmem_fault_set accepts. */
static void rules_are_written_in_the_size_of_the_caller(void **state)
{
    host_fixture *f = *state;
    struct {
        hostmem_fault_rule rule;
        UINT64 newer[2];
    } rules[3];
    UINT32 count;
    memset(rules, 0xdd, sizeof rules);
    rules[0].rule.size = sizeof *rules;
    assert_int_equal(hostmem_fault_parse("nth=5; times=6", &rules[0].rule, 3, &count, NULL, 0), S_OK);
    assert_int_equal(count, 2);
    assert_int_equal(rules[0].rule.nth, 5);
    assert_int_equal(rules[1].rule.times, 6);
    assert_int_equal(rules[1].rule.size, sizeof *rules);
    assert_int_equal(rules[1].newer[1], 0);
    assert_int_equal(rules[2].rule.size, 0xdddddddd);
    assert_int_equal(hostmem_fault_set(f->instance, &rules[0].rule, count), S_OK);
}

/* ---- HOSTMEM_FAULT ---- */

static hostmem *create(host_fixture *f, UINT32 flags)
{
    hostmem_config config = {.size = sizeof config, .flags = flags, .os = f->os};
    hostmem *instance = NULL;
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    return instance;
}

static void the_variable_sets_rules_where_the_host_allows_it(void **state)
{
    static const struct {
        const char *text;
        UINT32 flags, rules;
    } cases[] = {
        {"method=VirtualAlloc nth=2", HOSTMEM_ENVIRONMENT, 1},
        {"method=VirtualAlloc nth=2", 0, 0},
        {"nonsense", 0, 0},
        {NULL, HOSTMEM_ENVIRONMENT, 0},
        {"nth=2;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1", HOSTMEM_ENVIRONMENT, HOSTMEM_MAX_FAULT_RULES},
    };
    host_fixture *f = *state;
    unsigned i;
    for (i = 0; i < COUNT_OF(cases); i++) {
        hostmem *instance;
        IHostMemoryManager *manager;
        void *pages[2];
        UINT32 count = 77;
        HRESULT second;
        sim_os_set_environment(f->sim, "HOSTMEM_FAULT", cases[i].text);
        instance = create(f, cases[i].flags);
        assert_int_equal(hostmem_fault_get_counts(instance, NULL, 0, &count), S_OK);
        assert_int_equal(count, cases[i].rules);
        if (count < 2) {
            assert_int_equal(hostmem_get_manager(instance, &manager), S_OK);
            IHostMemoryManager_VirtualAlloc(manager, NULL, 1, MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &pages[0]);
            second = IHostMemoryManager_VirtualAlloc(manager, NULL, 1, MEM_COMMIT, PAGE_READWRITE, eTaskCritical,
                                                     &pages[1]);
            assert_non_null(pages[0]);
            assert_int_equal(second, count ? E_OUTOFMEMORY : S_OK);
            IHostMemoryManager_VirtualFree(manager, pages[0], 0, MEM_RELEASE);
            if (pages[1])
                IHostMemoryManager_VirtualFree(manager, pages[1], 0, MEM_RELEASE);
            IHostMemoryManager_Release(manager);
        }
        assert_int_equal(hostmem_release(instance), 0);
    }
}

static void a_wrong_variable_is_told_by_its_word(void **state)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"nth=1; nth=2 levle=task", "HOSTMEM_FAULT (environment variable) has a mistake: \"levle=task\" is not"},
        {"error=5", "HOSTMEM_FAULT (environment variable) has a mistake: \"error=5\" has no effect"},
        {"nth=1;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1;nth=1",
         "HOSTMEM_FAULT (environment variable) has a mistake: \"\" is one rule too many"},
    };
    host_fixture *f = *state;
    hostmem_config config = {.size = sizeof config, .flags = HOSTMEM_ENVIRONMENT, .os = f->os};
    char text[300], longest[1100];
    hostmem *instance = COM_POISON;
    unsigned i;
    for (i = 0; i < COUNT_OF(cases); i++) {
        sim_os_set_environment(f->sim, "HOSTMEM_FAULT", cases[i].text);
        assert_int_equal(hostmem_config_error(&config, text, sizeof text), FROM_WIN32(ERROR_BAD_ENVIRONMENT));
        if (strncmp(text, cases[i].sentence, strlen(cases[i].sentence)))
            fail_msg("%s", text);
        assert_int_equal(hostmem_create(&config, &instance), FROM_WIN32(ERROR_BAD_ENVIRONMENT));
        assert_null(instance);
    }
    memset(longest, ' ', sizeof longest);
    longest[1000] = 0;
    sim_os_set_environment(f->sim, "HOSTMEM_FAULT", longest);
    assert_int_equal(hostmem_config_error(&config, text, sizeof text), S_OK);
    longest[1000] = ' ';
    longest[1001] = 0;
    sim_os_set_environment(f->sim, "HOSTMEM_FAULT", longest);
    assert_int_equal(hostmem_config_error(&config, text, sizeof text), FROM_WIN32(ERROR_BAD_ENVIRONMENT));
    assert_string_equal(text, "HOSTMEM_FAULT (environment variable) is too long");
}

static void without_memory_for_its_rules_there_is_no_instance(void **state)
{
    UINT32 skip, failed = 1;
    (void)state;
    for (skip = 0; failed; skip++) {
        sim_os *sim = sim_os_create(NULL);
        hostmem_config config = {.size = sizeof config, .flags = HOSTMEM_ENVIRONMENT, .os = sim_os_functions(sim)};
        hostmem *instance = NULL;
        HRESULT hr;
        sim_os_set_environment(sim, "HOSTMEM_FAULT", "nth=5; times=1");
        sim_os_fail(sim, SIM_SET(SIM_OBJECT_ALLOC), skip, 1, ERROR_NOT_ENOUGH_MEMORY);
        hr = hostmem_create(&config, &instance);
        failed = sim_os_failed(sim);
        assert_int_equal(hr, failed ? E_OUTOFMEMORY : S_OK);
        assert_true((instance == NULL) == (failed != 0));
        hostmem_release(instance);
        assert_true(sim_os_check(sim, NULL));
        sim_os_destroy(sim);
    }
    assert_true(skip > 5); /* at least handle, budget, core, pressure, rules and manager fail, and once none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_sets_its_field),
        cmocka_unit_test(a_complaint_names_the_word),
        cmocka_unit_test(a_complaint_is_cut_to_its_room),
        cmocka_unit_test(arguments_are_checked),
        fixture_test(rules_are_written_in_the_size_of_the_caller),
        fixture_test(the_variable_sets_rules_where_the_host_allows_it),
        fixture_test(a_wrong_variable_is_told_by_its_word),
        cmocka_unit_test(without_memory_for_its_rules_there_is_no_instance),
    };
    return cmocka_run_group_tests_name("fault_text", tests, NULL, NULL);
}
