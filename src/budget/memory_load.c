/* The memory load: the operating system's, or that of a limit that leaves less. No state. */
#include "budget/memory_load.h"

static UINT32 percent_of(uint64_t part, uint64_t whole)
{
    if (part >= whole)
        return 100;
    for (; whole > UINT64_MAX / 100; whole >>= 1)
        part >>= 1;
    return (UINT32)(part * 100 / whole);
}

/* limit: 0: none. */
static void tighten(hmi_memory_load *load, uint64_t used, uint64_t limit)
{
    uint64_t left = used < limit ? limit - used : 0;
    if (!limit)
        return;
    if (percent_of(used, limit) > load->load_percent)
        load->load_percent = percent_of(used, limit);
    if (left < load->available_bytes)
        load->available_bytes = left;
}

UINT32 hmi_memory_load_now(hostmem_os *os, hostmem_budget *budget, hmi_memory_load *load)
{
    hmi_os_memory physical;
    hmi_os_job job;
    UINT32 error = os->memory_status(os, &physical);
    if (error)
        return error;
    os->job_status(os, &job);
    load->load_percent = physical.load_percent;
    load->available_bytes = physical.available_physical;
    tighten(load, job.process_used, job.process_limit);
    tighten(load, job.job_used, job.job_limit);
    tighten(load, hmi_budget_used(budget), hmi_budget_limit(budget));
    return 0;
}
