/* hostmem for the conformance suite with a running trace, which must not change anything that the CLR can see. */
#include "factory.h"

#include <hostmem/hostmem.h>

static HRESULT discard(void *context, const void *data, SIZE_T bytes)
{
    (void)context;
    (void)data;
    (void)bytes;
    return S_OK;
}

HRESULT __cdecl hostmem_conformance_create(IHostMemoryManager **out)
{
    const hostmem_trace_config trace = {.size = sizeof trace, .write = discard};
    hostmem *instance;
    HRESULT hr = hostmem_create(NULL, &instance);
    if (hr == S_OK)
        hr = hostmem_trace_start(instance, &trace);
    return hr == S_OK ? hostmem_get_manager(instance, out) : hr;
}
