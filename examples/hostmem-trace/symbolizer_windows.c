/* Names of functions by DbgHelp, from the system's folder. See symbolizer.h. */
#include "symbolizer.h"

#include <windows.h>

#include <dbghelp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "utf8.h"

enum { MOST_PATH = 1024 };

typedef BOOL WINAPI initialize_function(HANDLE, PCSTR, BOOL);
typedef BOOL WINAPI cleanup_function(HANDLE);
typedef DWORD WINAPI set_options_function(DWORD);
typedef DWORD64 WINAPI load_module_function(HANDLE, HANDLE, PCWSTR, PCWSTR, DWORD64, DWORD, PMODLOAD_DATA, DWORD);
typedef BOOL WINAPI unload_module_function(HANDLE, DWORD64);
typedef BOOL WINAPI symbol_from_address_function(HANDLE, DWORD64, PDWORD64, PSYMBOL_INFO);
typedef BOOL WINAPI line_from_address_function(HANDLE, DWORD64, PDWORD, PIMAGEHLP_LINE64);

typedef struct dbghelp {
    HMODULE module;
    initialize_function *initialize;
    cleanup_function *cleanup;
    set_options_function *set_options;
    load_module_function *load_module;
    unload_module_function *unload_module;
    symbol_from_address_function *symbol_from_address;
    line_from_address_function *line_from_address;
} dbghelp;

#define FIND(functions, member, name) \
    ((functions)->member = (member##_function *)(void (*)(void))GetProcAddress((functions)->module, name))

static bool load(dbghelp *functions)
{
    functions->module = LoadLibraryExW(L"dbghelp.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    return functions->module && FIND(functions, initialize, "SymInitialize") &&
           FIND(functions, cleanup, "SymCleanup") && FIND(functions, set_options, "SymSetOptions") &&
           FIND(functions, load_module, "SymLoadModuleExW") && FIND(functions, unload_module, "SymUnloadModule64") &&
           FIND(functions, symbol_from_address, "SymFromAddr") &&
           FIND(functions, line_from_address, "SymGetLineFromAddr64");
}

static void find_name(const dbghelp *functions, HANDLE process, uint64_t base, symbol_request *request)
{
    union {
        SYMBOL_INFO info;
        char bytes[sizeof(SYMBOL_INFO) + SYMBOL_NAME];
    } symbol = {.info = {.SizeOfStruct = sizeof(SYMBOL_INFO), .MaxNameLen = SYMBOL_NAME}};
    IMAGEHLP_LINE64 line = {.SizeOfStruct = sizeof(line)};
    char name[SYMBOL_NAME], whole[SYMBOL_NAME + 24];
    DWORD64 distance = 0;
    DWORD column;

    if (!functions->symbol_from_address(process, base + request->offset, &distance, &symbol.info))
        return;
    utf8_printable(symbol.info.Name, strlen(symbol.info.Name), name, sizeof(name));
    if (functions->line_from_address(process, base + request->offset, &column, &line))
        snprintf(whole, sizeof(whole), "%s", name);
    else
        snprintf(whole, sizeof(whole), "%s+0x%" PRIx64, name, (uint64_t)distance);
    request->name = _strdup(whole);
}

/* The requests for one image, which is loaded for them at its own base. Returns their number. */
static uint32_t find_in_image(const dbghelp *functions, HANDLE process, symbol_request *requests, uint32_t count)
{
    WCHAR path[MOST_PATH];
    DWORD64 base = 0;
    uint32_t done = 0;

    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, requests->image, -1, path, MOST_PATH))
        base = functions->load_module(process, NULL, path, NULL, requests->base, 0, NULL, 0);
    for (; done < count && requests[done].image && !strcmp(requests[done].image, requests->image); done++)
        if (base)
            find_name(functions, process, base, &requests[done]);
    if (base)
        functions->unload_module(process, base);
    return done;
}

bool symbolizer_find(symbol_request *requests, uint32_t count)
{
    dbghelp functions;
    HANDLE process = &functions; /* any number that is not another session's */
    uint32_t done = 0;

    if (!load(&functions))
        return trace_complain("dbghelp.dll is needed for names from --symbols, and cannot be loaded");
    functions.set_options(SYMOPT_UNDNAME | SYMOPT_LOAD_LINES | SYMOPT_FAIL_CRITICAL_ERRORS | SYMOPT_NO_PROMPTS);
    if (!functions.initialize(process, NULL, FALSE))
        return trace_complain("DbgHelp cannot be used (error %lu)", GetLastError());
    while (done < count)
        done += requests[done].image ? find_in_image(&functions, process, requests + done, count - done) : 1;
    functions.cleanup(process);
    return true;
}
