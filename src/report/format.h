/* The forms that hostmem_format_stats can write. Each writer is given a whole hostmem_stats, and its size as the
 * caller's: what lies beyond that is 0 and not to be shown. */
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
/* Of several instances, each with the size that its caller knows. openmetrics: else in the format of Prometheus. */
void hmi_format_metrics(hmi_output *output, const hostmem_named_stats *instances, UINT32 count, BOOL openmetrics);

#endif
