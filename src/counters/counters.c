/* The table of the counters, their values, and starting and stopping. One word lets one thread at a time start or stop.
 * Checked against ARM's memory model: sequentially consistent, except for the values, which are independent of each
 * other. */
#include "counters/counters.h"

#include <corerror.h>
#include <stddef.h>
#include <string.h>

#include "base/output.h"
#include "core_state.h"
#include "report/statistics.h"
#include "trace/trace_path.h"

enum { STOPPED, CHANGING, STARTED };

/* ---- The counters ---- */

/* In the order of their ids, which begin with 1. */
enum {
    USED,
    LIMIT,
    PEAK_USED,
    COMMITTED,
    RESERVED,
    HEAP_BYTES,
    HEAP_BLOCKS,
    MAPPED,
    EXECUTABLE,
    OVERDRAFT,
    REFUSALS,
    REFUSALS_PER_SECOND,
    WAITS_PER_SECOND,
    WAIT_MS_PER_SECOND,
    LOW_NOTIFICATIONS,
    CALLS_PER_SECOND,
    PAGE_ALLOCATIONS_PER_SECOND,
    BLOCK_ALLOCATIONS_PER_SECOND,
    COUNTERS
};
_Static_assert(COUNTERS == HMI_COUNTERS && COUNTERS <= HMI_OS_MAX_COUNTERS, "there is a value for each counter");

#define VALUE(number) [number] = {.id = (number) + 1}
#define ADVANCED_VALUE(number) [number] = {.id = (number) + 1, .advanced = TRUE}
#define RATE(number) [number] = {.id = (number) + 1, .per_second = TRUE}
#define ADVANCED_RATE(number) [number] = {.id = (number) + 1, .per_second = TRUE, .advanced = TRUE}

static const hmi_os_counter counters[COUNTERS] = {
    VALUE(USED),
    VALUE(LIMIT),
    VALUE(PEAK_USED),
    VALUE(COMMITTED),
    VALUE(RESERVED),
    VALUE(HEAP_BYTES),
    VALUE(HEAP_BLOCKS),
    ADVANCED_VALUE(MAPPED),
    ADVANCED_VALUE(EXECUTABLE),
    VALUE(OVERDRAFT),
    VALUE(REFUSALS),
    RATE(REFUSALS_PER_SECOND),
    RATE(WAITS_PER_SECOND),
    ADVANCED_RATE(WAIT_MS_PER_SECOND),
    VALUE(LOW_NOTIFICATIONS),
    RATE(CALLS_PER_SECOND),
    RATE(PAGE_ALLOCATIONS_PER_SECOND),
    RATE(BLOCK_ALLOCATIONS_PER_SECOND),
};

const hmi_os_counter_set hmi_counter_set = {
    .provider = {0x1125a561, 0xdbc9, 0x4f8f, {0x8a, 0xcf, 0xc4, 0xeb, 0xd8, 0x9d, 0x96, 0xfe}},
    .id = {0x8454e1a9, 0x5423, 0x40ce, {0x9b, 0x90, 0x0a, 0x90, 0xa3, 0x1c, 0x62, 0x9e}},
    .counters = counters,
    .count = COUNTERS};

static uint64_t sum(const UINT64 *numbers, unsigned count)
{
    uint64_t total = 0;
    while (count--)
        total += *numbers++;
    return total;
}

#define SUM(array) sum((const UINT64 *)(array), sizeof(array) / sizeof(UINT64))

static void set(hmi_counters *self, unsigned counter, uint64_t value)
{
    atomic_store_explicit(&self->values[counter], value, memory_order_relaxed);
}

void hmi_counters_set(hmi_counters *self, const hostmem_stats *stats)
{
    set(self, USED, stats->used_bytes);
    set(self, LIMIT, stats->limit_bytes);
    set(self, PEAK_USED, stats->peak_used_bytes);
    set(self, COMMITTED, stats->committed_bytes);
    set(self, RESERVED, stats->reserved_bytes);
    set(self, HEAP_BYTES, stats->heap_bytes);
    set(self, HEAP_BLOCKS, stats->heap_blocks);
    set(self, MAPPED, stats->mapped_bytes);
    set(self, EXECUTABLE, stats->executable_bytes);
    set(self, OVERDRAFT, stats->overdraft_bytes);
    set(self, REFUSALS, SUM(stats->refusals));
    set(self, REFUSALS_PER_SECOND, SUM(stats->refusals));
    set(self, WAITS_PER_SECOND, SUM(stats->waits));
    set(self, WAIT_MS_PER_SECOND, SUM(stats->wait_ms));
    set(self, LOW_NOTIFICATIONS, stats->notifications[0]);
    set(self, CALLS_PER_SECOND, SUM(stats->calls));
    set(self, PAGE_ALLOCATIONS_PER_SECOND, stats->calls[HOSTMEM_CALL_VIRTUAL_ALLOC]);
    set(self, BLOCK_ALLOCATIONS_PER_SECOND, stats->calls[HOSTMEM_CALL_ALLOC] + stats->calls[HOSTMEM_CALL_DEBUG_ALLOC]);
}

static void refresh(void *context)
{
    hmi_counters *self = context;
    hostmem_stats stats = {0};
    hmi_statistics_read(self->core, &stats);
    hmi_counters_set(self, &stats);
}

/* ---- The instance's name in the set ---- */

/* Characters that have a meaning in the paths of counters, and control characters. */
static BOOL is_special(char letter)
{
    return (unsigned char)letter < ' ' || strchr("()#*/\\\x7f", letter) != NULL;
}

static BOOL is_name(const char *name)
{
    size_t length = strlen(name), i;
    for (i = 0; i < length; i++) {
        if (is_special(name[i]))
            return FALSE;
    }
    return length && length <= HOSTMEM_COUNTERS_MAX_NAME;
}

/* How much of the program's name is used: what follows it takes at most 22 bytes. */
#define MAX_PROGRAM_BYTES 100

/* The file name of a path without its ending. */
static void write_program(hmi_output *output, const hmi_os_module *program)
{
    const char *last = program->path + program->path_bytes, *start = last, *end = last, *at;
    while (start > program->path && start[-1] != '\\' && start[-1] != '/')
        start--;
    for (at = start + 1; at < last; at++) {
        if (*at == '.')
            end = at;
    }
    if (end - start > MAX_PROGRAM_BYTES)
        end = start + MAX_PROGRAM_BYTES;
    while (end > start && (*end & 0xc0) == 0x80) /* not in the middle of a character */
        end--;
    for (at = start; at < end; at++)
        hmi_output_byte(output, (char)(is_special(*at) ? '_' : *at));
}

/* From object_alloc; NULL: there is no memory. */
static char *default_name(hostmem_os *os, UINT32 number)
{
    hmi_os_module *program = os->object_alloc(os, sizeof *program); /* not on the stack, which may be small */
    char *name = program ? os->object_alloc(os, HOSTMEM_COUNTERS_MAX_NAME + 1) : NULL;
    hmi_output output;
    if (name) {
        output = hmi_output_begin(name, HOSTMEM_COUNTERS_MAX_NAME + 1);
        if (os->find_module(os, NULL, program))
            hmi_output_words(&output, "process");
        else
            write_program(&output, program);
        hmi_output_byte(&output, '_');
        hmi_output_number(&output, os->process_id(os));
        if (number > 1) {
            hmi_output_byte(&output, '_');
            hmi_output_number(&output, number);
        }
    }
    if (program)
        os->object_free(os, program);
    return name;
}

/* ---- Starting and stopping ---- */

static HRESULT result_of(UINT32 error)
{
    switch (error) {
    case 0:
        return S_OK;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
        return E_OUTOFMEMORY;
    case ERROR_NO_UNICODE_TRANSLATION:
        return E_INVALIDARG;
    default:
        return HRESULT_FROM_WIN32(error);
    }
}

static HRESULT add(hmi_counters *self, UINT32 number, const hostmem_counters_config *config)
{
    hostmem_os *os = self->core->os;
    char *name = config->name ? hmi_trace_path_expand(os, config->name, number, 1) : default_name(os, number);
    HRESULT hr = E_INVALIDARG;
    if (!name)
        return E_OUTOFMEMORY;
    if (is_name(name)) {
        refresh(self);
        hr = result_of(os->counters_add(os, &hmi_counter_set, name, number, self->values, refresh, self, &self->entry));
    }
    os->object_free(os, name);
    return hr;
}

HRESULT hmi_counters_start(hmi_counters *self, hmi_core *core, UINT32 number, const hostmem_counters_config *config)
{
    UINT32 stopped = STOPPED;
    HRESULT hr = HOST_E_INVALIDOPERATION;
    if (!atomic_compare_exchange_strong(&self->state, &stopped, CHANGING))
        return hr;
    self->core = core;
    if (!hmi_notifier_is_shut_down(core->notifier))
        hr = add(self, number, config);
    atomic_store(&self->state, SUCCEEDED(hr) ? STARTED : STOPPED);
    return hr;
}

HRESULT hmi_counters_stop(hmi_counters *self)
{
    hostmem_os *os;
    UINT32 started = STARTED;
    if (!atomic_compare_exchange_strong(&self->state, &started, CHANGING))
        return HOST_E_INVALIDOPERATION;
    os = self->core->os;
    os->counters_remove(os, self->entry);
    atomic_store(&self->state, STOPPED);
    return S_OK;
}
