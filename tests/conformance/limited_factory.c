/* hostmem for the conformance suite in a process that the system limits. Where it does not, there is no manager. */
#include "factory.h"

#include <hostmem/hostmem.h>

#include "os_limit.h"

HRESULT __cdecl hostmem_conformance_create(IHostMemoryManager **out)
{
    os_limit limit;
    hostmem *instance;
    HRESULT hr = os_limit_begin(&limit) ? hostmem_create(NULL, &instance) : E_UNEXPECTED;
    return hr == S_OK ? hostmem_get_manager(instance, out) : hr;
}
