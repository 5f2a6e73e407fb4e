/* hostmem for the conformance suite: an instance with all defaults, which is not released. */
#include "factory.h"

#include <hostmem/hostmem.h>

HRESULT __cdecl hostmem_conformance_create(IHostMemoryManager **out)
{
    hostmem *instance;
    HRESULT hr = hostmem_create(NULL, &instance);
    return hr == S_OK ? hostmem_get_manager(instance, out) : hr;
}
