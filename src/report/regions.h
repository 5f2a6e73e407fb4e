/* A walk through the address space of an instance: the books say where memory is, the operating system says in what
 * state. There is no lock, so the walk may miss what other threads do during it. */
#ifndef HMI_REPORT_REGIONS_H
#define HMI_REPORT_REGIONS_H

#include "core.h"

/* Visits the regions as hostmem_for_each_region does. False: the visitor has stopped the walk. */
bool hmi_regions_visit(hmi_core *core, hostmem_region_visitor *visitor, void *context);

/* Sums up all regions; audit->size and reserved_word are not changed. */
void hmi_regions_audit(hmi_core *core, hostmem_audit *audit);

#endif
