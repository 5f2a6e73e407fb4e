/* A CLR host whose runtime takes all its memory through hostmem. host_clr and start_clr show what that needs:
 * create an instance, get its control, set it before the runtime starts. Everything else is as in any host. */
#define COBJMACROS
#include <hostmem/hostmem.h>

#include <corerror.h>
#include <stdio.h>
#include <string.h>

#include "find_clr.h"
#include "metrics.h"
#include "options.h"
#include "report.h"
#include "stand_in.h"

static BOOL succeeded(const char *call, HRESULT hr)
{
    if (SUCCEEDED(hr))
        return TRUE;
    report_failure(call, hr);
    return FALSE;
}

/* Gives the runtime its memory manager and starts the runtime. */
static BOOL start_clr(ICLRRuntimeHost *clr, hostmem *memory)
{
    IHostControl *control;
    BOOL started;

    /* A host with its own managers for tasks, assemblies and so on passes its IHostControl instead of NULL. */
    if (!succeeded("hostmem_get_control", hostmem_get_control(memory, NULL, &control)))
        return FALSE;
    started = succeeded("ICLRRuntimeHost::SetHostControl", ICLRRuntimeHost_SetHostControl(clr, control)) &&
              succeeded("ICLRRuntimeHost::Start", ICLRRuntimeHost_Start(clr));
    IHostControl_Release(control);
    return started;
}

static BOOL run_method(ICLRRuntimeHost *clr, const options *options)
{
    WCHAR assembly[MAX_PATH];
    DWORD length = GetFullPathNameW(options->assembly, MAX_PATH, assembly, NULL);
    DWORD result;
    HRESULT hr;

    if (!length || length >= MAX_PATH) {
        fprintf(stderr, "clrhost: the path of the assembly is too long\n");
        return FALSE;
    }
    hr = ICLRRuntimeHost_ExecuteInDefaultAppDomain(clr, assembly, options->type, options->method, options->argument,
                                                   &result);
    if (!succeeded("ICLRRuntimeHost::ExecuteInDefaultAppDomain", hr))
        return FALSE;
    printf("%ls.%ls returned %ld\n", options->type, options->method, (long)result);
    return TRUE;
}

static BOOL start_trace(hostmem *memory, const options *options)
{
    hostmem_trace_config trace = {.size = sizeof(trace), .path = options->trace};

    return !*options->trace || succeeded("hostmem_trace_start", hostmem_trace_start(memory, &trace));
}

/* Without this call hostmem_release would stop the trace, but could not report whether the file is complete. */
static BOOL stop_trace(hostmem *memory, const options *options)
{
    hostmem_trace_status status = {.size = sizeof(status)};

    if (!*options->trace)
        return TRUE;
    if (!succeeded("hostmem_trace_stop", hostmem_trace_stop(memory)) ||
        !succeeded("hostmem_trace_get_status", hostmem_trace_get_status(memory, &status)))
        return FALSE;
    report_trace(&status);
    return TRUE;
}

static BOOL print_memory(hostmem *memory)
{
    hostmem_stats stats = {.size = sizeof(stats)};
    hostmem_fault_count faults[HOSTMEM_MAX_FAULT_RULES];
    UINT32 fault_count;

    if (!succeeded("hostmem_get_stats", hostmem_get_stats(memory, &stats)))
        return FALSE;
    report_memory(&stats);
    if (!succeeded("hostmem_fault_get_counts",
                   hostmem_fault_get_counts(memory, faults, HOSTMEM_MAX_FAULT_RULES, &fault_count)))
        return FALSE;
    report_faults(faults, fault_count);
    return TRUE;
}

/* Creates an instance with the options of the command line. */
static BOOL create_memory(const options *options, hostmem **memory)
{
    hostmem_budget_config budget = {
        .size = sizeof(budget),
        .limit_bytes = options->limit_bytes,
        .wait_ms = {[eTaskCritical] = options->wait_ms},
    };
    hostmem_config config = {.size = sizeof(config), .budget_config = &budget, .sample_bytes = options->sample_bytes};
    char mistake[160];
    HRESULT hr = hostmem_create(&config, memory);

    if (FAILED(hr) && FAILED(hostmem_config_error(&config, mistake, sizeof(mistake)))) {
        fprintf(stderr, "clrhost: the configuration is wrong: %s\n", mistake);
        return FALSE;
    }
    if (!succeeded("hostmem_create", hr))
        return FALSE;
    if (succeeded("hostmem_fault_set", hostmem_fault_set(*memory, options->faults, options->fault_count)))
        return TRUE;
    hostmem_release(*memory);
    return FALSE;
}

static BOOL host_clr(ICLRRuntimeHost *clr, const options *options)
{
    hostmem *memory;
    BOOL done;

    if (!create_memory(options, &memory))
        return FALSE;
    done = start_trace(memory, options) && start_clr(clr, memory);
    if (done) {
        done = run_method(clr, options);
        done = print_memory(memory) && done;
        if (options->metrics)
            done = metrics_write(memory, options->metrics) && done;
        if (options->stand_in)
            done = stand_in_report(clr) && done;
        done = succeeded("ICLRRuntimeHost::Stop", ICLRRuntimeHost_Stop(clr)) && done;
        done = stop_trace(memory, options) && done;
    }
    /* The CLR uses its manager until the process ends, and holds references that keep the instance alive. */
    hostmem_release(memory);
    return done;
}

int wmain(int count, WCHAR **arguments)
{
    options options;
    ICLRRuntimeHost *clr;
    HRESULT hr;
    BOOL done;

    if (!options_read(count, arguments, &options))
        return EXIT_USAGE;
    if (options.help) {
        options_print_help();
        return EXIT_OK;
    }
    hr = options.stand_in ? stand_in_create(&clr) : find_clr(options.clr, &clr);
    if (hr == CLR_E_SHIM_RUNTIMELOAD) {
        fprintf(stderr, "clrhost: there is no CLR %ls on this machine; --stand-in does without\n", options.clr);
        return EXIT_NO_CLR;
    }
    if (!succeeded("finding the CLR", hr))
        return EXIT_FAILED;
    done = host_clr(clr, &options);
    ICLRRuntimeHost_Release(clr);
    return done ? EXIT_OK : EXIT_FAILED;
}
