/* The functions that coreclr.dll exports for hosts are declared in coreclrhost.h of the runtime's sources. For the
 * library only the call of hostmem_coreclr_attach in coreclr_run is needed. */
#include "coreclr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paths.h"
#include "properties.h"
#include "report.h"
#include "text.h"

typedef struct runtime {
    int(WINAPI *initialize)(const char *host_path, const char *domain_name, int property_count, const char **names,
                            const char **values, void **handle, unsigned int *domain);
    int(WINAPI *execute)(void *handle, unsigned int domain, int argument_count, const char **arguments,
                         const char *path, unsigned int *exit_code);
    int(WINAPI *shutdown)(void *handle, unsigned int domain, int *exit_code);
    void *handle;
    unsigned int domain;
} runtime;

/* Loads coreclr.dll and finds its functions. It is not unloaded: a runtime lives as long as the process. */
static BOOL load(runtime *out, const WCHAR *folder, HMODULE *module)
{
    WCHAR path[PATH_LETTERS];
    FARPROC initialize, execute, shutdown;

    if (!path_join(folder, L"coreclr.dll", path))
        return FALSE;
    *module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (!*module) {
        fprintf(stderr, "%s: cannot load %ls (error %lu)\n", host_name, path, GetLastError());
        return FALSE;
    }
    initialize = GetProcAddress(*module, "coreclr_initialize");
    execute = GetProcAddress(*module, "coreclr_execute_assembly");
    shutdown = GetProcAddress(*module, "coreclr_shutdown_2");
    if (!initialize || !execute || !shutdown) {
        fprintf(stderr, "%s: %ls is no CoreCLR\n", host_name, path);
        return FALSE;
    }
    memcpy(&out->initialize, &initialize, sizeof(initialize));
    memcpy(&out->execute, &execute, sizeof(execute));
    memcpy(&out->shutdown, &shutdown, sizeof(shutdown));
    return TRUE;
}

static BOOL initialize(runtime *runtime, const program *program, const WCHAR *folder)
{
    WCHAR host[PATH_LETTERS];
    DWORD letters = GetModuleFileNameW(NULL, host, PATH_LETTERS);
    char *host_path = letters && letters < PATH_LETTERS ? text_from_wide(host) : NULL;
    properties properties;
    BOOL done = properties_gather(&properties, program->path, folder) &&
                report_success("coreclr_initialize",
                               runtime->initialize(host_path, host_name, properties.count,
                                                   (const char **)properties.names, (const char **)properties.values,
                                                   &runtime->handle, &runtime->domain));

    properties_free(&properties);
    free(host_path);
    return done;
}

/* The arguments in the runtime's form; the caller frees the array and each element. NULL: out of memory. */
static char **convert_arguments(const program *program)
{
    char **converted = calloc((size_t)program->argument_count + 1, sizeof(*converted));
    int i;

    for (i = 0; converted && i < program->argument_count; i++)
        if (!(converted[i] = text_from_wide(program->arguments[i])))
            return NULL;
    return converted;
}

static BOOL execute(runtime *runtime, program *program)
{
    char **arguments = convert_arguments(program);
    char *path = text_from_wide(program->path);
    unsigned int exit_code = 0;
    HRESULT hr = E_OUTOFMEMORY;
    int i;

    if (arguments && path)
        hr = runtime->execute(runtime->handle, runtime->domain, program->argument_count, (const char **)arguments, path,
                              &exit_code);
    for (i = 0; arguments && i < program->argument_count; i++)
        free(arguments[i]);
    free(arguments);
    free(path);
    program->exit_code = (int)exit_code;
    return report_success("coreclr_execute_assembly", hr);
}

BOOL coreclr_run(const WCHAR *runtime_folder, hostmem *memory, const hostmem_coreclr_config *config, program *program)
{
    runtime runtime = {0};
    HMODULE module;
    BOOL done;

    /* After loading the runtime and before starting it: memory that it reserved earlier would not be accounted for. */
    if (!load(&runtime, runtime_folder, &module) ||
        (memory && !report_success("hostmem_coreclr_attach", hostmem_coreclr_attach(memory, module, config))) ||
        !initialize(&runtime, program, runtime_folder))
        return FALSE;
    done = execute(&runtime, program);
    return report_success("coreclr_shutdown_2",
                          runtime.shutdown(runtime.handle, runtime.domain, &program->exit_code)) &&
           done;
}
