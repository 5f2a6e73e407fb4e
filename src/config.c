/* Checks configurations and fills in defaults. Each check names the field; hostmem_config_error makes a sentence of
 * that. No state. */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "budget/budget.h"
#include "os/heap_backend.h"
#include "os/os.h"
#include "events/event_buffer.h"
#include "base/output.h"

/* Where the members of each version of a struct end, oldest version first. */
#define END_OF(type, field) ((UINT32)(offsetof(type, field) + sizeof(((type *)0)->field)))
static const UINT32 config_ends[] = {END_OF(hostmem_config, os), END_OF(hostmem_config, reserved_word),
                                     END_OF(hostmem_config, sample_bytes)};
static const UINT32 budget_ends[] = {END_OF(hostmem_budget_config, high_percent)};
static const UINT32 trace_ends[] = {END_OF(hostmem_trace_config, reserved_word)};
static const UINT32 counters_ends[] = {END_OF(hostmem_counters_config, name)};

_Static_assert(sizeof(hostmem_config) == END_OF(hostmem_config, sample_bytes), "the last version has all fields");
_Static_assert(sizeof(hostmem_budget_config) == END_OF(hostmem_budget_config, high_percent), "and so here");
_Static_assert(sizeof(hostmem_trace_config) == END_OF(hostmem_trace_config, reserved_word), "and here");
_Static_assert(sizeof(hostmem_counters_config) == END_OF(hostmem_counters_config, name), "and here");

#define CONFIG_FLAGS                                                                                           \
    (HOSTMEM_FREE_FOREIGN | HOSTMEM_CHECKED | HOSTMEM_ENVIRONMENT | HOSTMEM_LOCK_PAGES | HOSTMEM_LOCK_STRICT | \
     HOSTMEM_NUMA | HOSTMEM_TOP_DOWN | HOSTMEM_MIMALLOC)
#define BUDGET_FLAGS (HOSTMEM_NO_PROCESS_OVERDRAFT | HOSTMEM_FAIL_FAST)

static HRESULT wrong(hmi_config_mistake *mistake, HRESULT hr, const char *field, const char *reason)
{
    mistake->hr = hr;
    mistake->field = field;
    mistake->reason = reason;
    mistake->detail[0] = 0;
    return hr;
}

static HRESULT wrong_value(hmi_config_mistake *mistake, const char *field, const char *reason)
{
    return wrong(mistake, E_INVALIDARG, field, reason);
}

/* How many bytes of a struct of this size are members that this version knows; 0: no version has this size. An older
 * version's struct may be padded at its end; the padding is not taken for the member that is there now. */
static UINT32 known_part(const UINT32 *ends, unsigned versions, UINT32 size)
{
    unsigned version = versions;
    UINT32 alignment = _Alignof(UINT64);
    while (version && size < ends[version - 1])
        version--;
    if (!version || (version < versions && size > (ends[version - 1] + alignment - 1) / alignment * alignment))
        return 0;
    return ends[version - 1];
}

/* Copies a struct that may be of an older or newer version over a zeroed struct of this version. name: of its size
 * member, for messages. */
static HRESULT copy_sized(void *to, const void *from, UINT32 size, const UINT32 *ends, unsigned versions,
                          const char *name, hmi_config_mistake *mistake)
{
    const unsigned char *bytes = from;
    UINT32 known = known_part(ends, versions, size), at;
    if (!known)
        return wrong(mistake, HRESULT_FROM_WIN32(ERROR_BAD_LENGTH), name,
                     "is not the size of any version of the struct");
    for (at = ends[versions - 1]; at < size; at++) {
        if (bytes[at])
            return wrong(mistake, HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED), name,
                         "includes a field that this version of the library does not know, and that is not 0");
    }
    memcpy(to, from, known);
    return S_OK;
}

/* ---- The budget ---- */

static void use_default(UINT32 *percent, UINT32 value)
{
    if (!*percent)
        *percent = value;
}

static HRESULT check_percentages(const hostmem_budget_config *budget, hmi_config_mistake *mistake)
{
    if (budget->low_percent > 100)
        return wrong_value(mistake, "budget_config.low_percent", "is more than 100");
    if (budget->neutral_percent > budget->low_percent)
        return wrong_value(mistake, "budget_config.neutral_percent",
                           "is more than low_percent: Neutral would be sent before Low");
    if (budget->high_percent > budget->neutral_percent)
        return wrong_value(mistake, "budget_config.high_percent",
                           "is more than neutral_percent: High would be sent before Neutral");
    return S_OK;
}

static HRESULT check_reserves(const hostmem_budget_config *budget, hmi_config_mistake *mistake)
{
    UINT64 limit = budget->limit_bytes, domain = budget->app_domain_reserve_bytes,
           process = budget->process_reserve_bytes;
    if (!limit && domain)
        return wrong_value(mistake, "budget_config.app_domain_reserve_bytes", "is set without limit_bytes");
    if (!limit && process)
        return wrong_value(mistake, "budget_config.process_reserve_bytes", "is set without limit_bytes");
    if (limit && domain >= limit)
        return wrong_value(mistake, "budget_config.app_domain_reserve_bytes",
                           "leaves nothing of limit_bytes for tasks");
    if (limit && process >= limit - domain)
        return wrong_value(mistake, "budget_config.process_reserve_bytes",
                           "leaves, with app_domain_reserve_bytes, nothing of limit_bytes for tasks");
    return S_OK;
}

static HRESULT check_budget(hostmem_budget_config *budget, hmi_config_mistake *mistake)
{
    HRESULT hr;
    unsigned level;
    if (budget->flags & ~(UINT32)BUDGET_FLAGS)
        return wrong(mistake, HRESULT_FROM_WIN32(ERROR_INVALID_FLAGS), "budget_config.flags",
                     "has a bit that this version does not know");
    for (level = 0; level < 3; level++) {
        if (budget->wait_ms[level] > HOSTMEM_MAX_WAIT_MS)
            return wrong_value(mistake, "budget_config.wait_ms", "is more than HOSTMEM_MAX_WAIT_MS");
    }
    use_default(&budget->low_percent, 90);
    use_default(&budget->neutral_percent, budget->low_percent < 80 ? budget->low_percent : 80);
    use_default(&budget->high_percent, budget->neutral_percent < 50 ? budget->neutral_percent : 50);
    hr = check_percentages(budget, mistake);
    return FAILED(hr) ? hr : check_reserves(budget, mistake);
}

static HRESULT copy_budget(const hostmem_budget_config *config, hostmem_budget_config *copy,
                           hmi_config_mistake *mistake)
{
    HRESULT hr = S_OK;
    memset(copy, 0, sizeof *copy);
    if (config)
        hr = copy_sized(copy, config, config->size, budget_ends, sizeof budget_ends / sizeof *budget_ends,
                        "budget_config.size", mistake);
    copy->size = sizeof *copy;
    return hr;
}

HRESULT hmi_config_complete_budget(const hostmem_budget_config *config, hostmem_budget_config *complete,
                                   hmi_config_mistake *mistake)
{
    HRESULT hr = copy_budget(config, complete, mistake);
    return FAILED(hr) ? hr : check_budget(complete, mistake);
}

/* ---- Traces ---- */

#define MAX_TRACE_BYTES ((UINT64)HMI_EVENT_BUFFER_MAX_BLOCKS * HMI_EVENT_BUFFER_BLOCK_BYTES)

HRESULT hmi_config_complete_trace(const hostmem_trace_config *config, hostmem_trace_config *complete)
{
    hmi_config_mistake ignored;
    HRESULT hr;
    memset(complete, 0, sizeof *complete);
    hr = copy_sized(complete, config, config->size, trace_ends, sizeof trace_ends / sizeof *trace_ends, "size",
                    &ignored);
    if (FAILED(hr))
        return hr;
    if (complete->flags)
        return HRESULT_FROM_WIN32(ERROR_INVALID_FLAGS);
    if (!complete->path == !complete->write || complete->buffer_bytes > MAX_TRACE_BYTES ||
        complete->interval_ms > HOSTMEM_TRACE_MAX_INTERVAL_MS || complete->reserved_word)
        return E_INVALIDARG;
    if (!complete->buffer_bytes)
        complete->buffer_bytes = (UINT64)8 << 20;
    if (!complete->interval_ms)
        complete->interval_ms = 100;
    return S_OK;
}

/* ---- Performance counters ---- */

HRESULT hmi_config_complete_counters(const hostmem_counters_config *config, hostmem_counters_config *complete)
{
    hmi_config_mistake ignored;
    HRESULT hr = S_OK;
    memset(complete, 0, sizeof *complete);
    if (config)
        hr = copy_sized(complete, config, config->size, counters_ends, sizeof counters_ends / sizeof *counters_ends,
                        "size", &ignored);
    if (SUCCEEDED(hr) && complete->flags)
        hr = HRESULT_FROM_WIN32(ERROR_INVALID_FLAGS);
    return hr;
}

/* ---- The environment ---- */

#define BAD_ENVIRONMENT HRESULT_FROM_WIN32(ERROR_BAD_ENVIRONMENT)

/* The longest text in HOSTMEM_FAULT. */
#define MAX_FAULTS 1000

static bool has_unit(const char *text)
{
    return text[strspn(text, " \t0123456789")] != 0;
}

/* Reads an environment variable. unit: whether a unit is allowed. found: whether the variable was set. */
static HRESULT read_variable(hostmem_os *os, const char *name, bool unit, UINT64 *value, bool *found,
                             hmi_config_mistake *mistake)
{
    char text[64];
    UINT32 length = os->get_environment(os, name, text, sizeof text);
    *found = length != 0;
    if (length >= sizeof text || (length && (FAILED(hostmem_parse_size(text, value)) || (!unit && has_unit(text)))))
        return wrong(mistake, BAD_ENVIRONMENT, name,
                     unit ? "(environment variable) is not a number or a size like 512M"
                          : "(environment variable) is not a number");
    return S_OK;
}

static HRESULT read_size(hostmem_os *os, const char *name, UINT64 *field, hmi_config_mistake *mistake)
{
    UINT64 value;
    bool found;
    HRESULT hr = read_variable(os, name, true, &value, &found, mistake);
    if (SUCCEEDED(hr) && found)
        *field = value;
    return hr;
}

static HRESULT read_percent(hostmem_os *os, const char *name, UINT32 *field, hmi_config_mistake *mistake)
{
    UINT64 value;
    bool found;
    HRESULT hr = read_variable(os, name, false, &value, &found, mistake);
    if (FAILED(hr) || !found)
        return hr;
    if (value < 1 || value > 100)
        return wrong(mistake, BAD_ENVIRONMENT, name, "(environment variable) is not between 1 and 100");
    *field = (UINT32)value;
    return S_OK;
}

static HRESULT read_faults(hmi_settings *settings, hmi_config_mistake *mistake)
{
    static const char name[] = "HOSTMEM_FAULT";
    hostmem_os *os = settings->config.os;
    char text[MAX_FAULTS + 1];
    UINT32 length = os->get_environment(os, name, text, sizeof text);
    if (length >= sizeof text)
        return wrong(mistake, BAD_ENVIRONMENT, name, "(environment variable) is too long");
    settings->faults->size = sizeof *settings->faults;
    if (!length || SUCCEEDED(hostmem_fault_parse(text, settings->faults, HOSTMEM_MAX_FAULT_RULES,
                                                 &settings->fault_count, mistake->detail, sizeof mistake->detail)))
        return S_OK;
    mistake->hr = BAD_ENVIRONMENT;
    mistake->field = name;
    mistake->reason = "(environment variable) has a mistake: ";
    return BAD_ENVIRONMENT;
}

static HRESULT read_environment(hmi_settings *settings, hmi_config_mistake *mistake)
{
    hostmem_os *os = settings->config.os;
    hostmem_budget_config *budget = &settings->budget;
    HRESULT hr = read_size(os, "HOSTMEM_ADDRESS_RESERVE", &settings->config.address_reserve_bytes, mistake);
    if (SUCCEEDED(hr))
        hr = read_size(os, "HOSTMEM_SAMPLE", &settings->config.sample_bytes, mistake);
    if (SUCCEEDED(hr))
        hr = read_faults(settings, mistake);
    if (FAILED(hr) || settings->config.budget)
        return hr; /* a shared budget cannot be changed by this instance */
    if (FAILED(hr = read_size(os, "HOSTMEM_LIMIT", &budget->limit_bytes, mistake)) ||
        FAILED(hr = read_size(os, "HOSTMEM_APP_DOMAIN_RESERVE", &budget->app_domain_reserve_bytes, mistake)) ||
        FAILED(hr = read_size(os, "HOSTMEM_PROCESS_RESERVE", &budget->process_reserve_bytes, mistake)) ||
        FAILED(hr = read_percent(os, "HOSTMEM_LOW_PERCENT", &budget->low_percent, mistake)) ||
        FAILED(hr = read_percent(os, "HOSTMEM_NEUTRAL_PERCENT", &budget->neutral_percent, mistake)))
        return hr;
    return read_percent(os, "HOSTMEM_HIGH_PERCENT", &budget->high_percent, mistake);
}

/* ---- Instances ---- */

static HRESULT check_instance(const hostmem_config *config, hmi_config_mistake *mistake)
{
    if (config->flags & ~(UINT32)CONFIG_FLAGS)
        return wrong(mistake, HRESULT_FROM_WIN32(ERROR_INVALID_FLAGS), "flags",
                     "has a bit that this version does not know");
    if ((config->flags & HOSTMEM_LOCK_STRICT) && !(config->flags & HOSTMEM_LOCK_PAGES))
        return wrong_value(mistake, "flags", "has HOSTMEM_LOCK_STRICT without HOSTMEM_LOCK_PAGES");
    if ((config->flags & HOSTMEM_MIMALLOC) && !hmi_heap_mimalloc())
        return wrong(mistake, HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED), "flags",
                     "has HOSTMEM_MIMALLOC, and this library was built without mimalloc (HOSTMEM_WITH_MIMALLOC)");
    if (config->numa_node && !(config->flags & HOSTMEM_NUMA))
        return wrong_value(mistake, "numa_node", "is set without HOSTMEM_NUMA");
    if (config->reserved_word)
        return wrong_value(mistake, "reserved_word", "is not 0");
    if (config->leak_context && !config->leak_sink)
        return wrong_value(mistake, "leak_context", "is set without a leak_sink to pass it to");
    if (config->budget && config->limit_bytes)
        return wrong_value(mistake, "limit_bytes", "is set together with a shared budget, which has its own limit");
    if (config->budget && config->budget_config)
        return wrong_value(mistake, "budget_config",
                           "is set together with a shared budget, which has its own configuration");
    if (config->budget && config->budget->os != config->os)
        return wrong_value(mistake, "budget", "was made with another os");
    return S_OK;
}

static HRESULT merge_limit(hmi_settings *settings, hmi_config_mistake *mistake)
{
    UINT64 *limit = &settings->budget.limit_bytes, given = settings->config.limit_bytes;
    if (given && *limit && given != *limit)
        return wrong_value(mistake, "limit_bytes", "is set here and in budget_config, with different values");
    if (given)
        *limit = given;
    return S_OK;
}

/* Checks of values that may also come from the environment. */
static HRESULT check_sizes(const hostmem_config *config, hmi_config_mistake *mistake)
{
    hmi_os_info info;
    if (config->sample_bytes > HOSTMEM_MAX_SAMPLE_BYTES)
        return wrong_value(mistake, "sample_bytes", "is more than HOSTMEM_MAX_SAMPLE_BYTES");
    config->os->get_info(config->os, &info);
    return config->address_reserve_bytes > info.highest_address
               ? wrong_value(mistake, "address_reserve_bytes", "is more than the address space of the process")
               : S_OK;
}

HRESULT hmi_config_complete(const hostmem_config *config, hmi_settings *settings, hmi_config_mistake *mistake)
{
    HRESULT hr = S_OK;
    memset(settings, 0, sizeof *settings);
    if (config)
        hr = copy_sized(&settings->config, config, config->size, config_ends, sizeof config_ends / sizeof *config_ends,
                        "size", mistake);
    if (FAILED(hr))
        return hr;
    settings->config.size = sizeof settings->config;
    if (!settings->config.os)
        settings->config.os = hmi_os_win32();
    if (FAILED(hr = check_instance(&settings->config, mistake)) ||
        FAILED(hr = copy_budget(settings->config.budget_config, &settings->budget, mistake)) ||
        FAILED(hr = merge_limit(settings, mistake)))
        return hr;
    if ((settings->config.flags & HOSTMEM_ENVIRONMENT) && FAILED(hr = read_environment(settings, mistake)))
        return hr;
    hr = check_sizes(&settings->config, mistake);
    return FAILED(hr) ? hr : check_budget(&settings->budget, mistake);
}

HRESULT hostmem_config_error(const hostmem_config *config, char *text, SIZE_T text_bytes)
{
    hmi_settings settings;
    hmi_config_mistake mistake;
    hmi_output sentence;
    HRESULT hr;
    if (!text && text_bytes)
        return E_POINTER;
    hr = hmi_config_complete(config, &settings, &mistake);
    sentence = hmi_output_begin(text, text_bytes);
    if (FAILED(hr)) {
        hmi_output_words(&sentence, mistake.field);
        hmi_output_words(&sentence, " ");
        hmi_output_words(&sentence, mistake.reason);
        hmi_output_words(&sentence, mistake.detail);
    }
    return hr;
}
