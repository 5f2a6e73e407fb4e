/* The order is: closed, injected faults, attempt, wait, fail fast. Holds no lock, in particular not while waiting.
 * Checked against ARM's memory model: `closed` is sequentially consistent with the waiters; relaxed are counters, and
 * settings of the budget, each of which is used alone. */
#include "memory/admission.h"

#include "core_state.h"

#include <corerror.h>

HRESULT hmi_admission_deny(hmi_core *core, hmi_operation operation, UINT32 level)
{
    hmi_core_fail(core, operation,
                  operation == HMI_OPERATION_VIRTUAL_ALLOC ? ERROR_COMMITMENT_LIMIT : ERROR_NOT_ENOUGH_MEMORY);
    hmi_core_count_denied(core, level);
    return HOST_E_CLRNOTAVAILABLE;
}

/* Reports the state after a change; another thread may have changed it again since. */
static void report_state(hmi_core *core, UINT32 closed)
{
    if (hmi_events_wanted(core->events))
        hmi_events_report(
            core->events,
            &(hostmem_trace_event){.what = HOSTMEM_TRACE_CLOSED, .level = HOSTMEM_TRACE_NO_LEVEL, .value = closed});
}

void hmi_admission_close(hmi_core *core, UINT32 reason)
{
    report_state(core, atomic_fetch_or(&core->closed, reason) | reason);
    hmi_waiting_wake_all(&core->budget->waiting);
}

void hmi_admission_open(hmi_core *core, UINT32 reason)
{
    report_state(core, atomic_fetch_and(&core->closed, ~reason) & ~reason);
}

static bool is_cancelled(void *context)
{
    hmi_core *core = context;
    return hmi_notifier_is_shut_down(core->notifier) || hmi_admission_is_closed(core);
}

/* The attempts of a waiting request; keeps the error of the last one, because the wait ends with another error. */
typedef struct noted_attempt {
    const hmi_request *request;
    UINT32 error;
} noted_attempt;

static UINT32 attempt_and_note(void *context)
{
    noted_attempt *noted = context;
    UINT32 error = noted->request->attempt(noted->request->context);
    if (error)
        noted->error = error;
    return error;
}

/* cause: the error of the first attempt; receives that of the last. */
static UINT32 wait_for_memory(hmi_core *core, const hmi_request *request, UINT32 timeout_ms, UINT32 *cause)
{
    noted_attempt noted = {request, *cause};
    const hmi_wait_request wait_request = {
        .bytes = request->bytes,
        .level = request->call.level,
        .timeout_ms = timeout_ms,
        .attempt = attempt_and_note,
        .cancelled = is_cancelled,
        .context = &noted,
        .cancel_context = core,
    };
    UINT64 start_ms = core->os->now_ms(core->os), waited_ms;
    UINT32 error;
    atomic_fetch_add_explicit(&core->waits[request->call.level], 1, memory_order_relaxed);
    error = hmi_waiting_try(&core->budget->waiting, &wait_request);
    *cause = noted.error;
    waited_ms = core->os->now_ms(core->os) - start_ms;
    atomic_fetch_add_explicit(&core->wait_ms[request->call.level], waited_ms, memory_order_relaxed);
    if (hmi_events_wanted(core->events))
        hmi_events_report(
            core->events,
            &(hostmem_trace_event){.what = HOSTMEM_TRACE_WAITED,
                                   .level = (uint8_t)request->call.level,
                                   .result = error ? (uint32_t)hmi_failure_hresult(request->operation, error) : 0,
                                   .value = (uint32_t)waited_ms,
                                   .size = request->call.size});
    return error;
}

/* The result of a request that ran out of memory without waiting, or after waiting in vain. cause: the error of its
 * last attempt. */
static HRESULT end_refused(hmi_core *core, const hmi_request *request, UINT32 error, UINT32 cause)
{
    HRESULT hr = hmi_core_fail(core, request->operation, error);
    if (hr != E_OUTOFMEMORY && hr != HOST_E_TIMEOUT && hr != HOST_E_ABANDONED)
        return hr;
    if (request->call.level == eProcessCritical &&
        (atomic_load_explicit(&core->budget->flags, memory_order_relaxed) & HOSTMEM_FAIL_FAST)) {
        hmi_admission_close(core, HMI_CLOSED_BY_LATCH);
        hr = E_FAIL;
    }
    hmi_core_count_refusal(core, hr, request->call.level, request->call.size, cause);
    return hr;
}

HRESULT hmi_admission_refuse(hmi_core *core, const hmi_request *request, UINT32 error)
{
    if (!hmi_failure_is_out_of_memory(error))
        return hmi_core_fail(core, request->operation, error);
    hmi_notifier_refused(core->notifier);
    return end_refused(core, request, error, error);
}

/* The same for a request that may wait. Requests larger than the address space do not wait. */
static HRESULT wait_or_refuse(hmi_core *core, const hmi_request *request, UINT32 error)
{
    UINT32 timeout_ms = atomic_load_explicit(&core->budget->wait_ms[request->call.level], memory_order_relaxed);
    UINT32 cause = error;
    if (!timeout_ms || !hmi_failure_is_out_of_memory(error) || request->call.size > core->info.highest_address ||
        hmi_notifier_is_shut_down(core->notifier) || core->os->process_is_ending(core->os))
        return hmi_admission_refuse(core, request, error);
    hmi_notifier_refused(core->notifier);
    error = wait_for_memory(core, request, timeout_ms, &cause);
    if (!error)
        return S_OK;
    if (error == ERROR_OPERATION_ABORTED && hmi_admission_is_closed(core))
        return hmi_admission_deny(core, request->operation, request->call.level);
    return end_refused(core, request, error, cause);
}

/* The attempt of a request that an injected fault makes fail. */
static UINT32 fail_on_purpose(void *fault)
{
    return ((const hmi_fault *)fault)->error;
}

HRESULT hmi_admission_request_slow_path(hmi_core *core, const hmi_request *request)
{
    UINT32 last_error = core->os->get_last_error(core->os), error;
    hmi_request hopeless;
    hmi_fault fault = {0, false};
    HRESULT hr;
    if (hmi_admission_is_closed(core))
        return hmi_admission_deny(core, request->operation, request->call.level);
    if (hmi_faults_any(&core->faults))
        fault = hmi_faults_decide(&core->faults, &request->call);
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
        core->os->set_last_error(core->os, last_error); /* the system's first refusal has changed the last error */
    return hr;
}
