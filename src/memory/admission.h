/* Decides about requests for memory: the upper half of the failure table. A request is an attempt that can be repeated.
 * A refused request may wait; one that stays refused may close the instance. */
#ifndef HMI_MEMORY_ADMISSION_H
#define HMI_MEMORY_ADMISSION_H

#include "base/compiler.h"
#include "core_state.h"

/* Charges the budget, asks the operating system and records the result; cancels all of it on failure. Returns a Win32
 * error, 0 for success; HMI_BY_BUDGET is added if the budget refused. */
typedef UINT32 hmi_attempt(void *context);

typedef struct hmi_request {
    hmi_operation operation;
    hmi_call call;  /* for fault rules; its level is the request's */
    uint64_t bytes; /* how many bytes are wanted, for waiting */
    hmi_attempt *attempt;
    void *context; /* passed to attempt */
} hmi_request;

/* Whether the instance refuses all requests. */
static inline bool hmi_admission_is_closed(hmi_core *core)
{
    return atomic_load(&core->closed) != 0; /* sequentially consistent, so that no waiting request misses it */
}

/* Parts of the next function for rare cases: when more than the attempt may have to be done, and when an attempt was
 * refused and must not wait. */
HRESULT hmi_admission_request_slow_path(hmi_core *core, const hmi_request *request);
HRESULT hmi_admission_refuse(hmi_core *core, const hmi_request *request, UINT32 error);

/* Whether a request needs nothing but its attempt: the instance is open, no fault can be injected, and requests of this
 * level do not wait. */
static inline bool hmi_admission_is_plain(hmi_core *core, UINT32 level)
{
    return !hmi_admission_is_closed(core) && !hmi_faults_any(&core->faults) &&
           !atomic_load_explicit(&core->budget->wait_ms[level], memory_order_relaxed);
}

/* Makes the attempt, waits and repeats it as the budget is configured, and ends the call: returns the HRESULT for the
 * CLR, and sets the thread's last error on failure. An injected fault replaces attempts. Inline, so that the attempt is
 * inlined, too; the request is passed by value, so that it is in memory only where its address is needed. */
HMI_ALWAYS_INLINE HRESULT hmi_admission_request(hmi_core *core, const hmi_request wanted)
{
    UINT32 error;
    if (!hmi_admission_is_plain(core, wanted.call.level)) {
        const hmi_request request = wanted;
        return hmi_admission_request_slow_path(core, &request);
    }
    error = wanted.attempt(wanted.context);
    if (error) {
        const hmi_request request = wanted;
        return hmi_admission_refuse(core, &request, error);
    }
    return S_OK;
}

/* Closes the instance for a reason (HMI_CLOSED_ bits). Waiting requests end with the result of hmi_admission_deny. */
void hmi_admission_close(hmi_core *core, UINT32 reason);

/* Removes a reason. */
void hmi_admission_open(hmi_core *core, UINT32 reason);

/* Returns the result of a request to a closed instance, and counts it. level may be HMI_NO_LEVEL. */
HRESULT hmi_admission_deny(hmi_core *core, hmi_operation operation, UINT32 level);

#endif
