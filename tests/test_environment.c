/* Environment variables in place of fields, where the host allows them; and what is left of a configuration if the
 * system refuses something. */
#include "host_fixture.h"

#include <string.h>

#include "config.h"

#define FROM_WIN32(error) ((HRESULT)(0x80070000u | (unsigned)(error)))
#define BAD_ENVIRONMENT FROM_WIN32(ERROR_BAD_ENVIRONMENT)
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* A budget in which every field differs from its default, and from the variables' values. */
static const hostmem_budget_config in_program = {.size = sizeof in_program,
                                                 .limit_bytes = 1000,
                                                 .app_domain_reserve_bytes = 300,
                                                 .process_reserve_bytes = 200,
                                                 .low_percent = 70,
                                                 .neutral_percent = 60,
                                                 .high_percent = 40};

#define ADDRESS_RESERVE_IN_PROGRAM 65536u

/* The variables, and the fields that they set. */
static const struct variable {
    const char *name;
    SIZE_T field; /* offset in hmi_settings */
    BOOL is_size;
    const char *text;
    UINT64 value;
} variables[] = {
    {"HOSTMEM_LIMIT", offsetof(hmi_settings, budget.limit_bytes), TRUE, "512M", 512u << 20},
    {"HOSTMEM_APP_DOMAIN_RESERVE", offsetof(hmi_settings, budget.app_domain_reserve_bytes), TRUE, " 301 ", 301},
    {"HOSTMEM_PROCESS_RESERVE", offsetof(hmi_settings, budget.process_reserve_bytes), TRUE, "0", 0},
    {"HOSTMEM_ADDRESS_RESERVE", offsetof(hmi_settings, config.address_reserve_bytes), TRUE, "1MiB", 1 << 20},
    {"HOSTMEM_SAMPLE", offsetof(hmi_settings, config.sample_bytes), TRUE, "512K", 512 << 10},
    {"HOSTMEM_LOW_PERCENT", offsetof(hmi_settings, budget.low_percent), FALSE, "100", 100},
    {"HOSTMEM_NEUTRAL_PERCENT", offsetof(hmi_settings, budget.neutral_percent), FALSE, "65", 65},
    {"HOSTMEM_HIGH_PERCENT", offsetof(hmi_settings, budget.high_percent), FALSE, "1", 1},
};

static hostmem_config with(host_fixture *fixture, UINT32 flags)
{
    return (hostmem_config){.size = sizeof(hostmem_config),
                            .flags = flags,
                            .os = fixture->os,
                            .budget_config = &in_program,
                            .address_reserve_bytes = ADDRESS_RESERVE_IN_PROGRAM};
}

static hmi_settings complete(const hostmem_config *config)
{
    hmi_settings settings;
    hmi_config_mistake mistake;
    assert_int_equal(hmi_config_complete(config, &settings, &mistake), S_OK);
    return settings;
}

static UINT64 field_of(const hmi_settings *settings, const struct variable *variable)
{
    const void *field = (const char *)settings + variable->field;
    return variable->is_size ? *(const UINT64 *)field : *(const UINT32 *)field;
}

static void each_variable_sets_its_field_and_no_other(void **state)
{
    host_fixture *fixture = *state;
    hostmem_config config = with(fixture, HOSTMEM_ENVIRONMENT);
    hmi_settings without = complete(&config), now;
    unsigned i, other;
    for (i = 0; i < COUNT_OF(variables); i++) {
        sim_os_set_environment(fixture->sim, variables[i].name, variables[i].text);
        now = complete(&config);
        for (other = 0; other < COUNT_OF(variables); other++) {
            UINT64 expected = other == i ? variables[i].value : field_of(&without, &variables[other]);
            if (field_of(&now, &variables[other]) != expected)
                fail_msg("with %s, %s has %llu", variables[i].name, variables[other].name,
                         (unsigned long long)field_of(&now, &variables[other]));
        }
        assert_true(field_of(&without, &variables[i]) != variables[i].value);
        sim_os_set_environment(fixture->sim, variables[i].name, NULL);
    }
}

static void variables_count_only_where_the_host_allows_it(void **state)
{
    host_fixture *fixture = *state;
    hostmem_config config = with(fixture, HOSTMEM_CHECKED);
    hmi_settings without = complete(&config), now;
    unsigned i;
    for (i = 0; i < COUNT_OF(variables); i++)
        sim_os_set_environment(fixture->sim, variables[i].name, i % 2 ? variables[i].text : "nonsense");
    now = complete(&config);
    assert_memory_equal(&now, &without, sizeof now);
    assert_int_equal(sim_os_calls(fixture->sim, SIM_GET_ENVIRONMENT), 0);
}

static void an_empty_variable_is_none(void **state)
{
    host_fixture *fixture = *state;
    hostmem_config config = with(fixture, HOSTMEM_ENVIRONMENT);
    hmi_settings without = complete(&config), now;
    unsigned i;
    for (i = 0; i < COUNT_OF(variables); i++)
        sim_os_set_environment(fixture->sim, variables[i].name, "");
    now = complete(&config);
    assert_memory_equal(&now, &without, sizeof now);
}

/* The configuration is refused with hr and with a sentence that begins with the name; creation fails, too. */
static void expect_refusal(host_fixture *fixture, const hostmem_config *config, HRESULT hr, const char *name,
                           const char *value)
{
    char text[200];
    hostmem *instance = COM_POISON;
    HRESULT checked = hostmem_config_error(config, text, sizeof text);
    if (checked != hr || strncmp(text, name, strlen(name)) || text[strlen(name)] != ' ')
        fail_msg("%s=%s: %#x, '%s'", name, value, (unsigned)checked, text);
    if (hostmem_create(config, &instance) != hr || instance)
        fail_msg("%s=%s: creation gives something else", name, value);
    (void)fixture;
}

static void a_variable_that_cannot_be_read_is_named(void **state)
{
    static const char *const bad[] = {" ", "x", "-1", "12x", "1.5G", "5 MM", "0x10", "18446744073709551616",
                                      "99999999T", "90%", "M",
                                      /* too long to be read, although its end is valid */
                                      "0000000000000000000000000000000000000000000000000000000000000000000000050",
                                      "50                                                              "};
    static const char *const bad_percentages[] = {"0", "101", "1K", "90B", "4294967297", "18446744073709551615"};
    host_fixture *fixture = *state;
    hostmem_config config = with(fixture, HOSTMEM_ENVIRONMENT);
    unsigned i, value;
    for (i = 0; i < COUNT_OF(variables); i++) {
        for (value = 0; value < COUNT_OF(bad); value++) {
            sim_os_set_environment(fixture->sim, variables[i].name, bad[value]);
            expect_refusal(fixture, &config, BAD_ENVIRONMENT, variables[i].name, bad[value]);
        }
        for (value = 0; value < COUNT_OF(bad_percentages) && !variables[i].is_size; value++) {
            sim_os_set_environment(fixture->sim, variables[i].name, bad_percentages[value]);
            expect_refusal(fixture, &config, BAD_ENVIRONMENT, variables[i].name, bad_percentages[value]);
        }
        sim_os_set_environment(fixture->sim, variables[i].name, NULL);
    }
    assert_int_equal(hostmem_config_error(&config, NULL, 0), S_OK);
}

/* Variables that can be parsed may still contradict fields: then the message names the field. */
static void fields_are_checked_with_the_variables_in_place(void **state)
{
    static const struct {
        const char *name, *value, *field;
    } cases[] = {
        {"HOSTMEM_LIMIT", "500", "budget_config.process_reserve_bytes"},
        {"HOSTMEM_LIMIT", "300", "budget_config.app_domain_reserve_bytes"},
        {"HOSTMEM_LIMIT", "0", "budget_config.app_domain_reserve_bytes"},
        {"HOSTMEM_APP_DOMAIN_RESERVE", "1000", "budget_config.app_domain_reserve_bytes"},
        {"HOSTMEM_PROCESS_RESERVE", "700", "budget_config.process_reserve_bytes"},
        {"HOSTMEM_LOW_PERCENT", "59", "budget_config.neutral_percent"},
        {"HOSTMEM_NEUTRAL_PERCENT", "71", "budget_config.neutral_percent"},
        {"HOSTMEM_NEUTRAL_PERCENT", "39", "budget_config.high_percent"},
        {"HOSTMEM_HIGH_PERCENT", "61", "budget_config.high_percent"},
        {"HOSTMEM_ADDRESS_RESERVE", "16777215T", "address_reserve_bytes"},
    };
    host_fixture *fixture = *state;
    hostmem_config config = with(fixture, HOSTMEM_ENVIRONMENT);
    unsigned i;
    for (i = 0; i < COUNT_OF(cases); i++) {
        sim_os_set_environment(fixture->sim, cases[i].name, cases[i].value);
        expect_refusal(fixture, &config, E_INVALIDARG, cases[i].field, cases[i].value);
        sim_os_set_environment(fixture->sim, cases[i].name, NULL);
    }
    /* The limit from the environment overrides both limits that a program can set. */
    config.limit_bytes = 1000;
    sim_os_set_environment(fixture->sim, "HOSTMEM_LIMIT", "2000");
    assert_true(complete(&config).budget.limit_bytes == 2000);
}

static void a_shared_budget_is_not_changed_by_the_environment(void **state)
{
    host_fixture *fixture = *state;
    hostmem_config config = {.size = sizeof config, .flags = HOSTMEM_ENVIRONMENT, .os = fixture->os};
    hostmem_stats stats = {.size = sizeof stats};
    hostmem *instance;
    unsigned i;
    for (i = 0; i < COUNT_OF(variables); i++)
        sim_os_set_environment(fixture->sim, variables[i].name, "nonsense");
    assert_int_equal(hostmem_budget_create(&in_program, fixture->os, &config.budget), S_OK);  /* does not read it */
    expect_refusal(fixture, &config, BAD_ENVIRONMENT, "HOSTMEM_ADDRESS_RESERVE", "nonsense"); /* a variable for
                                                                                               * instances */
    sim_os_set_environment(fixture->sim, "HOSTMEM_ADDRESS_RESERVE", "64K");
    expect_refusal(fixture, &config, BAD_ENVIRONMENT, "HOSTMEM_SAMPLE", "nonsense"); /* and so is this one */
    sim_os_set_environment(fixture->sim, "HOSTMEM_SAMPLE", "2G");
    expect_refusal(fixture, &config, E_INVALIDARG, "sample_bytes", "too much");
    sim_os_set_environment(fixture->sim, "HOSTMEM_SAMPLE", NULL);
    sim_os_set_environment(fixture->sim, "HOSTMEM_LIMIT", "5000");
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    assert_int_equal(hostmem_get_stats(instance, &stats), S_OK);
    assert_int_equal(stats.limit_bytes, 1000);
    assert_int_equal(stats.address_reserve_bytes, 65536);
    assert_int_equal(hostmem_release(instance), 0);
    assert_int_equal(hostmem_budget_release(config.budget), 0);
}

/* ---- Refusals by the system ---- */

static void creation_with_everything_set_leaves_nothing_behind_when_any_call_fails(void **state)
{
    static const UINT32 errors[] = {ERROR_NOT_ENOUGH_MEMORY, ERROR_COMMITMENT_LIMIT};
    UINT32 skip, failed, refusals = 0;
    (void)state;
    for (skip = 0, failed = 1; failed; skip++) {
        sim_os *sim = sim_os_create(NULL);
        hostmem_os *os = sim_os_functions(sim);
        hostmem_config config = {.size = sizeof config,
                                 .os = os,
                                 .budget_config = &in_program,
                                 .limit_bytes = 1000,
                                 .flags = 0x7f,
                                 .numa_node = HOSTMEM_NUMA_CURRENT,
                                 .address_reserve_bytes = 1 << 20};
        hostmem *instance = COM_POISON;
        HRESULT hr;
        sim_os_set_environment(sim, "HOSTMEM_LOW_PERCENT", "75");
        sim_os_fail(sim, SIM_ALL_KINDS, skip, 1, errors[skip % 2]);
        hr = hostmem_create(&config, &instance);
        failed = sim_os_failed(sim);
        sim_os_fail(sim, 0, 0, 0, 0); /* destroying it cannot fail */
        if (failed && hr != S_OK) {
            refusals++;
            assert_int_equal((UINT32)hr, (UINT32)E_OUTOFMEMORY);
            assert_null(instance);
        } else {
            assert_int_equal(hr, S_OK);
            assert_int_equal(hostmem_release(instance), 0);
        }
        assert_true(sim_os_check(sim, NULL));
        sim_os_destroy(sim);
    }
    assert_true(refusals >= 6); /* at least handle, budget, event, core, manager and address space */
}

static void a_budget_leaves_nothing_behind_when_any_call_fails(void **state)
{
    host_fixture *fixture = *state;
    UINT32 skip, failed = 1;
    for (skip = 0; failed; skip++) {
        hostmem_budget *budget = COM_POISON;
        sim_os_totals before, after;
        HRESULT hr;
        sim_os_total(fixture->sim, &before);
        sim_os_fail(fixture->sim, SIM_ALL_KINDS, skip, 1, ERROR_TOO_MANY_POSTS);
        hr = hostmem_budget_create(&in_program, fixture->os, &budget);
        failed = sim_os_failed(fixture->sim);
        assert_int_equal((UINT32)hr, failed ? (UINT32)E_OUTOFMEMORY : (UINT32)S_OK);
        assert_true((budget == NULL) == (failed != 0));
        assert_int_equal(hostmem_budget_release(budget), 0);
        sim_os_total(fixture->sim, &after);
        assert_memory_equal(&before, &after, sizeof before);
    }
    assert_true(skip >= 3);
    assert_int_equal((UINT32)hostmem_budget_create(&in_program, fixture->os, NULL), (UINT32)E_POINTER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(each_variable_sets_its_field_and_no_other),
        fixture_test(variables_count_only_where_the_host_allows_it),
        fixture_test(an_empty_variable_is_none),
        fixture_test(a_variable_that_cannot_be_read_is_named),
        fixture_test(fields_are_checked_with_the_variables_in_place),
        fixture_test(a_shared_budget_is_not_changed_by_the_environment),
        cmocka_unit_test(creation_with_everything_set_leaves_nothing_behind_when_any_call_fails),
        fixture_test(a_budget_leaves_nothing_behind_when_any_call_fails),
    };
    return cmocka_run_group_tests_name("environment", tests, NULL, NULL);
}
