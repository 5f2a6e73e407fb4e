/* hostmem on mimalloc for the conformance suite; the instance is not released. */
#include "factory.h"

#include <hostmem/hostmem.h>

HRESULT __cdecl hostmem_conformance_create(IHostMemoryManager **out)
{
    const hostmem_config config = {.size = sizeof config, .flags = HOSTMEM_MIMALLOC};
    hostmem *instance;
    HRESULT hr = hostmem_create(&config, &instance);
    return hr == S_OK ? hostmem_get_manager(instance, out) : hr;
}
