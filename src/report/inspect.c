/* The public functions of inspect.h that need an instance: they check arguments. No state. */
#include <hostmem/hostmem.h>

#include <stddef.h>

#include "core.h"
#include "report/leaks.h"
#include "report/origins.h"
#include "report/regions.h"
#include "base/sized.h"

#define FIRST_AUDIT_SIZE (offsetof(hostmem_audit, writable_code_bytes) + sizeof(UINT64))

HRESULT hostmem_for_each_region(hostmem *instance, hostmem_region_visitor *visitor, void *context)
{
    if (!instance || !visitor)
        return E_POINTER;
    return hmi_regions_visit(hmi_core_of(instance), visitor, context) ? S_OK : S_FALSE;
}

HRESULT hostmem_get_audit(hostmem *instance, hostmem_audit *audit)
{
    hostmem_audit now = {0};
    if (!instance || !audit)
        return E_POINTER;
    if (audit->size < FIRST_AUDIT_SIZE)
        return E_INVALIDARG;
    hmi_regions_audit(hmi_core_of(instance), &now);
    hmi_sized_write(audit, &now, sizeof now);
    return S_OK;
}

HRESULT hostmem_for_each_origin(hostmem *instance, hostmem_origin_visitor *visitor, void *context)
{
    hmi_origins *origins;
    bool done;
    if (!instance || !visitor)
        return E_POINTER;
    origins = hmi_origins_collect(hmi_core_of(instance));
    if (!origins)
        return E_OUTOFMEMORY;
    done = hmi_origins_visit(origins, visitor, context);
    hmi_origins_free(origins);
    return done ? S_OK : S_FALSE;
}

HRESULT hostmem_report_leaks(hostmem *instance, hostmem_line_writer *write, void *context)
{
    if (!instance || !write)
        return E_POINTER;
    return hmi_leaks_report(hmi_core_of(instance), write, context) ? S_OK : E_OUTOFMEMORY;
}
