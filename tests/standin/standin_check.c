/* Rules common to all methods, and the record of violations. See standin_check.h. */
#include "standin_check.h"

#include <corerror.h>
#include <stdarg.h>
#include <stdio.h>

/* An error code that no system function sets (bit 29 is for applications): if it is unchanged, nothing was set. */
#define LAST_ERROR_MARK 0x20005EEDu

/* The results that a method may return in addition to S_OK and the failures common to all. */
enum {
    MAY_REFUSE = 0x1,       /* E_OUTOFMEMORY */
    MAY_REJECT = 0x2,       /* HOST_E_INVALIDOPERATION */
    MAY_LACK = 0x4,         /* E_NOINTERFACE */
    FREE_LAST_ERROR = 0x8,  /* the caller does not look at it after this method */
    KEEPS_LAST_ERROR = 0x10 /* on failure too */
};

static const struct {
    const char *name;
    UINT32 rules;
} methods[STANDIN_METHODS] = {
    [STANDIN_GET_HOST_MANAGER] = {"IHostControl::GetHostManager", MAY_LACK | FREE_LAST_ERROR},
    [STANDIN_CREATE_MALLOC] = {"IHostMemoryManager::CreateMalloc", MAY_REFUSE},
    [STANDIN_VIRTUAL_ALLOC] = {"IHostMemoryManager::VirtualAlloc", MAY_REFUSE},
    [STANDIN_VIRTUAL_FREE] = {"IHostMemoryManager::VirtualFree", MAY_REJECT},
    [STANDIN_VIRTUAL_QUERY] = {"IHostMemoryManager::VirtualQuery", 0},
    [STANDIN_VIRTUAL_PROTECT] = {"IHostMemoryManager::VirtualProtect", 0},
    [STANDIN_GET_MEMORY_LOAD] = {"IHostMemoryManager::GetMemoryLoad", 0},
    [STANDIN_REGISTER_CALLBACK] = {"IHostMemoryManager::RegisterMemoryNotificationCallback", 0},
    [STANDIN_NEEDS_ADDRESS_SPACE] = {"IHostMemoryManager::NeedsVirtualAddressSpace", MAY_REFUSE | KEEPS_LAST_ERROR},
    [STANDIN_ACQUIRED_ADDRESS_SPACE] = {"IHostMemoryManager::AcquiredVirtualAddressSpace", KEEPS_LAST_ERROR},
    [STANDIN_RELEASED_ADDRESS_SPACE] = {"IHostMemoryManager::ReleasedVirtualAddressSpace", KEEPS_LAST_ERROR},
    [STANDIN_ALLOC] = {"IHostMalloc::Alloc", MAY_REFUSE},
    [STANDIN_DEBUG_ALLOC] = {"IHostMalloc::DebugAlloc", MAY_REFUSE},
    [STANDIN_FREE] = {"IHostMalloc::Free", MAY_REJECT},
    [STANDIN_NOTIFICATION] = {"ICLRMemoryNotificationCallback::OnMemoryNotification", 0},
};

const char *standin_method_name(standin_method method)
{
    return methods[method].name;
}

BOOL standin_check_init(standin_check *check)
{
    SYSTEM_INFO system;
    char concurrent[8];

    GetSystemInfo(&system);
    check->watches_writes = !GetEnvironmentVariableA("COMPlus_gcConcurrent", concurrent, sizeof(concurrent)) ||
                            concurrent[0] != '0';
    check->page_size = system.dwPageSize;
    check->granularity = system.dwAllocationGranularity;
    check->in_call = TlsAlloc();
    return check->in_call != TLS_OUT_OF_INDEXES;
}

void standin_check_close(standin_check *check)
{
    TlsFree(check->in_call);
}

void standin_violation(standin_check *check, standin_method method, const char *format, ...)
{
    LONG index = InterlockedIncrement(&check->violations) - 1;
    va_list arguments;
    int used;

    if (index >= STANDIN_TEXTS)
        return;
    used = snprintf(check->text[index], STANDIN_TEXT_LENGTH, "%s: ", methods[method].name);
    if (used < 0 || used >= STANDIN_TEXT_LENGTH)
        return;
    va_start(arguments, format);
    vsnprintf(check->text[index] + used, (size_t)(STANDIN_TEXT_LENGTH - used), format, arguments);
    va_end(arguments);
}

static BOOL is_documented(standin_method method, HRESULT hr)
{
    UINT32 rules = methods[method].rules;

    switch (hr) {
    case HOST_E_CLRNOTAVAILABLE:
    case HOST_E_TIMEOUT:
    case HOST_E_NOT_OWNER:
    case HOST_E_ABANDONED:
    case E_FAIL:
        return TRUE;
    case E_OUTOFMEMORY:
        return (rules & MAY_REFUSE) != 0;
    case HOST_E_INVALIDOPERATION:
        return (rules & MAY_REJECT) != 0;
    case E_NOINTERFACE:
        return (rules & MAY_LACK) != 0;
    default:
        return FALSE;
    }
}

void standin_check_begin(standin_check *check, standin_method method)
{
    InterlockedIncrement(&check->calls[method]);
    TlsSetValue(check->in_call, check);
    SetLastError(LAST_ERROR_MARK);
}

HRESULT standin_check_end(standin_check *check, standin_method method, HRESULT hr)
{
    DWORD last_error = GetLastError();
    UINT32 rules = methods[method].rules;

    TlsSetValue(check->in_call, NULL);
    if (rules & FREE_LAST_ERROR) {
        /* nothing is required of it */
    } else if (hr == S_OK || (rules & KEEPS_LAST_ERROR)) {
        if (last_error != LAST_ERROR_MARK)
            standin_violation(check, method, "changed the last error to %lu, returning 0x%08lX", last_error,
                              (unsigned long)hr);
    } else if (last_error == LAST_ERROR_MARK || last_error == 0) {
        standin_violation(check, method, "failed with 0x%08lX without a last error", (unsigned long)hr);
    }
    if (hr != S_OK && !is_documented(method, hr))
        standin_violation(check, method, "returned 0x%08lX, which is not documented", (unsigned long)hr);
    if (hr != S_OK && (rules & MAY_REFUSE))
        InterlockedIncrement(&check->refusals);
    return hr;
}

HRESULT standin_check_out(standin_check *check, standin_method method, HRESULT hr, const void *out)
{
    if (out == STANDIN_POISON)
        standin_violation(check, method, "left its out parameter unwritten, returning 0x%08lX", (unsigned long)hr);
    else if (hr == S_OK && !out)
        standin_violation(check, method, "returned S_OK and NULL");
    else if (hr != S_OK && out)
        standin_violation(check, method, "failed with 0x%08lX and gave %p", (unsigned long)hr, out);
    return hr == S_OK && (!out || out == STANDIN_POISON) ? E_UNEXPECTED : hr;
}

BOOL standin_check_is_in_call(const standin_check *check)
{
    return TlsGetValue(check->in_call) != NULL;
}

BOOL standin_check_pages(standin_check *check, standin_method method, void *address, SIZE_T size, DWORD state,
                         DWORD protect)
{
    char *at = address;
    SIZE_T left = size;

    while (left) {
        MEMORY_BASIC_INFORMATION info;
        SIZE_T step;

        if (!VirtualQuery(at, &info, sizeof(info)) || info.State != state || info.Type != MEM_PRIVATE ||
            (state == MEM_COMMIT && info.Protect != protect)) {
            standin_violation(check, method, "page %p is not as requested (state 0x%lX, protection 0x%lX)", (void *)at,
                              info.State, info.Protect);
            return FALSE;
        }
        step = info.RegionSize - (SIZE_T)(at - (char *)info.BaseAddress);
        if (step >= left)
            break;
        at += step;
        left -= step;
    }
    return TRUE;
}

BOOL standin_check_zero(standin_check *check, standin_method method, const void *address, SIZE_T size)
{
    const UINT_PTR *word = address;
    const UINT_PTR *end = word + size / sizeof(*word);

    while (word < end && !*word)
        word++;
    if (word == end)
        return TRUE;
    standin_violation(check, method, "memory is not zero at %p, %lu bytes in", (const void *)word,
                      (unsigned long)((const char *)word - (const char *)address));
    return FALSE;
}
