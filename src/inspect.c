/* The public entry points of inspect.h that need an instance: they check arguments. No state. */
#include <hostmem/hostmem.h>

#include <stddef.h>

#include "core.h"
#include "leaks.h"
#include "origins.h"
#include "regions.h"
#include "sized.h"

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
    if (!instance || !audit)
        return E_POINTER;
    if (audit->size < FIRST_AUDIT_SIZE)
        return E_INVALIDARG;
    hostmem_regions_audit(hostmem_core_of(instance), &now);
    hostmem_sized_write(audit, &now, sizeof now);
    return S_OK;
}

HRESULT hostmem_for_each_origin(hostmem *instance, hostmem_origin_visitor *visitor, void *context)
{
    hostmem_origins *origins;
    bool done;
    if (!instance || !visitor)
        return E_POINTER;
    origins = hostmem_origins_collect(hostmem_core_of(instance));
    if (!origins)
        return E_OUTOFMEMORY;
    done = hostmem_origins_visit(origins, visitor, context);
    hostmem_origins_free(origins);
    return done ? S_OK : S_FALSE;
}

HRESULT hostmem_report_leaks(hostmem *instance, hostmem_line_writer *write, void *context)
{
    if (!instance || !write)
        return E_POINTER;
    return hostmem_leaks_report(hostmem_core_of(instance), write, context) ? S_OK : E_OUTOFMEMORY;
}
