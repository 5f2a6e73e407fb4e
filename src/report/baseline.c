/* hostmem_baseline: what an instance had allocated at one moment, to compare with. Constant once it is made. */
#include <hostmem/hostmem.h>

#include "core_state.h"
#include "report/kind_bytes.h"
#include "report/origins.h"
#include "base/sized.h"
#include "report/statistics.h"

struct hostmem_baseline {
    hmi_core *core;
    hmi_origins *origins;
    hostmem_stats stats;
};

HRESULT hostmem_baseline_create(hostmem *instance, hostmem_baseline **out)
{
    hostmem_baseline *baseline;
    hmi_core *core;
    if (out)
        *out = NULL;
    if (!instance || !out)
        return E_POINTER;
    core = hmi_core_of(instance);
    baseline = core->os->object_alloc(core->os, sizeof *baseline);
    if (!baseline)
        return E_OUTOFMEMORY;
    baseline->origins = hmi_origins_collect(core);
    if (!baseline->origins) {
        core->os->object_free(core->os, baseline);
        return E_OUTOFMEMORY;
    }
    baseline->stats.size = sizeof baseline->stats;
    hmi_statistics_read(core, &baseline->stats);
    hmi_kind_bytes_read(core, baseline->stats.kind_bytes);
    baseline->core = core;
    hmi_core_add_ref(core);
    *out = baseline;
    return S_OK;
}

void hostmem_baseline_release(hostmem_baseline *baseline)
{
    hmi_core *core;
    if (!baseline)
        return;
    core = baseline->core;
    hmi_origins_free(baseline->origins);
    core->os->object_free(core->os, baseline);
    hmi_core_release(core);
}

HRESULT hostmem_baseline_get_stats(const hostmem_baseline *baseline, hostmem_stats *stats)
{
    if (!baseline || !stats)
        return E_POINTER;
    if (stats->size < HMI_FIRST_STATS_SIZE)
        return E_INVALIDARG;
    hmi_sized_write(stats, &baseline->stats, sizeof baseline->stats);
    return S_OK;
}

HRESULT hostmem_baseline_for_each_growth(const hostmem_baseline *baseline, hostmem_growth_visitor *visitor,
                                         void *context)
{
    hmi_origins *now;
    bool done;
    if (!baseline || !visitor)
        return E_POINTER;
    now = hmi_origins_collect(baseline->core);
    if (!now)
        return E_OUTOFMEMORY;
    hmi_origins_compare(now, baseline->origins);
    done = hmi_origins_visit_growth(now, visitor, context);
    hmi_origins_free(now);
    return done ? S_OK : S_FALSE;
}
