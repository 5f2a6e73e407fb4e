/* The functions that hostfxr.dll exports are declared in hostfxr.h of the runtime's sources. */
#include "hostfxr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "report.h"

#if defined(_WIN64) && (defined(__aarch64__) || defined(_M_ARM64))
#define PROCESSOR L"arm64"
#elif defined(_WIN64)
#define PROCESSOR L"x64"
#else
#define PROCESSOR L"x86"
#endif

typedef int(__cdecl *initialize_function)(int count, const WCHAR **arguments, const void *parameters, void **handle);
typedef int(__cdecl *run_function)(void *handle);

/* "10.0.14" or "10.0.0-rc.1" as a number that is smaller for earlier versions. Releases come after previews of the
 * same version; previews of the same version are equal. */
static UINT64 version_number(const WCHAR *text)
{
    UINT64 number = 0;
    int part;

    for (part = 0; part < 3; part++) {
        number = number << 20 | wcstoul(text, (WCHAR **)&text, 10);
        if (*text == L'.')
            text++;
    }
    return number << 1 | !*text;
}

/* The newest version in ROOT\host\fxr. */
static BOOL find_below(const WCHAR *root, WCHAR path[PATH_LETTERS])
{
    WCHAR folder[PATH_LETTERS], newest[MAX_PATH] = L"";
    WIN32_FIND_DATAW found;
    HANDLE search;

    if (!path_join(root, L"host\\fxr", folder) || !path_join(folder, L"*", path))
        return FALSE;
    search = FindFirstFileW(path, &found);
    if (search == INVALID_HANDLE_VALUE)
        return FALSE;
    do
        if (found.cFileName[0] != L'.' && version_number(found.cFileName) >= version_number(newest))
            wcscpy(newest, found.cFileName);
    while (FindNextFileW(search, &found));
    FindClose(search);
    return *newest && path_join(folder, newest, folder) && path_join(folder, L"hostfxr.dll", path) &&
           path_is_file(path);
}

static BOOL find_by_variable(const WCHAR *variable, const WCHAR *below, WCHAR path[PATH_LETTERS])
{
    WCHAR root[PATH_LETTERS];
    DWORD letters = GetEnvironmentVariableW(variable, root, PATH_LETTERS);

    return letters && letters < PATH_LETTERS && (!*below || path_join(root, below, root)) && find_below(root, path);
}

static BOOL find_by_registry(WCHAR path[PATH_LETTERS])
{
    WCHAR root[PATH_LETTERS];
    DWORD bytes = sizeof(root);

    return RegGetValueW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\dotnet\\Setup\\InstalledVersions\\" PROCESSOR,
                        L"InstallLocation", RRF_RT_REG_SZ | RRF_SUBKEY_WOW6432KEY, NULL, root,
                        &bytes) == ERROR_SUCCESS &&
           find_below(root, path);
}

BOOL hostfxr_find(WCHAR path[PATH_LETTERS])
{
    /* The case of environment variables is ignored. */
    return find_by_variable(L"DOTNET_ROOT_" PROCESSOR, L"", path) || find_by_variable(L"DOTNET_ROOT", L"", path) ||
           find_by_registry(path) || find_by_variable(L"ProgramFiles", L"dotnet", path);
}

/* Whether each module of the runtime could be governed; a failure could not be reported when the module was loaded. */
static BOOL was_governed(void)
{
    hostmem_coreclr_status status = {.size = sizeof(status)};

    return report_success("hostmem_coreclr_get_status", hostmem_coreclr_get_status(&status)) &&
           report_success("governing what hostfxr has loaded", status.watch_error);
}

BOOL hostfxr_run(const WCHAR *path, hostmem *memory, const hostmem_coreclr_config *config, program *program)
{
    HMODULE module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    FARPROC initialize = module ? GetProcAddress(module, "hostfxr_initialize_for_dotnet_command_line") : NULL;
    FARPROC run = module ? GetProcAddress(module, "hostfxr_run_app") : NULL;
    FARPROC close = module ? GetProcAddress(module, "hostfxr_close") : NULL;
    const WCHAR **arguments;
    initialize_function initialize_function;
    run_function run_function, close_function;
    void *handle = NULL;
    BOOL done = FALSE;

    if (!initialize || !run || !close) {
        fprintf(stderr, "%s: cannot load %ls, or it is older than .NET Core 3.0\n", host_name, path);
        return FALSE;
    }
    memcpy(&initialize_function, &initialize, sizeof(initialize));
    memcpy(&run_function, &run, sizeof(run));
    memcpy(&close_function, &close, sizeof(close));
    arguments = malloc(((size_t)program->argument_count + 1) * sizeof(*arguments));
    if (!arguments)
        return FALSE;
    arguments[0] = program->path;
    memcpy(arguments + 1, program->arguments, (size_t)program->argument_count * sizeof(*arguments));
    /* Before hostfxr loads the runtime, which it does when the program is run. */
    if ((!memory || report_success("hostmem_coreclr_watch", hostmem_coreclr_watch(memory, config))) &&
        report_success("hostfxr_initialize_for_dotnet_command_line",
                       initialize_function(program->argument_count + 1, arguments, NULL, &handle))) {
        program->exit_code = run_function(handle);
        done = !memory || was_governed();
    }
    if (handle)
        close_function(handle);
    free(arguments);
    return done;
}
