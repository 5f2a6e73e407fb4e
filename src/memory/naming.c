/* Names of memory, for reports. */
#include "memory/naming.h"

#include "core_state.h"

_Static_assert((int)HOSTMEM_KIND_OTHER == (int)HOSTMEM_TRACE_KIND_OTHER &&
                   (int)HOSTMEM_KIND_OBJECTS == (int)HOSTMEM_TRACE_KIND_OBJECTS &&
                   (int)HOSTMEM_KIND_TABLES == (int)HOSTMEM_TRACE_KIND_TABLES &&
                   (int)HOSTMEM_KIND_LOADER == (int)HOSTMEM_TRACE_KIND_LOADER &&
                   (int)HOSTMEM_KIND_CODE == (int)HOSTMEM_TRACE_KIND_CODE &&
                   (int)HOSTMEM_KIND_BLOCKS == (int)HOSTMEM_TRACE_KIND_BLOCKS &&
                   (int)HOSTMEM_KIND_LIBRARIES == (int)HOSTMEM_TRACE_KIND_LIBRARIES &&
                   (int)HOSTMEM_KIND_INVOKED == (int)HOSTMEM_TRACE_KIND_INVOKED &&
                   (int)HOSTMEM_KINDS == (int)HOSTMEM_TRACE_KINDS,
               "traces use the same numbers");

void hmi_naming_report(hmi_core *core, UINT_PTR address, SIZE_T size, UINT32 kind)
{
    HMI_REPORT_CALL(core, NAMED, HOSTMEM_TRACE_NO_LEVEL, S_OK, .address = address, .size = size, .value = kind);
}

void hmi_naming_set(hmi_core *core, const void *start, SIZE_T size, UINT32 kind)
{
    hmi_kinds_set(&core->kinds, (UINT_PTR)start, kind);
    hmi_naming_report(core, (UINT_PTR)start, size, kind);
}

UINT32 hmi_naming_forget(hmi_core *core, const void *start)
{
    return hmi_kinds_set(&core->kinds, (UINT_PTR)start, HOSTMEM_KIND_OTHER);
}
