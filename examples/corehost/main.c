/* A host of modern .NET whose runtime takes its memory through hostmem. That needs one call: hostmem_coreclr_attach
 * in coreclr.c, for a runtime that the host loads; or hostmem_coreclr_watch in hostfxr.c, for one that hostfxr
 * loads. Everything else is as in any host. */
#include <hostmem/coreclr.h>

#include <stdio.h>

#include "coreclr.h"
#include "hostfxr.h"
#include "instance.h"
#include "options.h"
#include "paths.h"
#include "process_end.h"
#include "report.h"

const char host_name[] = "corehost";

/* The instance, until its figures have been printed. */
static hostmem *unreported;
static const settings *unreported_settings;

static hostmem *report_once(void)
{
    hostmem *memory = unreported;

    unreported = NULL;
    if (memory) {
        instance_report(memory, stderr);
        instance_write_metrics(memory, unreported_settings);
    }
    return memory;
}

/* Called if the program itself ends the process, as Environment.Exit does: the manager still works, but the system
 * has already ended the thread that writes the trace. */
static void end_early(void)
{
    if (report_once() && *unreported_settings->trace)
        fprintf(stderr, "%s: the program has ended the process: the trace lacks its last moments\n", host_name);
}

/* The folder of coreclr.dll: from the command line, or the program's own. FALSE: it is in neither. */
static BOOL find_runtime(const options *options, const WCHAR *program, WCHAR folder[PATH_LETTERS])
{
    WCHAR file[PATH_LETTERS];

    return (options->runtime ? path_full(options->runtime, folder) : path_folder(program, folder)) &&
           path_join(folder, L"coreclr.dll", file) && path_is_file(file);
}

static int run(const options *options, hostmem *memory, const WCHAR *path)
{
    /* Also counts memory that the program allocates by P/Invoke. */
    const hostmem_coreclr_config config = {.size = sizeof(config), .flags = HOSTMEM_CORECLR_PINVOKES};
    program program = {path, options->argument_count, options->arguments, 0};
    WCHAR place[PATH_LETTERS];

    if (find_runtime(options, path, place))
        return coreclr_run(place, memory, &config, &program) ? program.exit_code : EXIT_FAILED;
    if (!options->runtime && hostfxr_find(place))
        return hostfxr_run(place, memory, &config, &program) ? program.exit_code : EXIT_FAILED;
    fprintf(stderr, "%s: there is no runtime %ls%ls\n", host_name, options->runtime ? L"in " : L"on this machine",
            options->runtime ? options->runtime : L"");
    return EXIT_NO_RUNTIME;
}

int wmain(int count, WCHAR **arguments)
{
    options options;
    WCHAR path[PATH_LETTERS];
    hostmem *memory;
    int exit_code = EXIT_FAILED;

    if (!options_read(count, arguments, &options))
        return EXIT_USAGE;
    if (options.help) {
        options_print_help();
        return 0;
    }
    if (!path_full(options.program, path) || !path_is_file(path)) {
        fprintf(stderr, "%s: there is no file %ls\n", host_name, options.program);
        return EXIT_FAILED;
    }
    if (!instance_create(&options.settings, &memory))
        return EXIT_FAILED;
    if (instance_start_counters(memory, &options.settings) && instance_start_trace(memory, &options.settings)) {
        unreported = memory;
        unreported_settings = &options.settings;
        process_end_call(end_early);
        exit_code = run(&options, memory, path);
        if (report_once())
            instance_stop_trace(memory, &options.settings, stderr);
    }
    /* The runtime uses its manager until the process ends, and holds references that keep the instance alive. */
    hostmem_release(memory);
    return exit_code;
}
