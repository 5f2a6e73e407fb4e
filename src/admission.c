/* The order is: closed, faults on purpose, attempt, wait, fail fast. Holds nothing, in particular not while it
 * waits. */
#include "admission.h"

#include <corerror.h>

HRESULT hostmem_admission_deny(hostmem_core *core, hostmem_operation operation, UINT32 level)
{
    hostmem_core_fail(core, operation,
                      operation == HOSTMEM_OPERATION_VIRTUAL_ALLOC ? ERROR_COMMITMENT_LIMIT : ERROR_NOT_ENOUGH_MEMORY);
    hostmem_core_count_refusal(core, HOST_E_CLRNOTAVAILABLE, level);
    return HOST_E_CLRNOTAVAILABLE;
}

/* What the instance is after a step: another thread may have gone on since. */
static void report_state(hostmem_core *core, UINT32 closed)
{
    if (hostmem_events_wanted(core->events))
        hostmem_events_report(
            core->events,
            &(hostmem_trace_event){.what = HOSTMEM_TRACE_CLOSED, .level = HOSTMEM_TRACE_NO_LEVEL, .value = closed});
}

void hostmem_admission_close(hostmem_core *core, UINT32 reason)
{
    report_state(core, atomic_fetch_or(&core->closed, reason) | reason);
    hostmem_waiting_wake_all(&core->budget->waiting);
}

void hostmem_admission_open(hostmem_core *core, UINT32 reason)
{
    report_state(core, atomic_fetch_and(&core->closed, ~reason) & ~reason);
}

static bool is_cancelled(void *context)
{
    hostmem_core *core = context;
    return hostmem_pressure_is_shut_down(core->pressure) || hostmem_admission_is_closed(core);
}

static UINT32 wait_for_memory(hostmem_core *core, const hostmem_request *request, UINT32 timeout_ms)
{
    const hostmem_wish wish = {
        .bytes = request->bytes,
        .level = request->call.level,
        .timeout_ms = timeout_ms,
        .attempt = request->attempt,
        .cancelled = is_cancelled,
        .context = request->context,
        .cancel_context = core,
    };
    UINT64 start_ms = core->os->now_ms(core->os), waited_ms;
    UINT32 error;
    atomic_fetch_add_explicit(&core->waits[request->call.level], 1, memory_order_relaxed);
    hostmem_budget_hold_shares(core->budget); /* what is freed has to be seen to be free */
    error = hostmem_waiting_try(&core->budget->waiting, &wish);
    hostmem_budget_let_shares_go(core->budget);
    waited_ms = core->os->now_ms(core->os) - start_ms;
    atomic_fetch_add_explicit(&core->wait_ms[request->call.level], waited_ms, memory_order_relaxed);
    if (hostmem_events_wanted(core->events))
        hostmem_events_report(
            core->events,
            &(hostmem_trace_event){.what = HOSTMEM_TRACE_WAITED,
                                   .level = (uint8_t)request->call.level,
                                   .result = error ? (uint32_t)hostmem_failure_hresult(request->operation, error) : 0,
                                   .value = (uint32_t)waited_ms,
                                   .size = request->call.size});
    return error;
}

/* How an out-of-memory request ends that did not wait, or waited in vain. */
static HRESULT end_refused(hostmem_core *core, const hostmem_request *request, UINT32 error)
{
    HRESULT hr = hostmem_core_fail(core, request->operation, error);
    if (hr != E_OUTOFMEMORY && hr != HOST_E_TIMEOUT && hr != HOST_E_ABANDONED)
        return hr;
    if (request->call.level == eProcessCritical &&
        (atomic_load_explicit(&core->budget->flags, memory_order_relaxed) & HOSTMEM_FAIL_FAST)) {
        hostmem_admission_close(core, HOSTMEM_CLOSED_BY_LATCH);
        hr = E_FAIL;
    }
    hostmem_core_count_refusal(core, hr, request->call.level);
    return hr;
}

HRESULT hostmem_admission_refuse(hostmem_core *core, const hostmem_request *request, UINT32 error)
{
    if (!hostmem_failure_is_out_of_memory(error))
        return hostmem_core_fail(core, request->operation, error);
    hostmem_pressure_refused(core->pressure);
    return end_refused(core, request, error);
}

/* The same for a request that may wait. What no address space holds waits for nothing. */
static HRESULT wait_or_refuse(hostmem_core *core, const hostmem_request *request, UINT32 error)
{
    UINT32 timeout_ms = atomic_load_explicit(&core->budget->wait_ms[request->call.level], memory_order_relaxed);
    if (!timeout_ms || !hostmem_failure_is_out_of_memory(error) || request->call.size > core->info.highest_address ||
        hostmem_pressure_is_shut_down(core->pressure) || core->os->process_is_ending(core->os))
        return hostmem_admission_refuse(core, request, error);
    hostmem_pressure_refused(core->pressure);
    error = wait_for_memory(core, request, timeout_ms);
    if (!error)
        return S_OK;
    if (error == ERROR_OPERATION_ABORTED && hostmem_admission_is_closed(core))
        return hostmem_admission_deny(core, request->operation, request->call.level);
    return end_refused(core, request, error);
}

/* The attempt of a request that is to stay refused. */
static UINT32 fail_on_purpose(void *fault)
{
    return ((const hostmem_fault *)fault)->error;
}

HRESULT hostmem_admission_request_carefully(hostmem_core *core, const hostmem_request *request)
{
    UINT32 last_error = core->os->get_last_error(core->os), error;
    hostmem_request hopeless;
    hostmem_fault fault = {0, false};
    HRESULT hr;
    if (hostmem_admission_is_closed(core))
        return hostmem_admission_deny(core, request->operation, request->call.level);
    if (hostmem_faults_any(&core->faults))
        fault = hostmem_faults_decide(&core->faults, &request->call);
    error = fault.error ? fault.error : request->attempt(request->context);
    if (!error)
        return S_OK;
    if (fault.error && fault.lasting) {
        hopeless = *request;
        hopeless.attempt = fail_on_purpose;
        hopeless.context = &fault;
        request = &hopeless;
    }
    hr = wait_or_refuse(core, request, error);
    if (hr == S_OK)
        core->os->set_last_error(core->os, last_error); /* the system's first refusal has changed it */
    return hr;
}
