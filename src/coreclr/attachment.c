/* The process's attachment, and the handling of last errors. */
#include "coreclr/attachment.h"

#include <corerror.h>

hmi_coreclr hmi_coreclr_now;

bool hmi_coreclr_is_this_process(HANDLE process)
{
    return process == GetCurrentProcess() || GetProcessId(process) == GetCurrentProcessId();
}

/* The Win32 code for an HRESULT of the failure table, for managers that set no last error. */
static DWORD error_of(HRESULT hr)
{
    switch (hr) {
    case E_OUTOFMEMORY:
    case HOST_E_CLRNOTAVAILABLE:
    case E_FAIL:
        return ERROR_NOT_ENOUGH_MEMORY;
    case E_INVALIDARG:
        return ERROR_INVALID_PARAMETER;
    case E_POINTER:
        return ERROR_NOACCESS;
    case E_ACCESSDENIED:
        return ERROR_ACCESS_DENIED;
    case HOST_E_INVALIDOPERATION:
        return ERROR_INVALID_ADDRESS;
    case HOST_E_TIMEOUT:
        return ERROR_TIMEOUT;
    case HOST_E_ABANDONED:
        return ERROR_OPERATION_ABORTED;
    default:
        return HRESULT_FACILITY(hr) == FACILITY_WIN32 ? (DWORD)HRESULT_CODE(hr) : ERROR_GEN_FAILURE;
    }
}

bool hmi_coreclr_end(HRESULT hr, DWORD before)
{
    if (hr == S_OK)
        SetLastError(before);
    else if (GetLastError() == ERROR_SUCCESS)
        SetLastError(error_of(hr));
    return hr == S_OK;
}
