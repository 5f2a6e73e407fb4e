/* The process's attachment, and the handling of last errors. */
#include "coreclr/attachment.h"

#include <corerror.h>

_Alignas(HMI_CACHE_LINE) hmi_coreclr hmi_coreclr_now;

bool hmi_coreclr_is_this_process(HANDLE process)
{
    return process == GetCurrentProcess() || GetProcessId(process) == GetCurrentProcessId();
}

hmi_blocks *hmi_coreclr_blocks_with(const void *block, SIZE_T *size)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    hmi_blocks *all[] = {&now->blocks, &now->invoked_blocks, &now->library_blocks};
    unsigned i;
    for (i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i]->heap && hmi_blocks_size(all[i], block, size))
            return all[i];
    }
    *size = 0;
    return NULL;
}

bool hmi_coreclr_free_of_others(void *block)
{
    hmi_coreclr *now = &hmi_coreclr_now;
    return (now->invoked_blocks.heap && hmi_blocks_free(&now->invoked_blocks, block)) ||
           (now->library_blocks.heap && hmi_blocks_free(&now->library_blocks, block));
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
