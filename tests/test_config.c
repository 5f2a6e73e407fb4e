/* Configurations: every kind of mistake with its result and message, defaults, sizes of other versions, and the
 * environment. hostmem_config_error and creation must agree. */
#include "host_fixture.h"

#include <stdio.h>
#include <string.h>

#include "budget/budget.h"
#include "config.h"

/* HRESULT_FROM_WIN32 may be a function, which cannot be used in a table. */
#define FROM_WIN32(error) ((HRESULT)(0x80070000u | (unsigned)(error)))
#define BAD_LENGTH FROM_WIN32(ERROR_BAD_LENGTH)
#define INVALID_FLAGS FROM_WIN32(ERROR_INVALID_FLAGS)
#define NOT_SUPPORTED FROM_WIN32(ERROR_NOT_SUPPORTED)
#define BAD_ENVIRONMENT FROM_WIN32(ERROR_BAD_ENVIRONMENT)

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define A_POINTER ((void *)(UINT_PTR)0x1000)

/* Structs as a program built for a newer version may pass them. */
typedef struct newer_config {
    hostmem_config known;
    unsigned char rest[24];
} newer_config;

typedef struct newer_budget_config {
    hostmem_budget_config known;
    unsigned char rest[24];
} newer_budget_config;

/* The configuration is refused with hr and with a sentence that begins with the field and continues with the
 * reason; creation fails with the same result and leaves nothing. hr S_OK: it is accepted, and there is no
 * sentence. */
static void expect_verdict(host_fixture *fixture, const hostmem_config *config, HRESULT hr, const char *field,
                           const char *what)
{
    char text[200];
    hostmem *instance = COM_POISON;
    sim_os_totals before, after;
    HRESULT checked, created;
    memset(text, 'x', sizeof text);
    checked = hostmem_config_error(config, text, sizeof text);
    if (checked != hr || !memchr(text, 0, sizeof text) || strncmp(text, field, strlen(field)))
        fail_msg("%s: %#x, '%.150s'", what, (unsigned)checked, text);
    if (SUCCEEDED(hr) ? text[0] != 0
                      : text[strlen(field)] != ' ' || strlen(text) < strlen(field) + 8 || strchr(text, '\n') != NULL)
        fail_msg("%s: '%s'", what, text);
    if (hostmem_config_error(config, NULL, 0) != hr)
        fail_msg("%s: another verdict without a text", what);

    if (SUCCEEDED(hostmem_create(config, &instance)))
        hostmem_release(instance); /* a shared budget keeps its quota caches for the next instance */
    sim_os_total(fixture->sim, &before);
    created = hostmem_create(config, &instance);
    if (created != hr || (instance != NULL) != SUCCEEDED(hr))
        fail_msg("%s: creation gives %#x", what, (unsigned)created);
    hostmem_release(instance);
    sim_os_total(fixture->sim, &after);
    assert_memory_equal(&before, &after, sizeof before);
}

/* ---- Mistakes ---- */

static void mistakes_in_a_budget_are_named(void **state)
{
    static const struct {
        const char *field;
        HRESULT hr;
        hostmem_budget_config budget;
    } cases[] = {
        {"", S_OK, {0}},
        {"budget_config.flags", INVALID_FLAGS, {.flags = 4}},
        {"budget_config.flags", INVALID_FLAGS, {.flags = 0x80000000u | HOSTMEM_FAIL_FAST}},
        {"", S_OK, {.flags = HOSTMEM_FAIL_FAST | HOSTMEM_NO_PROCESS_OVERDRAFT}},
        {"budget_config.wait_ms", E_INVALIDARG, {.wait_ms = {HOSTMEM_MAX_WAIT_MS + 1, 0, 0}}},
        {"budget_config.wait_ms", E_INVALIDARG, {.wait_ms = {0, HOSTMEM_MAX_WAIT_MS + 1, 0}}},
        {"budget_config.wait_ms", E_INVALIDARG, {.wait_ms = {0, 0, 0xffffffffu}}},
        {"", S_OK, {.wait_ms = {HOSTMEM_MAX_WAIT_MS, HOSTMEM_MAX_WAIT_MS, HOSTMEM_MAX_WAIT_MS}}},
        {"budget_config.app_domain_reserve_bytes", E_INVALIDARG, {.app_domain_reserve_bytes = 1}},
        {"budget_config.process_reserve_bytes", E_INVALIDARG, {.process_reserve_bytes = 1}},
        {"budget_config.app_domain_reserve_bytes", E_INVALIDARG, {.limit_bytes = 10, .app_domain_reserve_bytes = 10}},
        {"", S_OK, {.limit_bytes = 10, .app_domain_reserve_bytes = 9}},
        {"budget_config.process_reserve_bytes", E_INVALIDARG, {.limit_bytes = 10, .process_reserve_bytes = 10}},
        {"", S_OK, {.limit_bytes = 10, .process_reserve_bytes = 9}},
        {"budget_config.process_reserve_bytes",
         E_INVALIDARG,
         {.limit_bytes = 10, .app_domain_reserve_bytes = 4, .process_reserve_bytes = 6}},
        {"", S_OK, {.limit_bytes = 10, .app_domain_reserve_bytes = 4, .process_reserve_bytes = 5}},
        {"budget_config.process_reserve_bytes",
         E_INVALIDARG, /* the sum wraps around */
         {.limit_bytes = 10, .app_domain_reserve_bytes = 9, .process_reserve_bytes = ~(UINT64)0 - 8}},
        {"",
         S_OK,
         {.limit_bytes = ~(UINT64)0, .app_domain_reserve_bytes = (UINT64)1 << 63, .process_reserve_bytes = 1}},
        {"budget_config.low_percent", E_INVALIDARG, {.low_percent = 101}},
        {"budget_config.low_percent", E_INVALIDARG, {.low_percent = 0xffffffffu}},
        {"budget_config.neutral_percent", E_INVALIDARG, {.neutral_percent = 91}},
        {"budget_config.neutral_percent", E_INVALIDARG, {.low_percent = 60, .neutral_percent = 61}},
        {"", S_OK, {.low_percent = 60, .neutral_percent = 60, .high_percent = 60}},
        {"budget_config.high_percent", E_INVALIDARG, {.high_percent = 81}},
        {"budget_config.high_percent", E_INVALIDARG, {.low_percent = 60, .neutral_percent = 30, .high_percent = 31}},
        {"", S_OK, {.low_percent = 100, .neutral_percent = 100, .high_percent = 100}},
        {"", S_OK, {.low_percent = 1}},
    };
    host_fixture *fixture = *state;
    unsigned i;
    for (i = 0; i < COUNT_OF(cases); i++) {
        hostmem_budget_config budget = cases[i].budget;
        hostmem_config config = {.size = sizeof config, .os = fixture->os, .budget_config = &budget};
        hostmem_budget *made = COM_POISON;
        char what[40];
        snprintf(what, sizeof what, "case %u", i);
        budget.size = sizeof budget;
        expect_verdict(fixture, &config, cases[i].hr, cases[i].field, what);
        if (hostmem_budget_create(&budget, fixture->os, &made) != cases[i].hr ||
            (made != NULL) != SUCCEEDED(cases[i].hr))
            fail_msg("%s: a budget of its own is made otherwise", what);
        assert_int_equal(hostmem_budget_release(made), 0);
    }
}

static void mistakes_in_an_instance_are_named(void **state)
{
    host_fixture *fixture = *state;
    static const hostmem_budget_config ten = {.size = sizeof ten, .limit_bytes = 10};
    static const hostmem_budget_config endless = {.size = sizeof endless};
    static const struct {
        const char *field;
        HRESULT hr;
        BOOL shares; /* a budget */
        hostmem_config config;
    } cases[] = {
        {"", S_OK, FALSE, {0}},
        {"flags", INVALID_FLAGS, FALSE, {.flags = 0x100}},
#if defined(HOSTMEM_WITH_MIMALLOC)
        {"", S_OK, FALSE, {.flags = HOSTMEM_MIMALLOC}},
#else
        {"flags", NOT_SUPPORTED, FALSE, {.flags = HOSTMEM_MIMALLOC}},
#endif
        {"flags", INVALID_FLAGS, FALSE, {.flags = 0x80000000u | HOSTMEM_CHECKED}},
        {"flags", E_INVALIDARG, FALSE, {.flags = HOSTMEM_LOCK_STRICT}},
        {"", S_OK, FALSE, {.flags = 0x7f, .numa_node = HOSTMEM_NUMA_CURRENT}},
        {"numa_node", E_INVALIDARG, FALSE, {.numa_node = 1}},
        {"numa_node", E_INVALIDARG, FALSE, {.numa_node = HOSTMEM_NUMA_CURRENT}},
        {"", S_OK, FALSE, {.flags = HOSTMEM_NUMA, .numa_node = 1}},
        {"reserved_word", E_INVALIDARG, FALSE, {.reserved_word = 1}},
        {"sample_bytes", E_INVALIDARG, FALSE, {.sample_bytes = HOSTMEM_MAX_SAMPLE_BYTES + 1}},
        {"", S_OK, FALSE, {.sample_bytes = HOSTMEM_MAX_SAMPLE_BYTES}},
        {"leak_context", E_INVALIDARG, FALSE, {.leak_context = A_POINTER}},
        {"limit_bytes", E_INVALIDARG, TRUE, {.limit_bytes = 1}},
        {"budget_config", E_INVALIDARG, TRUE, {.budget_config = &endless}},
        {"", S_OK, TRUE, {0}},
        {"limit_bytes", E_INVALIDARG, FALSE, {.limit_bytes = 11, .budget_config = &ten}},
        {"", S_OK, FALSE, {.limit_bytes = 10, .budget_config = &ten}},
        {"", S_OK, FALSE, {.limit_bytes = 10, .budget_config = &endless}},
        {"", S_OK, FALSE, {.budget_config = &ten}},
        {"address_reserve_bytes", E_INVALIDARG, FALSE, {.address_reserve_bytes = ~(UINT64)0}},
        {"", S_OK, FALSE, {.address_reserve_bytes = 1 << 20}},
    };
    hostmem_budget *budget;
    unsigned i;
    assert_int_equal(hostmem_budget_create(NULL, fixture->os, &budget), S_OK);
    for (i = 0; i < COUNT_OF(cases); i++) {
        hostmem_config config = cases[i].config;
        char what[40];
        snprintf(what, sizeof what, "case %u", i);
        config.size = sizeof config;
        config.os = fixture->os;
        config.budget = cases[i].shares ? budget : NULL;
        expect_verdict(fixture, &config, cases[i].hr, cases[i].field, what);
    }
    assert_int_equal(hostmem_budget_release(budget), 0); /* none of the others has kept a reference */
}

static void a_budget_of_another_os_is_a_mistake(void **state)
{
    host_fixture *fixture = *state;
    sim_os *other = sim_os_create(NULL);
    hostmem_config config = {.size = sizeof config, .os = fixture->os};
    hostmem *instance = COM_POISON;
    assert_int_equal(hostmem_budget_create(NULL, sim_os_functions(other), &config.budget), S_OK);
    expect_verdict(fixture, &config, E_INVALIDARG, "budget", "a budget of another os");
    config.os = NULL; /* Win32 */
    assert_int_equal((UINT32)hostmem_config_error(&config, NULL, 0), (UINT32)E_INVALIDARG);
    assert_int_equal((UINT32)hostmem_create(&config, &instance), (UINT32)E_INVALIDARG);
    assert_null(instance);
    config.os = sim_os_functions(other);
    assert_int_equal(hostmem_create(&config, &instance), S_OK);
    assert_int_equal(hostmem_release(instance), 0);
    assert_int_equal(hostmem_budget_release(config.budget), 0);
    assert_true(sim_os_check(other, NULL));
    sim_os_destroy(other);
}

static void an_address_reserve_fits_the_address_space_or_is_a_mistake(void **state)
{
    host_fixture *fixture = *state;
    hostmem_config config = {.size = sizeof config, .os = fixture->os};
    hostmem *instance = COM_POISON;
    hmi_os_info info;
    fixture->os->get_info(fixture->os, &info);
    config.address_reserve_bytes = (UINT64)info.highest_address + 1;
    expect_verdict(fixture, &config, E_INVALIDARG, "address_reserve_bytes", "one byte too many");
    config.address_reserve_bytes = info.highest_address;
    assert_int_equal(hostmem_config_error(&config, NULL, 0), S_OK); /* not a mistake, but not available */
    assert_int_equal((UINT32)hostmem_create(&config, &instance), (UINT32)E_OUTOFMEMORY);
    assert_null(instance);
}

static void the_text_is_cut_to_its_buffer(void **state)
{
    hostmem_config config = {.size = sizeof config, .os = ((host_fixture *)*state)->os, .reserved_word = 1};
    char whole[200], text[200];
    SIZE_T length, room;
    assert_int_equal((UINT32)hostmem_config_error(&config, whole, sizeof whole), (UINT32)E_INVALIDARG);
    length = strlen(whole);
    for (room = 0; room <= length + 2; room++) {
        SIZE_T kept = !room ? 0 : room - 1 < length ? room - 1 : length, at;
        memset(text, 'x', sizeof text);
        assert_int_equal((UINT32)hostmem_config_error(&config, text, room), (UINT32)E_INVALIDARG);
        assert_memory_equal(text, whole, kept);
        if (room)
            assert_int_equal(text[kept], 0);
        for (at = room ? kept + 1 : 0; at < sizeof text; at++)
            assert_int_equal(text[at], 'x');
    }
}

static void a_text_without_a_buffer_is_refused(void **state)
{
    hostmem_config wrong = {.size = 1}, right = {.size = sizeof right, .os = ((host_fixture *)*state)->os};
    char text[4] = "xxx";
    assert_int_equal((UINT32)hostmem_config_error(&right, NULL, 1), (UINT32)E_POINTER);
    assert_int_equal((UINT32)hostmem_config_error(&wrong, NULL, 100), (UINT32)E_POINTER);
    assert_int_equal((UINT32)hostmem_config_error(&wrong, NULL, 0), (UINT32)BAD_LENGTH);
    assert_int_equal(hostmem_config_error(NULL, NULL, 0), S_OK);
    assert_int_equal(hostmem_config_error(NULL, text, sizeof text), S_OK);
    assert_int_equal(text[0], 0);
}

/* ---- Sizes of other versions ---- */

static void an_instance_is_read_as_far_as_its_version_goes(void **state)
{
    static const UINT32 first = offsetof(hostmem_config, os) + sizeof(void *);
    static const UINT32 first_padded = (first + 7) / 8 * 8; /* padded by the compiler */
    static const UINT32 second = offsetof(hostmem_config, reserved_word) + sizeof(UINT32);
    const struct {
        UINT32 size;
        unsigned set; /* the index of a byte after the known fields that is set; 0: none, 1: the first one */
        HRESULT hr;
    } cases[] = {
        {0, 0, BAD_LENGTH},
        {4, 0, BAD_LENGTH},
        {first - 1, 0, BAD_LENGTH},
        {first, 0, S_OK},
        {first_padded, 0, S_OK},
        {first_padded + 1, 0, BAD_LENGTH}, /* a part of a pointer */
        {second, 0, S_OK},
        {sizeof(hostmem_config) - 1, 0, BAD_LENGTH},
        {sizeof(hostmem_config), 1, S_OK}, /* nothing after the size is read */
        {sizeof(newer_config), 0, S_OK},
        {sizeof(newer_config), 1, NOT_SUPPORTED},
        {sizeof(newer_config), 24, NOT_SUPPORTED},
        {sizeof(newer_config) - 1, 24, S_OK},
    };
    host_fixture *fixture = *state;
    unsigned i;
    for (i = 0; i < COUNT_OF(cases); i++) {
        newer_config config;
        char what[40];
        snprintf(what, sizeof what, "size %u", (unsigned)cases[i].size);
        memset(&config, 0, sizeof config);
        config.known.size = cases[i].size;
        config.known.os = fixture->os;
        if (cases[i].size <= first_padded) { /* the field is not in the caller's struct */
            config.known.budget = A_POINTER;
            config.known.budget_config = A_POINTER;
            config.known.reserved_word = 1;
        }
        if (cases[i].size <= second)
            config.known.leak_context = A_POINTER, config.known.sample_bytes = ~(UINT64)0;
        if (cases[i].set)
            config.rest[cases[i].set - 1] = 1;
        expect_verdict(fixture, &config.known, cases[i].hr, SUCCEEDED(cases[i].hr) ? "" : "size", what);
    }
}

static void a_budget_is_read_as_far_as_its_version_goes(void **state)
{
    static const struct {
        UINT32 size;
        unsigned set;
        HRESULT hr;
    } cases[] = {
        {0, 0, BAD_LENGTH},
        {sizeof(hostmem_budget_config) - 1, 0, BAD_LENGTH},
        {sizeof(hostmem_budget_config), 1, S_OK},
        {sizeof(newer_budget_config), 0, S_OK},
        {sizeof(newer_budget_config), 1, NOT_SUPPORTED},
        {sizeof(newer_budget_config), 24, NOT_SUPPORTED},
        {sizeof(newer_budget_config) - 1, 24, S_OK},
    };
    host_fixture *fixture = *state;
    unsigned i;
    for (i = 0; i < COUNT_OF(cases); i++) {
        hostmem_config config = {.size = sizeof config, .os = fixture->os};
        newer_budget_config budget;
        char what[40];
        snprintf(what, sizeof what, "size %u", (unsigned)cases[i].size);
        memset(&budget, 0, sizeof budget);
        budget.known.size = cases[i].size;
        config.budget_config = &budget.known;
        if (cases[i].set)
            budget.rest[cases[i].set - 1] = 1;
        expect_verdict(fixture, &config, cases[i].hr, SUCCEEDED(cases[i].hr) ? "" : "budget_config.size", what);
    }
}

/* ---- Defaults ---- */

static void what_is_not_set_has_its_default(void **state)
{
    static const struct {
        UINT32 given[3], complete[3]; /* low, neutral, high */
    } cases[] = {
        {{0, 0, 0}, {90, 80, 50}},  {{95, 0, 0}, {95, 80, 50}},   {{70, 0, 0}, {70, 70, 50}},
        {{40, 0, 0}, {40, 40, 40}}, {{0, 60, 0}, {90, 60, 50}},   {{0, 30, 0}, {90, 30, 30}},
        {{0, 0, 20}, {90, 80, 20}}, {{99, 98, 97}, {99, 98, 97}},
    };
    unsigned i;
    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        hostmem_budget_config budget = {.size = sizeof budget,
                                        .low_percent = cases[i].given[0],
                                        .neutral_percent = cases[i].given[1],
                                        .high_percent = cases[i].given[2]};
        hostmem_budget_config complete;
        hmi_config_mistake mistake;
        assert_int_equal(hmi_config_complete_budget(&budget, &complete, &mistake), S_OK);
        assert_int_equal(complete.low_percent, cases[i].complete[0]);
        assert_int_equal(complete.neutral_percent, cases[i].complete[1]);
        assert_int_equal(complete.high_percent, cases[i].complete[2]);
    }
}

static void no_configuration_is_all_defaults(void **state)
{
    hostmem_budget_config complete;
    hmi_settings settings;
    hmi_config_mistake mistake;
    (void)state;
    assert_int_equal(hmi_config_complete_budget(NULL, &complete, &mistake), S_OK);
    assert_int_equal(hmi_config_complete(NULL, &settings, &mistake), S_OK);
    assert_ptr_equal(settings.config.os, hmi_os_win32());
    assert_memory_equal(&settings.budget, &complete, sizeof complete);
    assert_int_equal(complete.flags, 0);
    assert_true(complete.limit_bytes == 0);
    assert_int_equal(complete.wait_ms[0] + complete.wait_ms[1] + complete.wait_ms[2], 0);
    assert_int_equal(complete.low_percent, 90);
    assert_int_equal(settings.config.flags, 0);
    assert_true(settings.config.address_reserve_bytes == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(mistakes_in_a_budget_are_named),
        fixture_test(mistakes_in_an_instance_are_named),
        fixture_test(a_budget_of_another_os_is_a_mistake),
        fixture_test(an_address_reserve_fits_the_address_space_or_is_a_mistake),
        fixture_test(the_text_is_cut_to_its_buffer),
        fixture_test(a_text_without_a_buffer_is_refused),
        fixture_test(an_instance_is_read_as_far_as_its_version_goes),
        fixture_test(a_budget_is_read_as_far_as_its_version_goes),
        fixture_test(what_is_not_set_has_its_default),
        fixture_test(no_configuration_is_all_defaults),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
