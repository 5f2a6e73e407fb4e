/* What memory is used for: the bytes of each kind. */
#ifndef HMI_REPORT_KIND_BYTES_H
#define HMI_REPORT_KIND_BYTES_H

#include "core.h"

/* Writes hostmem_stats.kind_bytes. All are 0 if nothing was named. Goes through all reservations and views in the
 * books, without a call of the operating system. */
void hmi_kind_bytes_read(hmi_core *core, UINT64 bytes[HOSTMEM_KINDS]);

#endif
