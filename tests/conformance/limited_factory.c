/* hostmem for the conformance suite in a process with a limit set by the system. Without that limit it returns no
 * manager. */
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
