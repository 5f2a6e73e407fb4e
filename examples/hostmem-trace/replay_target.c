/* Creates the manager. See replay_target.h. */
#define COBJMACROS
#include "replay_target.h"

#include <string.h>

#include "input.h"

typedef HRESULT(__cdecl *factory_function)(IHostMemoryManager **out);

enum { PATH_CHARACTERS = 4096 };

static factory_function load(const char *dll)
{
    static const char name[] = "hostmem_conformance_create";
    WCHAR given[PATH_CHARACTERS], path[PATH_CHARACTERS];
    factory_function function = NULL;
    FARPROC address;
    HMODULE module;
    DWORD length = 0;

    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, dll, -1, given, PATH_CHARACTERS))
        length = GetFullPathNameW(given, PATH_CHARACTERS, path, NULL);
    if (!length || length >= PATH_CHARACTERS) {
        trace_complain("%s: this is not a path", dll);
        return NULL;
    }
    /* Loads exactly this file; the DLLs that it needs are first searched in its folder. */
    module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (!module) {
        trace_complain("%s: the DLL cannot be loaded: error %lu", dll, GetLastError());
        return NULL;
    }
    address = GetProcAddress(module, name);
    if (!address)
        trace_complain("%s: the DLL has no function %s", dll, name);
    memcpy(&function, &address, sizeof(function));
    return function;
}

static bool create_hostmem(replay_target *target, uint64_t limit_bytes)
{
    const hostmem_config config = {.size = sizeof(config), .limit_bytes = limit_bytes};
    HRESULT hr = hostmem_create(&config, &target->instance);

    if (SUCCEEDED(hr))
        hr = hostmem_get_manager(target->instance, &target->manager);
    return SUCCEEDED(hr) || trace_complain("hostmem cannot be started: 0x%08lX", (unsigned long)hr);
}

bool replay_target_create(replay_target *target, const char *dll, uint64_t limit_bytes)
{
    factory_function create;
    HRESULT hr;

    *target = (replay_target){0};
    if (!dll)
        return create_hostmem(target, limit_bytes);
    create = load(dll);
    if (!create)
        return false;
    hr = create(&target->manager);
    return (SUCCEEDED(hr) && target->manager) ||
           trace_complain("%s: the manager cannot be made: 0x%08lX", dll, (unsigned long)hr);
}

void replay_target_release(replay_target *target)
{
    IHostMemoryManager_Release(target->manager);
    if (target->instance)
        hostmem_release(target->instance);
}
