/* See instance.h. */
#include "instance.h"

#include <hostmem/counters.h>

#include "metrics.h"
#include "report.h"

BOOL instance_create(const settings *settings, hostmem **memory)
{
    hostmem_budget_config budget = {
        .size = sizeof(budget),
        .limit_bytes = settings->limit_bytes,
        .wait_ms = {[eTaskCritical] = settings->wait_ms},
    };
    hostmem_config config = {.size = sizeof(config), .budget_config = &budget, .sample_bytes = settings->sample_bytes};
    char mistake[160];
    HRESULT hr = hostmem_create(&config, memory);

    if (FAILED(hr) && FAILED(hostmem_config_error(&config, mistake, sizeof(mistake)))) {
        fprintf(stderr, "%s: the configuration is wrong: %s\n", host_name, mistake);
        return FALSE;
    }
    if (!report_success("hostmem_create", hr))
        return FALSE;
    if (report_success("hostmem_fault_set", hostmem_fault_set(*memory, settings->faults, settings->fault_count)))
        return TRUE;
    hostmem_release(*memory);
    return FALSE;
}

BOOL instance_start_trace(hostmem *memory, const settings *settings)
{
    hostmem_trace_config trace = {.size = sizeof(trace), .path = settings->trace};

    return !*settings->trace || report_success("hostmem_trace_start", hostmem_trace_start(memory, &trace));
}

BOOL instance_stop_trace(hostmem *memory, const settings *settings, FILE *out)
{
    hostmem_trace_status status = {.size = sizeof(status)};

    if (!*settings->trace)
        return TRUE;
    if (!report_success("hostmem_trace_stop", hostmem_trace_stop(memory)) ||
        !report_success("hostmem_trace_get_status", hostmem_trace_get_status(memory, &status)))
        return FALSE;
    report_trace(out, &status);
    return TRUE;
}

BOOL instance_start_counters(hostmem *memory, const settings *settings)
{
    hostmem_counters_config counters = {.size = sizeof(counters), .name = settings->counters};

    return !*settings->counters || report_success("hostmem_counters_start", hostmem_counters_start(memory, &counters));
}

static BOOL report(hostmem *memory, FILE *out)
{
    hostmem_stats stats = {.size = sizeof(stats)};
    hostmem_fault_count faults[HOSTMEM_MAX_FAULT_RULES];
    UINT32 fault_count;

    if (!report_success("hostmem_get_stats", hostmem_get_stats(memory, &stats)))
        return FALSE;
    report_memory(out, &stats);
    if (!report_success("hostmem_fault_get_counts",
                        hostmem_fault_get_counts(memory, faults, HOSTMEM_MAX_FAULT_RULES, &fault_count)))
        return FALSE;
    report_faults(out, faults, fault_count);
    return TRUE;
}

/* stderr has no buffer, and Wine's C runtime writes to a console or NUL without one character by character. */
BOOL instance_report(hostmem *memory, FILE *out)
{
    static char buffer[4096];
    BOOL is_buffered = out == stderr && !setvbuf(out, buffer, _IOFBF, sizeof(buffer));
    BOOL done = report(memory, out);

    if (is_buffered) {
        fflush(out);
        setvbuf(out, NULL, _IONBF, 0);
    }
    return done;
}

BOOL instance_write_metrics(hostmem *memory, const settings *settings)
{
    return !settings->metrics || metrics_write(memory, settings->metrics);
}
