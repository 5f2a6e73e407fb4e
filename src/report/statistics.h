/* The figures of an instance, for hostmem_stats. */
#ifndef HMI_REPORT_STATISTICS_H
#define HMI_REPORT_STATISTICS_H

#include "core.h"

/* The size of hostmem_stats in the first version; smaller sizes are errors. */
#define HMI_FIRST_STATS_SIZE (offsetof(hostmem_stats, refused) + sizeof(UINT64[3]))

/* Writes every figure except largest_free_bytes and kind_bytes; stats->size and reserved_word are not changed. */
void hmi_statistics_read(hmi_core *core, hostmem_stats *stats);

#endif
