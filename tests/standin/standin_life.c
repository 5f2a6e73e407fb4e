/* Complete runs of a runtime. See standin_life.h. */
#define COBJMACROS
#include "standin_life.h"

#include <string.h>

static hostmem_stats stats_of(const standin_plan *plan, hostmem *memory)
{
    hostmem_stats stats = {.size = sizeof(stats)};

    hostmem_get_stats(memory, &stats);
    if (plan->at_rest)
        plan->at_rest(plan->context, memory);
    return stats;
}

static DWORD execute(ICLRRuntimeHost *host, const standin_plan *plan, HRESULT *hr)
{
    DWORD result = STANDIN_LIFE_NO_RESULT;

    *hr = ICLRRuntimeHost_ExecuteInDefaultAppDomain(host, L"Trees.exe", L"Trees", plan->method ? plan->method : L"Run",
                                                    plan->argument ? plan->argument : L"15,4", &result);
    return result;
}

static void run_started(ICLRRuntimeHost *host, hostmem *memory, standin_proxy *proxy, const standin_plan *plan,
                        standin_life *life)
{
    life->started = stats_of(plan, memory);
    if (plan->notify_low)
        ICLRMemoryNotificationCallback_OnMemoryNotification(proxy->callback, eMemoryAvailableLow);
    life->result = execute(host, plan, &life->run);
    life->ran = stats_of(plan, memory);
    if (plan->run_again_freely) {
        HRESULT hr;

        hostmem_set_limit(memory, 0);
        life->second_result = execute(host, plan, &hr);
    }
    life->finished = stats_of(plan, memory);
}

void standin_live(const standin_plan *plan, standin_life *life)
{
    hostmem_config config = {
        .size = sizeof(config), .limit_bytes = plan->limit_bytes, .budget_config = plan->budget, .os = plan->os};
    standin_proxy proxy;
    hostmem *memory;
    IHostMemoryManager *manager;
    IHostControl *control;
    ICLRRuntimeHost *host;

    memset(life, 0, sizeof(*life));
    life->start = life->run = E_UNEXPECTED;
    life->set_control = hostmem_create(&config, &memory);
    if (life->set_control != S_OK)
        return;
    hostmem_get_manager(memory, &manager);
    life->set_control = hostmem_get_control(memory, NULL, &control);
    if (life->set_control != S_OK) {
        IHostMemoryManager_Release(manager);
        life->left_over = hostmem_release(memory);
        return;
    }
    standin_proxy_init(&proxy, manager);
    proxy.fault = plan->fault;
    proxy.refuse_after = plan->refuse_after;
    standin_clr_create(&host);

    life->set_control = ICLRRuntimeHost_SetHostControl(host, plan->proxied ? &proxy.IHostControl_iface : control);
    if (life->set_control == S_OK) {
        life->start = ICLRRuntimeHost_Start(host);
        memcpy(life->levels_before_start, (const void *)proxy.levels, sizeof(proxy.levels));
    }
    if (life->start == S_OK)
        run_started(host, memory, &proxy, plan, life);
    memcpy(life->levels, (const void *)proxy.levels, sizeof(proxy.levels));
    life->refused = plan->refuse_after && proxy.refuse_after <= 0;
    hostmem_shutdown(memory);
    standin_clr_report(host, &life->report);
    if (plan->fault == PAGES_NOT_TAKEN_BACK || plan->fault == PAGES_NOT_DECOMMITTED)
        proxy.fault = HONEST;
    standin_clr_end_process(host);

    life->ended = stats_of(plan, memory);
    IHostControl_Release(control);
    IHostMemoryManager_Release(manager);
    life->left_over = hostmem_release(memory);
}
