/* hostmem_baseline: what an instance held at one moment, to compare with. Constant once it is made. */
#include <hostmem/hostmem.h>

#include "core.h"
#include "origins.h"
#include "sized.h"

struct hostmem_baseline {
    hostmem_core *core;
    hostmem_origins *origins;
    hostmem_stats stats;
};

HRESULT hostmem_baseline_create(hostmem *instance, hostmem_baseline **out)
{
    hostmem_baseline *baseline;
    hostmem_core *core;
    if (out)
        *out = NULL;
    if (!instance || !out)
        return E_POINTER;
    core = hostmem_core_of(instance);
    baseline = core->os->object_alloc(core->os, sizeof *baseline);
    if (!baseline)
        return E_OUTOFMEMORY;
    baseline->origins = hostmem_origins_collect(core);
    if (!baseline->origins) {
        core->os->object_free(core->os, baseline);
        return E_OUTOFMEMORY;
    }
    baseline->stats.size = sizeof baseline->stats;
    hostmem_core_stats(core, &baseline->stats);
    baseline->core = core;
    hostmem_core_add_ref(core);
    *out = baseline;
    return S_OK;
}

void hostmem_baseline_release(hostmem_baseline *baseline)
{
    hostmem_core *core;
    if (!baseline)
        return;
    core = baseline->core;
    hostmem_origins_free(baseline->origins);
    core->os->object_free(core->os, baseline);
    hostmem_core_release(core);
}

HRESULT hostmem_baseline_get_stats(const hostmem_baseline *baseline, hostmem_stats *stats)
{
    if (!baseline || !stats)
        return E_POINTER;
    if (stats->size < HOSTMEM_FIRST_STATS_SIZE)
        return E_INVALIDARG;
    hostmem_sized_write(stats, &baseline->stats, sizeof baseline->stats);
    return S_OK;
}

HRESULT hostmem_baseline_for_each_growth(const hostmem_baseline *baseline, hostmem_growth_visitor *visitor,
                                         void *context)
{
    hostmem_origins *now;
    bool done;
    if (!baseline || !visitor)
        return E_POINTER;
    now = hostmem_origins_collect(baseline->core);
    if (!now)
        return E_OUTOFMEMORY;
    hostmem_origins_compare(now, baseline->origins);
    done = hostmem_origins_visit_growth(now, visitor, context);
    hostmem_origins_free(now);
    return done ? S_OK : S_FALSE;
}
