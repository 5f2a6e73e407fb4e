/* The figures of an instance, as hostmem_stats has them. */
#ifndef HMI_REPORT_STATISTICS_H
#define HMI_REPORT_STATISTICS_H

#include "core.h"

/* The size of hostmem_stats in the first version: the least that a caller can mean. */
#define HMI_FIRST_STATS_SIZE (offsetof(hostmem_stats, refused) + sizeof(UINT64[3]))

/* Writes every figure but largest_free_bytes; stats->size and reserved_word are left alone. */
void hmi_statistics_read(hmi_core *core, hostmem_stats *stats);

#endif
