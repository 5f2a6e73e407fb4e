/* The DLL of build.h. */
#include "../build.h"

#include "empty_os.h"

__declspec(dllexport) bench_build_function hostmem_bench_build;

const bench_build *hostmem_bench_build(void)
{
    static const bench_build build = {
        .create = hostmem_create,
        .get_manager = hostmem_get_manager,
        .release = hostmem_release,
        .start_trace = hostmem_trace_start,
        .stop_trace = hostmem_trace_stop,
        .get_trace_status = hostmem_trace_get_status,
        .empty_os = empty_os,
        .use_lane = empty_os_use_lane,
#if defined(HOSTMEM_WITH_MIMALLOC)
        .has_mimalloc = TRUE,
#endif
    };
    return &build;
}
