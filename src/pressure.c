/* Memory load: what the operating system says, tightened by the limit. No state of its own. */
#include "pressure.h"

static UINT32 percent_of(uint64_t part, uint64_t whole)
{
    if (part >= whole)
        return 100;
    for (; whole > UINT64_MAX / 100; whole >>= 1)
        part >>= 1;
    return (UINT32)(part * 100 / whole);
}

UINT32 hostmem_pressure_load(hostmem_core *core, hostmem_load *load)
{
    uint64_t limit = hostmem_budget_limit(&core->budget);
    uint64_t used = atomic_load_explicit(&core->budget.used_bytes, memory_order_relaxed);
    hostmem_os_memory physical;
    UINT32 error = core->os->memory_status(core->os, &physical);
    if (error)
        return error;
    load->load_percent = physical.load_percent;
    load->available_bytes = physical.available_physical;
    if (limit) {
        uint64_t left = used < limit ? limit - used : 0;
        if (percent_of(used, limit) > load->load_percent)
            load->load_percent = percent_of(used, limit);
        if (left < load->available_bytes)
            load->available_bytes = left;
    }
    return 0;
}
