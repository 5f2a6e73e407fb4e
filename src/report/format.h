/* The formats of hostmem_format_stats. Each writer gets a hostmem_stats of this version, and the size that the caller's
 * version has: members beyond that size are 0 and not written. */
#ifndef HMI_REPORT_FORMAT_H
#define HMI_REPORT_FORMAT_H

#include <hostmem/hostmem.h>

#include "core.h"
#include "base/output.h"

/* What to write. name may be NULL. */
typedef struct hmi_format_subject {
    const hostmem_stats *stats;
    UINT32 size;
    const char *name;
} hmi_format_subject;

void hmi_format_text(hmi_output *output, const hmi_format_subject *subject);
void hmi_format_json(hmi_output *output, const hmi_format_subject *subject);
/* Each instance has the size of its caller's version. openmetrics: FALSE: the older text format of Prometheus. */
void hmi_format_metrics(hmi_output *output, const hostmem_named_stats *instances, UINT32 count, BOOL openmetrics);

#endif
