/* A walk through the address space of an instance: the books say where there is something, the operating system what it
 * is like. Nothing is held, so what others do meanwhile goes on and may be missed. */
#ifndef HMI_REPORT_REGIONS_H
#define HMI_REPORT_REGIONS_H

#include "core.h"

/* Visits the regions that hostmem_for_each_region is about. False: the visitor had enough. */
bool hmi_regions_visit(hmi_core *core, hostmem_region_visitor *visitor, void *context);

/* Sums up a visit to all of them; audit->size and reserved_word are left alone. */
void hmi_regions_audit(hmi_core *core, hostmem_audit *audit);

#endif
