/* Windows' performance counters of an instance: which figures they show, and the instance's entry in the counter set.
 * Belongs to the instance's handle. */
#ifndef HMI_COUNTERS_COUNTERS_H
#define HMI_COUNTERS_COUNTERS_H

#include <hostmem/counters.h>

#include <stdatomic.h>
#include <stdint.h>

#include "core.h"
#include "os/os.h"

#define HMI_COUNTERS 18

/* As hostmem.man describes it; a test compares them. */
extern const hmi_os_counter_set hmi_counter_set;

typedef struct hmi_counters {
    hmi_core *core; /* borrowed */
    _Atomic UINT32 state;
    void *entry; /* in the set, while it is started */
    _Atomic uint64_t values[HMI_COUNTERS];
} hmi_counters;

/* Like hostmem_counters_start and hostmem_counters_stop. self is zeroed before the first start, and must stay where
 * it is until the stop. number: the instance's in the process. config must be complete. May change the last error. */
HRESULT hmi_counters_start(hmi_counters *self, hmi_core *core, UINT32 number, const hostmem_counters_config *config);
HRESULT hmi_counters_stop(hmi_counters *self);

/* Computes the values from an instance's figures. */
void hmi_counters_set(hmi_counters *self, const hostmem_stats *stats);

#endif
