/* hostmem for the conformance suite with a running trace, which must not change anything that the CLR can see. */
#include "factory.h"

#include <hostmem/hostmem.h>

static HRESULT discard(void *context, const void *data, SIZE_T bytes)
{
    (void)data;
    (void)bytes;
    SetEvent((HANDLE)context);
    return S_OK;
}

HRESULT __cdecl hostmem_conformance_create(IHostMemoryManager **out)
{
    const hostmem_trace_config trace = {
        .size = sizeof trace, .write = discard, .context = CreateEventW(NULL, TRUE, FALSE, NULL)};
    hostmem *instance;
    HRESULT hr = trace.context ? hostmem_create(NULL, &instance) : E_OUTOFMEMORY;
    if (hr == S_OK)
        hr = hostmem_trace_start(instance, &trace);
    if (hr == S_OK) /* Wine notifies no DLL of the end of a process in which a thread has not quite started */
        WaitForSingleObject(trace.context, INFINITE);
    return hr == S_OK ? hostmem_get_manager(instance, out) : hr;
}
