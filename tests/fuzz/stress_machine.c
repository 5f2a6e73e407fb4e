/* Changes below the library: its policy, the machine's limits, and failing calls of the system. Also the calls with
 * which the library is told of them or asked about them. */
#include "stress_state.h"

static void do_load(stress *s)
{
    DWORD load = STRESS_POISON;
    SIZE_T available = STRESS_POISON;
    stress_before_call(s);
    stress_after_call(s, IHostMemoryManager_GetMemoryLoad(s->manager, &load, &available));
    if (s->hr == S_OK ? load > 100 : load || available)
        stress_fail(s, "%#lx with a load of %lu and %llu bytes", (unsigned long)(UINT32)s->hr, (unsigned long)load,
                    (unsigned long long)available);
}

static void do_view(stress *s, const fuzz_op *op)
{
    void *address = (void *)stress_address(s, op);
    if ((op->choice & 48) == 16 && s->view_count == FUZZ_VIEWS)
        return;
    s->done = TRUE;
    if (op->choice & 32)
        s->hr = IHostMemoryManager_NeedsVirtualAddressSpace(s->manager, address, op->size);
    else if (op->choice & 16)
        s->hr = IHostMemoryManager_AcquiredVirtualAddressSpace(s->manager, address, op->size);
    else
        s->hr = IHostMemoryManager_ReleasedVirtualAddressSpace(s->manager, address);
    if ((op->choice & 48) == 16 && s->hr == S_OK)
        s->views[s->view_count++] = (UINT_PTR)address;
    if (s->hr != S_OK && s->hr != E_INVALIDARG && s->hr != E_OUTOFMEMORY)
        stress_fail(s, "%#lx for a view", (unsigned long)(UINT32)s->hr);
}

static void set_policy(stress *s, const fuzz_op *op)
{
    hostmem_budget_config policy = s->policy;
    HRESULT hr;
    policy.limit_bytes = op->choice & 16 ? op->size % ((SIZE_T)1 << 21) : 0;
    policy.app_domain_reserve_bytes = op->choice & 32 ? op->offset % ((SIZE_T)1 << 18) : 0;
    policy.process_reserve_bytes = op->choice & 64 ? op->slot * 4096u : 0;
    policy.flags = op->choice & 128 ? HOSTMEM_NO_PROCESS_OVERDRAFT : 0;
    hr = hostmem_budget_configure(s->budget, &policy);
    if (hr == S_OK)
        s->policy = policy;
    else if (hr != E_INVALIDARG)
        stress_fail(s, "%#lx for a policy", (unsigned long)(UINT32)hr);
}

static void set_limit(stress *s, const fuzz_op *op)
{
    UINT64 bytes = op->choice & 16 ? op->size % ((SIZE_T)1 << 20) : 0;
    HRESULT hr = hostmem_set_limit(s->instance, bytes);
    if (hr == S_OK)
        s->policy.limit_bytes = bytes;
    else if (hr != E_INVALIDARG)
        stress_fail(s, "%#lx for a limit", (unsigned long)(UINT32)hr);
}

static void set_machine(stress *s, const fuzz_op *op)
{
    hmi_os_memory memory = {.load_percent = op->choice % 101, .total_physical = (UINT64)1 << 34};
    hmi_os_job job = {.process_limit = op->size, .process_used = op->offset};
    memory.available_physical = memory.total_physical / 100 * (100 - memory.load_percent);
    sim_os_set_memory_status(s->sim, &memory);
    sim_os_set_job(s->sim, &job);
    sim_os_set_nodes(s->sim, 1 + op->slot, op->slot);
    sim_os_set_working_set(s->sim, (op->choice & 48u) << 12, (op->choice & 192u) << 12, 0);
    do_load(s);
}

/* Makes one call fail, and only one: the library promises an unchanged state if the system refuses one call, not if
 * it then also refuses to undo the first part. Locks that cannot be taken, and addresses where a view would not
 * fit, are such refusals already: VirtualFree is not made to fail with them. */
static void fail_one_call(stress *s, const fuzz_op *op)
{
    static const UINT32 errors[] = {ERROR_NOT_ENOUGH_MEMORY,   ERROR_COMMITMENT_LIMIT,  ERROR_INVALID_ADDRESS,
                                    ERROR_ACCESS_DENIED,       ERROR_WORKING_SET_QUOTA, ERROR_INVALID_PARAMETER,
                                    ERROR_NO_SYSTEM_RESOURCES, ERROR_INVALID_HANDLE};
    static const UINT32 kinds[] = {SIM_SET(SIM_VIRTUAL_ALLOC),     SIM_SET(SIM_VIRTUAL_FREE),
                                   SIM_SET(SIM_VIRTUAL_QUERY),     SIM_SET(SIM_VIRTUAL_PROTECT),
                                   SIM_SET(SIM_HEAP_CREATE),       SIM_SET(SIM_HEAP_ALLOC),
                                   SIM_SET(SIM_HEAP_FREE),         SIM_SET(SIM_TABLE_RESERVE),
                                   SIM_SET(SIM_TABLE_COMMIT),      SIM_SET(SIM_OBJECT_ALLOC),
                                   SIM_SET(SIM_MEMORY_STATUS),     SIM_SET(SIM_VIRTUAL_ALLOC_NODE),
                                   SIM_SET(SIM_CURRENT_NODE),      SIM_SET(SIM_VIRTUAL_LOCK),
                                   SIM_SET(SIM_WORKING_SET_RAISE), SIM_ALL_KINDS};
    UINT32 kind = kinds[op->slot ? (op->choice >> 4) % 16u : 15u];
    if ((s->flags & HOSTMEM_LOCK_STRICT) || s->keeps_addresses)
        kind &= ~SIM_SET(SIM_VIRTUAL_FREE);
    sim_os_fail(s->sim, kind, (UINT32)(op->offset / FUZZ_PAGE % 16), 1, errors[op->size % 8]);
}

void stress_control(stress *s, const fuzz_op *op)
{
    s->done = TRUE;
    switch (op->choice % 16) {
    case 0:
    case 1:
        set_policy(s, op);
        break;
    case 2:
    case 3:
        set_limit(s, op);
        break;
    case 4:
        set_machine(s, op);
        break;
    case 5:
        sim_os_set_commit_limit(s->sim, op->choice & 16 ? op->size % ((SIZE_T)1 << 22) : 0);
        break;
    case 6:
        sim_os_set_reserve_limit(s->sim, op->choice & 16 ? op->size % ((SIZE_T)1 << 23) : 0);
        break;
    case 7:
        hostmem_set_clr_state(s->instance, op->choice & 16 ? HOSTMEM_CLR_NOT_AVAILABLE : HOSTMEM_CLR_AVAILABLE);
        break;
    case 8:
        do_view(s, op);
        break;
    case 9:
        do_load(s);
        break;
    default:
        fail_one_call(s, op);
        break;
    }
}
