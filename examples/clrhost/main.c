/* A CLR host whose runtime takes all its memory through hostmem. host_clr and start_clr show what that needs:
 * create an instance, get its control, set it before the runtime starts. Everything else is as in any host. */
#define COBJMACROS
#include <hostmem/hostmem.h>

#include <corerror.h>
#include <stdio.h>
#include <string.h>

#include "find_clr.h"
#include "instance.h"
#include "options.h"
#include "report.h"
#include "stand_in.h"

const char host_name[] = "clrhost";

/* Gives the runtime its memory manager and starts the runtime. */
static BOOL start_clr(ICLRRuntimeHost *clr, hostmem *memory)
{
    IHostControl *control;
    BOOL started;

    /* A host with its own managers for tasks, assemblies and so on passes its IHostControl instead of NULL. */
    if (!report_success("hostmem_get_control", hostmem_get_control(memory, NULL, &control)))
        return FALSE;
    started = report_success("ICLRRuntimeHost::SetHostControl", ICLRRuntimeHost_SetHostControl(clr, control)) &&
              report_success("ICLRRuntimeHost::Start", ICLRRuntimeHost_Start(clr));
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
    if (!report_success("ICLRRuntimeHost::ExecuteInDefaultAppDomain", hr))
        return FALSE;
    printf("%ls.%ls returned %ld\n", options->type, options->method, (long)result);
    return TRUE;
}

static BOOL host_clr(ICLRRuntimeHost *clr, const options *options)
{
    hostmem *memory;
    BOOL done;

    if (!instance_create(&options->settings, &memory))
        return FALSE;
    done = instance_start_counters(memory, &options->settings) && instance_start_trace(memory, &options->settings) &&
           start_clr(clr, memory);
    if (done) {
        done = run_method(clr, options);
        done = instance_report(memory, stdout) && done;
        done = instance_write_metrics(memory, &options->settings) && done;
        if (options->stand_in)
            done = stand_in_report(clr) && done;
        done = report_success("ICLRRuntimeHost::Stop", ICLRRuntimeHost_Stop(clr)) && done;
        done = instance_stop_trace(memory, &options->settings, stdout) && done;
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
    if (!report_success("finding the CLR", hr))
        return EXIT_FAILED;
    done = host_clr(clr, &options);
    ICLRRuntimeHost_Release(clr);
    return done ? EXIT_OK : EXIT_FAILED;
}
