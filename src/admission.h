/* What becomes of a request of memory: the upper half of the failure table. A request is an attempt that may be made
 * again; one that is refused may wait, and one that stays refused may close the instance. */
#ifndef HOSTMEM_SRC_ADMISSION_H
#define HOSTMEM_SRC_ADMISSION_H

#include "compiler.h"
#include "core.h"

/* Charges the budget, asks the operating system and records the result; undoes all of it if it fails. Returns a Win32
 * error, 0 for success. */
typedef UINT32 hostmem_attempt(void *context);

typedef struct hostmem_request {
    hostmem_operation operation;
    hostmem_call call; /* as rules for faults see it; its level is that of the request */
    uint64_t bytes;    /* how much is wanted, for waiting */
    hostmem_attempt *attempt;
    void *context; /* of the attempt */
} hostmem_request;

/* Whether the instance takes no requests. */
static inline bool hostmem_admission_is_closed(hostmem_core *core)
{
    return atomic_load(&core->closed) != 0; /* in one order with the waiters, so that none sleeps on */
}

/* The parts of the next function that few requests come to: one where more than the attempt may have to happen, and one
 * that was refused and does not wait. */
HRESULT hostmem_admission_request_carefully(hostmem_core *core, const hostmem_request *request);
HRESULT hostmem_admission_refuse(hostmem_core *core, const hostmem_request *request, UINT32 error);

/* Makes the attempt, waits and repeats it as the budget says, and ends the call: returns what the CLR gets, with the
 * thread's last error set if that is a failure. A fault on purpose takes the place of attempts. In line, so that the
 * attempt is, too, and the request by value, so that it is in memory only where it is looked at. */
HOSTMEM_IN_LINE HRESULT hostmem_admission_request(hostmem_core *core, const hostmem_request wanted)
{
    UINT32 error;
    if (hostmem_admission_is_closed(core) || hostmem_faults_any(&core->faults) ||
        atomic_load_explicit(&core->budget->wait_ms[wanted.call.level], memory_order_relaxed)) {
        const hostmem_request request = wanted;
        return hostmem_admission_request_carefully(core, &request);
    }
    error = wanted.attempt(wanted.context);
    if (error) {
        const hostmem_request request = wanted;
        return hostmem_admission_refuse(core, &request, error);
    }
    return S_OK;
}

/* Closes the instance for a reason (HOSTMEM_CLOSED_ bits); requests that wait end with the result of the next
 * function. */
void hostmem_admission_close(hostmem_core *core, UINT32 reason);

/* Takes a reason back. */
void hostmem_admission_open(hostmem_core *core, UINT32 reason);

/* The result of a request to a closed instance, which is counted. level may be HOSTMEM_NO_LEVEL. */
HRESULT hostmem_admission_deny(hostmem_core *core, hostmem_operation operation, UINT32 level);

#endif
