/* Maps (operation, Win32 error) to an HRESULT: the second half of the failure table in include/README.md. No state. */
#include "base/failure.h"

#include <corerror.h>

/* Some versions of winerror.h lack these. */
#ifndef ERROR_PAGEFILE_QUOTA_EXCEEDED
#define ERROR_PAGEFILE_QUOTA_EXCEEDED 567
#endif
#ifndef ERROR_DYNAMIC_CODE_BLOCKED
#define ERROR_DYNAMIC_CODE_BLOCKED 1655
#endif

bool hmi_failure_is_out_of_memory(UINT32 error)
{
    switch (hmi_failure_code(error)) {
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_PAGEFILE_QUOTA_EXCEEDED:
    case ERROR_COMMITMENT_MINIMUM:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_WORKING_SET_QUOTA:
    case ERROR_PAGEFILE_QUOTA:
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_NOT_ENOUGH_QUOTA:
        return true;
    default:
        return false;
    }
}

HRESULT hmi_failure_hresult(hmi_operation operation, UINT32 error)
{
    if (hmi_failure_is_out_of_memory(error))
        return E_OUTOFMEMORY;

    error = hmi_failure_code(error);
    switch (error) {
    case ERROR_INVALID_ADDRESS:
        /* For VirtualAlloc: the range is not available. For any other operation: the caller passed a wrong address. */
        return operation == HMI_OPERATION_VIRTUAL_ALLOC ? E_OUTOFMEMORY : E_INVALIDARG;
    case ERROR_INVALID_PARAMETER:
        return E_INVALIDARG;
    case ERROR_NOACCESS:
        return E_POINTER;
    case ERROR_ACCESS_DENIED:
    case ERROR_DYNAMIC_CODE_BLOCKED:
        return E_ACCESSDENIED;
    case ERROR_SEM_TIMEOUT:
    case WAIT_TIMEOUT:
    case ERROR_TIMEOUT:
        return HOST_E_TIMEOUT;
    case ERROR_NOT_LOCKED:
    case ERROR_NOT_OWNER:
        return HOST_E_NOT_OWNER;
    case ERROR_ABANDONED_WAIT_0:
    case ERROR_OPERATION_ABORTED:
        return HOST_E_ABANDONED;
    case ERROR_SUCCESS:
        return HRESULT_FROM_WIN32(ERROR_GEN_FAILURE);
    default:
        return HRESULT_FROM_WIN32(error);
    }
}
