/* libFuzzer's entry point for everything that people write: sizes, environment variables, configurations, rules for
 * faults. The first byte selects which; a new kind of text needs one more row in `targets`. */
#define COBJMACROS
#include <hostmem/hostmem.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_os.h"

int LLVMFuzzerTestOneInput(const UINT8 *data, size_t size);

static void expect(BOOL right, const char *what, const char *text)
{
    if (right)
        return;
    printf("fuzz: %s: \"%s\"\n", what, text);
    fflush(stdout);
    abort();
}

/* ---- Sizes ---- */

static const char *after_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* Parses by the description in hostmem.h, independently of the library. The digits are added where nothing can
 * overflow. */
static HRESULT size_by_the_book(const char *text, UINT64 *bytes)
{
    static const char letters[] = "KMGTkmgt";
    const char *start = after_blanks(text), *end = start + strspn(start, "0123456789"), *unit = after_blanks(end);
    const char *letter = *unit ? strchr(letters, *unit) : NULL, *rest = unit + (letter != NULL);
    unsigned shift = letter ? 10 * (unsigned)((letter - letters) % 4 + 1) : 0;
    long double value = 0;
    *bytes = 0;
    if (end == start)
        return E_INVALIDARG;
    if (letter && (*rest == 'i' || *rest == 'I') && (rest[1] == 'b' || rest[1] == 'B'))
        rest += 2;
    else if (*rest == 'b' || *rest == 'B')
        rest++;
    if (*after_blanks(rest))
        return E_INVALIDARG;
    start += strspn(start, "0");
    start -= start == end; /* keeps one digit of "000" */
    if (end - start > 20)
        return HRESULT_FROM_WIN32(ERROR_ARITHMETIC_OVERFLOW);
    for (; start < end; start++) {
        value = value * 10 + (*start - '0'); /* exact up to 2^64; above that it is too much for 64 bits anyway */
        *bytes = *bytes * 10 + (UINT64)(*start - '0');
    }
    if (value >= 18446744073709551616.0L || *bytes > UINT64_MAX >> shift) {
        *bytes = 0;
        return HRESULT_FROM_WIN32(ERROR_ARITHMETIC_OVERFLOW);
    }
    *bytes <<= shift;
    return S_OK;
}

static void try_size(const char *text, size_t length)
{
    UINT64 bytes = 1, expected;
    HRESULT right = size_by_the_book(text, &expected), hr = hostmem_parse_size(text, &bytes);
    (void)length;
    expect(hr == right, "the result is wrong", text);
    expect(bytes == expected, "the size is wrong", text);
}

/* ---- Configurations, from the environment and as structs ---- */

/* Either both functions refuse a configuration, with a description, or it works. Returns the instance's figures. */
static hostmem_stats try_to_create(sim_os *sim, const hostmem_config *config, size_t text_bytes, const char *what)
{
    hostmem_stats stats = {.size = sizeof stats};
    hostmem *instance = (hostmem *)(UINT_PTR)1;
    char *words = malloc(text_bytes ? text_bytes : 1), *copy = malloc(200); /* separate memory, so that writing past
                                                                             * the end is detected */
    HRESULT said = hostmem_config_error(config, words, text_bytes), full = hostmem_config_error(config, copy, 200);
    HRESULT hr = hostmem_create(config, &instance);
    expect(said == full, "the size of the buffer has changed the result", what);
    expect(hr == said || (said == S_OK && hr == E_OUTOFMEMORY), "hostmem_create and hostmem_config_error differ", what);
    expect((hr == S_OK) == (instance != NULL), "the out parameter is wrong", what);
    expect(strlen(copy) < 199 && !strchr(copy, '\n') && (said == S_OK) == !*copy, "the message is wrong", copy);
    expect(!text_bytes || (!strncmp(words, copy, text_bytes - 1) && strlen(words) < text_bytes),
           "the message is cut wrongly", copy);
    if (instance) {
        expect(hostmem_get_stats(instance, &stats) == S_OK, "there are no figures", what);
        expect(hostmem_release(instance) == 0, "something of the instance is left", what);
    }
    free(words);
    free(copy);
    expect(sim_os_check(sim, NULL), "something is not freed", what);
    return stats;
}

static sim_os *new_machine(void)
{
    const sim_os_config config = {.arena_bytes = (SIZE_T)16 << 20};
    return sim_os_create(&config);
}

static void try_environment(const char *text, size_t length)
{
    static const char *const names[] = {
        "HOSTMEM_LIMIT",       "HOSTMEM_APP_DOMAIN_RESERVE", "HOSTMEM_PROCESS_RESERVE", "HOSTMEM_ADDRESS_RESERVE",
        "HOSTMEM_LOW_PERCENT", "HOSTMEM_NEUTRAL_PERCENT",    "HOSTMEM_HIGH_PERCENT",    "HOSTMEM_SAMPLE"};
    sim_os *sim = new_machine();
    hostmem_config config = {.size = sizeof config, .flags = HOSTMEM_ENVIRONMENT, .os = sim_os_functions(sim)};
    const char *name = names[length ? (UINT8)text[0] % (sizeof names / sizeof *names) : 0],
               *value = length ? text + 1 : text;
    hostmem_stats stats;
    UINT64 bytes;
    if (length > 1)
        sim_os_set_environment(sim, name, value);
    stats = try_to_create(sim, &config, length * 7 % 80, value);
    if (name == names[0] && length > 1 && strlen(value) < 64 && size_by_the_book(value, &bytes) == S_OK)
        expect(stats.limit_bytes == bytes, "the limit is not what the environment says", value);
    sim_os_destroy(sim);
}

/* The bytes are the structs themselves, except for pointers. */
static void try_config(const char *text, size_t length)
{
    union {
        hostmem_config config;
        char bytes[512];
    } config = {.config = {0}};
    union {
        hostmem_budget_config config;
        char bytes[512];
    } policy = {.config = {0}};
    size_t first = length < sizeof config.bytes ? length : sizeof config.bytes, second;
    sim_os *sim = new_machine();
    hostmem_budget *budget = NULL;
    memcpy(config.bytes, text, first);
    second = length - first < sizeof policy.bytes ? length - first : sizeof policy.bytes;
    memcpy(policy.bytes, text + first, second);
    if (!second) /* a short input is a configuration without the fields of later versions, and a policy with the
                  * same bytes */
        memcpy(policy.bytes, text, first < sizeof policy.config ? first : sizeof policy.config);
    config.config.size = config.config.size % 4 ? sizeof config.config : config.config.size / 4 % sizeof config.bytes;
    policy.config.size = policy.config.size % 4 ? sizeof policy.config : policy.config.size / 4 % sizeof policy.bytes;
    config.config.os = sim_os_functions(sim);
    config.config.budget_config = config.config.reserved_word & 1 ? &policy.config : NULL;
    if (config.config.reserved_word & 2)
        hostmem_budget_create(NULL, config.config.os, &budget);
    config.config.budget = budget;
    config.config.reserved_word >>= 2;
    if (!budget) {
        try_to_create(sim, &config.config, length % 80, "(a configuration)");
    } else { /* the budget outlives the instance, so that its remaining use can be checked */
        hostmem *instance;
        if (hostmem_create(&config.config, &instance) == S_OK)
            expect(hostmem_release(instance) == 0, "something of the instance is left", "(a configuration)");
        hostmem_budget_release(budget);
        expect(sim_os_check(sim, NULL), "something is not freed", "(a configuration)");
    }
    sim_os_destroy(sim);
}

/* ---- Rules for faults ---- */

/* A mistake is described in words; rules that could be parsed are accepted by an instance. */
static void try_faults(const char *text, size_t length)
{
    UINT32 capacity = length % 5 ? HOSTMEM_MAX_FAULT_RULES : 1, count = 99;
    hostmem_fault_rule *rules = calloc(capacity, sizeof *rules); /* separate memory, so that writing past the end is
                                                                  * detected */
    size_t words_bytes = length * 7 % 80;
    char *words = malloc(words_bytes ? words_bytes : 1);
    HRESULT hr;
    rules->size = sizeof *rules;
    *words = 0;
    hr = hostmem_fault_parse(text, rules, capacity, &count, words, words_bytes);
    expect(hr == S_OK ? count <= capacity : !count, "the number of rules is wrong", text);
    expect(hr == S_OK || hr == E_INVALIDARG || (hr == HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER)),
           "the result is wrong", text);
    expect(words_bytes < 2 || (hr == S_OK) == !*words, "the message is wrong", text);
    expect(strlen(words) < (words_bytes ? words_bytes : 1) && !strchr(words, '\n'), "the message is wrong", text);
    if (hr == S_OK) {
        sim_os *sim = new_machine();
        hostmem_config config = {.size = sizeof config, .os = sim_os_functions(sim)};
        hostmem *instance = NULL;
        expect(hostmem_create(&config, &instance) == S_OK, "there is no instance", text);
        expect(hostmem_fault_set(instance, rules, count) == S_OK, "an instance does not accept the rules", text);
        expect(hostmem_release(instance) == 0 && sim_os_check(sim, NULL), "something is not freed", text);
        sim_os_destroy(sim);
    }
    free(words);
    free(rules);
}

/* text ends with a 0, which length does not count. */
static void (*const targets[])(const char *text, size_t length) = {try_size, try_environment, try_config, try_faults};

int LLVMFuzzerTestOneInput(const UINT8 *data, size_t size)
{
    char *text;
    if (!size)
        return -1;
    text = malloc(size); /* separate memory, so that reading past the end is detected */
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    targets[data[0] % (sizeof targets / sizeof *targets)](text, size - 1);
    free(text);
    return 0;
}
