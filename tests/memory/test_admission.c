/* The upper half of the failure table, entry by entry, through the methods that the CLR calls: the result of a
 * request by its level, by how full the budget is, by what the budget allows, and by what ends its waiting. The
 * clock only moves when a test moves it. */
#include "policy.h"

#include <stdio.h>

/* The zones, in pages: tasks may use up to 70, application domains up to 90, the process up to 100. */
#define LIMIT 100u
#define DOMAIN_RESERVE 20u
#define PROCESS_RESERVE 10u
#define WANTED 10u

#define WAIT_MS 5000u

/* The system's error when it has no memory; a heap that refuses always has error 8. */
#define SYSTEM_ERROR ERROR_NO_SYSTEM_RESOURCES
#define ALLOCATIONS (SIM_SET(SIM_VIRTUAL_ALLOC) | SIM_SET(SIM_HEAP_ALLOC))

typedef enum outcome {
    OK,        /* admitted, not above the limit */
    OVERDRAFT, /* admitted above the limit */
    REFUSED,   /* refused after waiting if it may */
    LATCHED    /* the same, and the refusal latches the instance */
} outcome;

typedef enum ending { AT_ONCE, MEMORY, TIME, SHUTDOWN, ENDINGS } ending;

#define FLAG_SETS 4 /* combinations of HOSTMEM_NO_PROCESS_OVERDRAFT and HOSTMEM_FAIL_FAST */
_Static_assert(HOSTMEM_NO_PROCESS_OVERDRAFT == 1 && HOSTMEM_FAIL_FAST == 2, "flag sets are counted by these bits");

static const struct situation {
    const char *name;
    SIZE_T used; /* pages that are in use already */
    bool system_is_full;
    outcome expected[3][FLAG_SETS];
} situations[] = {
    {"below the task limit", 60, false, {{OK, OK, OK, OK}, {OK, OK, OK, OK}, {OK, OK, OK, OK}}},
    {"one page over the task limit",
     61,
     false,
     {{REFUSED, REFUSED, REFUSED, REFUSED}, {OK, OK, OK, OK}, {OK, OK, OK, OK}}},
    {"up to the domain limit", 80, false, {{REFUSED, REFUSED, REFUSED, REFUSED}, {OK, OK, OK, OK}, {OK, OK, OK, OK}}},
    {"one page over the domain limit",
     81,
     false,
     {{REFUSED, REFUSED, REFUSED, REFUSED}, {REFUSED, REFUSED, REFUSED, REFUSED}, {OK, OK, OK, OK}}},
    {"up to the limit",
     90,
     false,
     {{REFUSED, REFUSED, REFUSED, REFUSED}, {REFUSED, REFUSED, REFUSED, REFUSED}, {OK, OK, OK, OK}}},
    {"one page over the limit",
     91,
     false,
     {{REFUSED, REFUSED, REFUSED, REFUSED},
      {REFUSED, REFUSED, REFUSED, REFUSED},
      {OVERDRAFT, REFUSED, OVERDRAFT, LATCHED}}},
    {"the system is out of memory",
     0,
     true,
     {{REFUSED, REFUSED, REFUSED, REFUSED},
      {REFUSED, REFUSED, REFUSED, REFUSED},
      {REFUSED, REFUSED, LATCHED, LATCHED}}},
};

typedef struct cell {
    const struct situation *situation;
    policy_way way;
    EMemoryCriticalLevel level;
    UINT32 flags;
    ending ending;
} cell;

static bool is_of_heap(policy_way way)
{
    return way == POLICY_ALLOC || way == POLICY_DEBUG_ALLOC;
}

static void note(policy_scene *s, const cell *c)
{
    static const char *const ways[] = {"reserve and commit", "commit", "Alloc", "DebugAlloc"};
    static const char *const endings[] = {"no wait", "memory", "time", "shutdown"};
    snprintf(s->note, sizeof s->note, "%s, level %d, flags %u, %s, %s", c->situation->name, (int)c->level,
             (unsigned)c->flags, ways[c->way], endings[c->ending]);
}

/* Ends the waiting of a request in the way that the case says. */
static void end_waiting(policy_scene *s, const cell *c, policy_request *taken, policy_request *request)
{
    policy_waits(request, 1);
    switch (c->ending) {
    case MEMORY:
        if (c->situation->system_is_full) {
            sim_os_fail(s->sim, 0, 0, 0, 0);
            sim_os_advance(s->sim, 100); /* memory freed by other programs causes no wake-up */
        } else {
            policy_give_back(taken);
        }
        break;
    case TIME:
        sim_os_advance(s->sim, WAIT_MS - 1);
        policy_waits(request, 1);
        sim_os_advance(s->sim, 1);
        break;
    default:
        hostmem_shutdown(request->from->handle);
        break;
    }
}

static void expect_refusal(const cell *c, policy_instance *instance, policy_request *request, bool latched)
{
    bool waited = c->ending != AT_ONCE;
    UINT32 error = c->ending == TIME              ? ERROR_TIMEOUT
                   : c->ending == SHUTDOWN        ? ERROR_OPERATION_ABORTED
                   : is_of_heap(c->way)           ? ERROR_NOT_ENOUGH_MEMORY
                   : c->situation->system_is_full ? SYSTEM_ERROR
                                                  : ERROR_COMMITMENT_LIMIT;
    HRESULT hr = latched                 ? E_FAIL
                 : c->ending == TIME     ? HOST_E_TIMEOUT
                 : c->ending == SHUTDOWN ? HOST_E_ABANDONED
                                         : E_OUTOFMEMORY;
    policy_ends(request, hr, error);
    policy_is(instance, refused[c->level], 1);
    policy_is(instance, waits[c->level], waited);
    policy_is(instance, latched, latched);
    policy_is(instance, used_bytes, c->situation->used * POLICY_PAGE);
    policy_is(instance, overdraft_bytes, 0);
}

static void expect_admission(const cell *c, policy_instance *instance, policy_request *request, bool waited,
                             SIZE_T used)
{
    policy_succeeds(request);
    policy_is(instance, refused[c->level], 0);
    policy_is(instance, waits[c->level], waited);
    policy_is(instance, latched, 0);
    policy_is(instance, used_bytes, (used + WANTED) * POLICY_PAGE);
    policy_is(instance, overdraft_bytes, used + WANTED > LIMIT ? (used + WANTED - LIMIT) * POLICY_PAGE : 0);
}

static void try_cell(policy_scene *s, const cell *c)
{
    const struct situation *situation = c->situation;
    outcome expected = situation->expected[c->level][c->flags];
    hostmem_budget_config budget = {.flags = c->flags,
                                    .limit_bytes = LIMIT * POLICY_PAGE,
                                    .app_domain_reserve_bytes = DOMAIN_RESERVE * POLICY_PAGE,
                                    .process_reserve_bytes = PROCESS_RESERVE * POLICY_PAGE};
    policy_request *taken = NULL, *request;
    policy_instance *instance;
    note(s, c);
    if (c->ending != AT_ONCE)
        budget.wait_ms[c->level] = WAIT_MS;
    instance = policy_open(s, budget);
    if (situation->used)
        taken = policy_ask(instance, POLICY_RESERVE_AND_COMMIT, situation->used * POLICY_PAGE, eProcessCritical);
    if (situation->system_is_full)
        sim_os_fail(s->sim, ALLOCATIONS, 0, SIM_FOREVER, SYSTEM_ERROR);

    request = policy_ask_elsewhere(instance, c->way, WANTED * POLICY_PAGE, c->level);
    if (expected == OK || expected == OVERDRAFT) { /* without waiting, even if it may */
        expect_admission(c, instance, request, false, situation->used);
        assert_true((policy_stats(instance).overdraft_bytes != 0) == (expected == OVERDRAFT));
    } else {
        if (c->ending != AT_ONCE)
            end_waiting(s, c, taken, request);
        if (c->ending == MEMORY)
            expect_admission(c, instance, request, true, 0);
        else
            expect_refusal(c, instance, request, expected == LATCHED);
    }
    sim_os_fail(s->sim, 0, 0, 0, 0);
    policy_close(instance);
}

static void try_all_cells(policy_scene *s, ending how)
{
    cell c = {.ending = how};
    size_t situation;
    for (situation = 0; situation < sizeof situations / sizeof *situations; situation++) {
        c.situation = &situations[situation];
        for (c.level = eTaskCritical; c.level <= eProcessCritical; c.level++) {
            for (c.flags = 0; c.flags < FLAG_SETS; c.flags++) {
                for (c.way = 0; c.way < POLICY_WAYS; c.way++)
                    try_cell(s, &c);
            }
        }
    }
}

static void every_request_without_a_wait_ends_as_the_table_says(void **state)
{
    try_all_cells(*state, AT_ONCE);
}

static void every_request_that_waits_gets_memory_that_appears(void **state)
{
    try_all_cells(*state, MEMORY);
}

static void every_request_that_waits_in_vain_times_out_to_the_millisecond(void **state)
{
    try_all_cells(*state, TIME);
}

static void every_request_that_waits_is_abandoned_by_a_shutdown(void **state)
{
    try_all_cells(*state, SHUTDOWN);
}

/* ---- The zones ---- */

static void zones_are_exact_at_the_byte(void **state)
{
    /* limit 1000, reserves 200 and 100: the zones end at 700, 900 and 1000 */
    static const struct {
        SIZE_T used, bytes;
        bool admitted[3]; /* without overdraft */
    } cases[] = {
        {0, 700, {true, true, true}},      {0, 701, {false, true, true}},    {0, 900, {false, true, true}},
        {0, 901, {false, false, true}},    {0, 1000, {false, false, true}},  {0, 1001, {false, false, false}},
        {699, 1, {true, true, true}},      {700, 1, {false, true, true}},    {899, 1, {false, true, true}},
        {900, 1, {false, false, true}},    {999, 1, {false, false, true}},   {1000, 1, {false, false, false}},
        {1000, 0, {true, true, true}},     {350, 351, {false, true, true}},  {350, 551, {false, false, true}},
        {350, 651, {false, false, false}}, {350, 650, {false, false, true}},
    };
    policy_scene *s = *state;
    hostmem_budget_config budget = {.flags = HOSTMEM_NO_PROCESS_OVERDRAFT,
                                    .limit_bytes = 1000,
                                    .app_domain_reserve_bytes = 200,
                                    .process_reserve_bytes = 100};
    policy_instance *instance = policy_open(s, budget);
    size_t i;
    int level;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (level = 0; level < 3; level++) {
            policy_request *taken = policy_ask(instance, POLICY_ALLOC, cases[i].used, eProcessCritical), *request;
            snprintf(s->note, sizeof s->note, "case %u, level %d", (unsigned)i, level);
            policy_succeeds(taken);
            request = policy_ask(instance, POLICY_ALLOC, cases[i].bytes, (EMemoryCriticalLevel)level);
            policy_ends(request, cases[i].admitted[level] ? S_OK : E_OUTOFMEMORY,
                        cases[i].admitted[level] ? POLICY_LAST_ERROR : ERROR_NOT_ENOUGH_MEMORY);
            policy_give_back(request);
            policy_give_back(taken);
            policy_is(instance, used_bytes, 0);
        }
    }
}

static void pages_fit_whole_or_not_at_all(void **state)
{
    policy_scene *s = *state;
    policy_way way;
    for (way = POLICY_RESERVE_AND_COMMIT; way <= POLICY_COMMIT; way++) {
        hostmem_budget_config budget = {.limit_bytes = 4 * POLICY_PAGE - 1};
        policy_instance *instance = policy_open(s, budget);
        policy_ends(policy_ask(instance, way, 4 * POLICY_PAGE, eTaskCritical), E_OUTOFMEMORY, ERROR_COMMITMENT_LIMIT);
        policy_succeeds(policy_ask(instance, way, 3 * POLICY_PAGE, eTaskCritical));
        policy_ends(policy_ask(instance, POLICY_ALLOC, POLICY_PAGE, eTaskCritical), E_OUTOFMEMORY,
                    ERROR_NOT_ENOUGH_MEMORY);
        policy_succeeds(policy_ask(instance, POLICY_ALLOC, POLICY_PAGE - 1, eTaskCritical));
        policy_is(instance, used_bytes, 4 * POLICY_PAGE - 1);
        policy_is(instance, refused[eTaskCritical], 2);
        policy_close(instance);
    }
}

static void figures_of_a_level_count_its_requests_alone(void **state)
{
    hostmem_budget_config budget = {.flags = HOSTMEM_NO_PROCESS_OVERDRAFT, .limit_bytes = 10};
    policy_instance *instance = policy_open(*state, budget);
    int level, times;
    for (level = 0; level < 3; level++) {
        for (times = 0; times <= level; times++)
            policy_ask(instance, POLICY_ALLOC, 11, (EMemoryCriticalLevel)level);
    }
    policy_is(instance, refused[eTaskCritical], 1);
    policy_is(instance, refused[eAppDomainCritical], 2);
    policy_is(instance, refused[eProcessCritical], 3);
    policy_is(instance, waits[0] + policy_stats(instance).waits[1] + policy_stats(instance).waits[2], 0);
}

static void the_overdraft_shrinks_with_what_is_freed_and_admits_nobody_else(void **state)
{
    hostmem_budget_config budget = {.limit_bytes = 1000};
    policy_instance *instance = policy_open(*state, budget);
    policy_request *first = policy_ask(instance, POLICY_ALLOC, 800, eTaskCritical);
    policy_request *second = policy_ask(instance, POLICY_ALLOC, 700, eProcessCritical);
    policy_succeeds(second);
    policy_is(instance, overdraft_bytes, 500);
    policy_ends(policy_ask(instance, POLICY_ALLOC, 1, eAppDomainCritical), E_OUTOFMEMORY, ERROR_NOT_ENOUGH_MEMORY);
    policy_give_back(second);
    policy_is(instance, overdraft_bytes, 0);
    policy_succeeds(policy_ask(instance, POLICY_ALLOC, 200, eAppDomainCritical));
    policy_give_back(first);
    policy_is(instance, used_bytes, 200);
    assert_int_equal(hostmem_set_limit(instance->handle, 150), S_OK);
    policy_is(instance, overdraft_bytes, 50);
    assert_int_equal(hostmem_set_limit(instance->handle, 0), S_OK);
    policy_is(instance, overdraft_bytes, 0);
}

/* Only a lack of memory waits, counts as a refusal and latches; an invalid request fails at once. */
static void what_is_not_about_memory_neither_waits_nor_latches(void **state)
{
    policy_scene *s = *state;
    hostmem_budget_config budget = {.flags = HOSTMEM_FAIL_FAST, .wait_ms = {WAIT_MS, WAIT_MS, WAIT_MS}};
    policy_instance *instance = policy_open(s, budget);
    static const struct {
        UINT32 error;
        HRESULT hr;
    } cases[] = {
        {ERROR_INVALID_ADDRESS, E_OUTOFMEMORY},
        {ERROR_INVALID_PARAMETER, E_INVALIDARG},
        {ERROR_NOACCESS, E_POINTER},
        {ERROR_ACCESS_DENIED, E_ACCESSDENIED},
        {ERROR_TIMEOUT, HOST_E_TIMEOUT},
        {ERROR_OPERATION_ABORTED, HOST_E_ABANDONED},
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        policy_request *request;
        snprintf(s->note, sizeof s->note, "error %u", (unsigned)cases[i].error);
        sim_os_fail(s->sim, ALLOCATIONS, 0, 1, cases[i].error);
        request = policy_ask_elsewhere(instance, POLICY_RESERVE_AND_COMMIT, POLICY_PAGE, eProcessCritical);
        policy_ends(request, cases[i].hr, cases[i].error);
        policy_is(instance, refused[eProcessCritical], 0);
        policy_is(instance, waits[eProcessCritical], 0);
        policy_is(instance, latched, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        policy_test(every_request_without_a_wait_ends_as_the_table_says),
        policy_test(every_request_that_waits_gets_memory_that_appears),
        policy_test(every_request_that_waits_in_vain_times_out_to_the_millisecond),
        policy_test(every_request_that_waits_is_abandoned_by_a_shutdown),
        policy_test(zones_are_exact_at_the_byte),
        policy_test(pages_fit_whole_or_not_at_all),
        policy_test(figures_of_a_level_count_its_requests_alone),
        policy_test(the_overdraft_shrinks_with_what_is_freed_and_admits_nobody_else),
        policy_test(what_is_not_about_memory_neither_waits_nor_latches),
    };
    return cmocka_run_group_tests_name("admission", tests, NULL, NULL);
}
