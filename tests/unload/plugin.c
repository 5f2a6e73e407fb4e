/* A plug-in: a DLL into which the library and its user are linked statically. */
#include "scenes.h"

#include <string.h>

__declspec(dllexport) BOOL plugin_run(const char *scene, unload_ground *ground);

BOOL plugin_run(const char *scene, unload_ground *ground)
{
    static const unload_api api = {
        .create = hostmem_create,
        .get_manager = hostmem_get_manager,
        .counters_start = hostmem_counters_start,
        .trace_start = hostmem_trace_start,
        .trace_stop = hostmem_trace_stop,
        .shutdown = hostmem_shutdown,
        .release = hostmem_release,
    };
    return unload_find(scene)(&api, ground);
}
