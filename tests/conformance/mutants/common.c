/* What every method of the mutant manager needs. */
#include "manager.h"

#include <string.h>

mutant chosen;

static volatile LONG locked;
static volatile LONG latched;
static volatile LONG64 charged;

/* Lets other threads in between reading and writing at times, so that their changes are lost on one processor, too. */
static ULONG change_not_interlocked(volatile LONG *references, LONG more)
{
    static volatile LONG calls;
    LONG seen = *references;
    if (calls++ % 500 == 0)
        SwitchToThread();
    return (ULONG)(*references = seen + more);
}

ULONG count_up(volatile LONG *references)
{
    if (chosen == REFERENCES_NOT_INTERLOCKED)
        return change_not_interlocked(references, 1);
    return (ULONG)InterlockedIncrement(references);
}

ULONG count_down(volatile LONG *references)
{
    if (chosen == REFERENCES_NOT_INTERLOCKED)
        return change_not_interlocked(references, -1);
    return (ULONG)InterlockedDecrement(references);
}

HRESULT query_interface(IUnknown *object, REFIID own, REFIID riid, void **out)
{
    if (!out)
        return E_POINTER;
    if (!IsEqualIID(riid, own) && !IsEqualIID(riid, &IID_IUnknown)) {
        if (chosen != QUERY_INTERFACE_LEAVES_OUT)
            *out = NULL;
        return E_NOINTERFACE;
    }
    if (chosen != QUERY_INTERFACE_WITHOUT_ADDREF)
        IUnknown_AddRef(object);
    *out = object;
    return S_OK;
}

HRESULT succeed(DWORD last_error)
{
    SetLastError(chosen == LOG_OVERWRITES_LAST_ERROR ? ERROR_SUCCESS : last_error);
    return S_OK;
}

HRESULT fail(DWORD error, HRESULT hr)
{
    SetLastError(chosen == LAST_ERROR_LOST ? ERROR_SUCCESS : error);
    return hr;
}

HRESULT refuse(DWORD error, EMemoryCriticalLevel level)
{
    BOOL shortage = error == ERROR_NOT_ENOUGH_MEMORY || error == ERROR_COMMITMENT_LIMIT ||
                    error == ERROR_INVALID_ADDRESS;
    notices_refused();
    if (chosen == LATCHED_BY_REFUSAL && level == eProcessCritical)
        latched = 1;
    if (chosen == SHORTAGE_NOT_TOLD)
        error = ERROR_GEN_FAILURE;
    if (chosen == E_FAIL_FOR_REFUSAL)
        return fail(error, E_FAIL);
    return fail(error, shortage ? E_OUTOFMEMORY : HRESULT_FROM_WIN32(error));
}

BOOL is_barred(EMemoryCriticalLevel level)
{
    return latched || (chosen == APP_DOMAIN_LEVEL_REFUSED && level == eAppDomainCritical);
}

BOOL process_ends(void)
{
    static BOOLEAN(NTAPI *volatile in_progress)(void);
    FARPROC address;
    if (!in_progress) {
        address = GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlDllShutdownInProgress");
        if (!address)
            return FALSE;
        memcpy((void *)(UINT_PTR)&in_progress, &address, sizeof address);
    }
    return in_progress();
}

void enter(void)
{
    if (chosen == DETACH_CRASHES && process_ends())
        RaiseException(EXCEPTION_ACCESS_VIOLATION, 0, 0, NULL);
    if (chosen != LOCK_AROUND_CALLS && chosen != NOTICE_UNDER_LOCK)
        return;
    while (InterlockedExchange(&locked, 1))
        SwitchToThread();
}

void leave(void)
{
    InterlockedExchange(&locked, 0);
}

void use_stack(void)
{
    volatile char message[12000];
    SIZE_T i;
    for (i = 0; i < sizeof message; i += 500)
        message[i] = 1;
}

BOOL charge(SIZE_T bytes)
{
    if (InterlockedExchangeAdd64(&charged, (LONG64)bytes) + (LONG64)bytes <= (LONG64)512 << 20)
        return TRUE;
    refund(bytes);
    return FALSE;
}

void refund(SIZE_T bytes)
{
    InterlockedExchangeAdd64(&charged, -(LONG64)bytes);
}
