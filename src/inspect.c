/* The public entry points of inspect.h that need an instance: they check arguments. No state. */
#include <hostmem/hostmem.h>

#include <stddef.h>
#include <string.h>

#include "core.h"
#include "regions.h"

#define FIRST_AUDIT_SIZE (offsetof(hostmem_audit, writable_code_bytes) + sizeof(UINT64))

HRESULT hostmem_for_each_region(hostmem *instance, hostmem_region_visitor *visitor, void *context)
{
    if (!instance || !visitor)
        return E_POINTER;
    return hostmem_regions_visit(hostmem_core_of(instance), visitor, context) ? S_OK : S_FALSE;
}

HRESULT hostmem_get_audit(hostmem *instance, hostmem_audit *audit)
{
    hostmem_audit now = {0};
    UINT32 size;
    if (!instance || !audit)
        return E_POINTER;
    size = audit->size;
    if (size < FIRST_AUDIT_SIZE)
        return E_INVALIDARG;
    now.size = size;
    hostmem_regions_audit(hostmem_core_of(instance), &now);
    if (size > sizeof now)
        memset((char *)audit + sizeof now, 0, size - sizeof now);
    memcpy(audit, &now, size < sizeof now ? size : sizeof now);
    return S_OK;
}
