/* A build of the library as a DLL (build/), so that the benchmark can load two of them beside each other. Each has an
 * empty OS of its own, compiled with that build's headers. */
#ifndef HOSTMEM_BENCH_BUILD_H
#define HOSTMEM_BENCH_BUILD_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/hostmem.h>
#include <hostmem/trace.h>

typedef struct bench_build {
    HRESULT (*create)(const hostmem_config *config, hostmem **out);
    HRESULT (*get_manager)(hostmem *instance, IHostMemoryManager **out);
    ULONG (*release)(hostmem *instance);
    HRESULT (*start_trace)(hostmem *instance, const hostmem_trace_config *config);
    HRESULT (*stop_trace)(hostmem *instance);
    HRESULT (*get_trace_status)(hostmem *instance, hostmem_trace_status *out);
    struct hostmem_os *(*empty_os)(void);
    void (*use_lane)(UINT32 index); /* see empty_os.h; a thread that uses one build's lane can use every build's os */
    BOOL has_mimalloc;
} bench_build;

/* The only function that the DLL exports. */
#define BENCH_BUILD_FUNCTION "hostmem_bench_build"
typedef const bench_build *bench_build_function(void);

#endif
