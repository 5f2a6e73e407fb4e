/* What becomes of a request of memory: the upper half of the failure table. A request is an attempt that may be made
 * again; one that is refused may wait, and one that stays refused may close the instance. */
#ifndef HMI_MEMORY_ADMISSION_H
#define HMI_MEMORY_ADMISSION_H

#include "base/compiler.h"
#include "core_state.h"

/* Charges the budget, asks the operating system and records the result; undoes all of it if it fails. Returns a Win32
 * error, 0 for success. */
typedef UINT32 hmi_attempt(void *context);

typedef struct hmi_request {
    hmi_operation operation;
    hmi_call call;  /* as rules for faults see it; its level is that of the request */
    uint64_t bytes; /* how much is wanted, for waiting */
    hmi_attempt *attempt;
    void *context; /* of the attempt */
} hmi_request;

/* Whether the instance takes no requests. */
static inline bool hmi_admission_is_closed(hmi_core *core)
{
    return atomic_load(&core->closed) != 0; /* in one order with the waiters, so that none sleeps on */
}

/* The parts of the next function that few requests come to: one where more than the attempt may have to happen, and one
 * that was refused and does not wait. */
HRESULT hmi_admission_request_slow_path(hmi_core *core, const hmi_request *request);
HRESULT hmi_admission_refuse(hmi_core *core, const hmi_request *request, UINT32 error);

/* Makes the attempt, waits and repeats it as the budget says, and ends the call: returns what the CLR gets, with the
 * thread's last error set if that is a failure. A fault on purpose takes the place of attempts. In line, so that the
 * attempt is, too, and the request by value, so that it is in memory only where it is looked at. */
HMI_ALWAYS_INLINE HRESULT hmi_admission_request(hmi_core *core, const hmi_request wanted)
{
    UINT32 error;
    if (hmi_admission_is_closed(core) || hmi_faults_any(&core->faults) ||
        atomic_load_explicit(&core->budget->wait_ms[wanted.call.level], memory_order_relaxed)) {
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

/* Closes the instance for a reason (HMI_CLOSED_ bits); requests that wait end with the result of the next
 * function. */
void hmi_admission_close(hmi_core *core, UINT32 reason);

/* Takes a reason back. */
void hmi_admission_open(hmi_core *core, UINT32 reason);

/* The result of a request to a closed instance, which is counted. level may be HMI_NO_LEVEL. */
HRESULT hmi_admission_deny(hmi_core *core, hmi_operation operation, UINT32 level);

#endif
