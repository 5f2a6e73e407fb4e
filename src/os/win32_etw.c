/* The Win32 table's functions for Event Tracing for Windows. Without advapi32 or its functions there is no tracing.
 * Where only EventSetInformation is missing, traits cannot be registered; so every event carries them, too.
 * Registrations are allocated from the process heap. */
#include "os/win32.h"

#include <evntprov.h>

/* From winmeta.h and newer versions of evntprov.h: the channel of TraceLogging's events, the information class for a
 * provider's traits, and the types of an event's parts. */
#define CHANNEL_TRACELOGGING 11
#define PROVIDER_SET_TRAITS 2
#define PART_EVENT_METADATA 1u
#define PART_PROVIDER_TRAITS 2u

typedef ULONG WINAPI register_function(LPCGUID, PENABLECALLBACK, PVOID, PREGHANDLE);
typedef ULONG WINAPI unregister_function(REGHANDLE);
typedef ULONG WINAPI inform_function(REGHANDLE, int, PVOID, ULONG);
typedef ULONG WINAPI write_function(REGHANDLE, PCEVENT_DESCRIPTOR, LPCGUID, LPCGUID, ULONG, PEVENT_DATA_DESCRIPTOR);

typedef struct provider {
    REGHANDLE handle;
    HMODULE advapi32; /* holds a reference */
    unregister_function *unregister;
    write_function *write;
    void (*enable)(void *context, BOOL wanted);
    void *context;
} provider;

/* Traits and metadata begin with their length. */
static ULONG length_of(const void *part)
{
    return *(const UINT16 *)part;
}

static void NTAPI notice(LPCGUID source, ULONG control, UCHAR level, ULONGLONG any, ULONGLONG all,
                         PEVENT_FILTER_DESCRIPTOR filter, PVOID context)
{
    const provider *self = context;
    (void)source;
    (void)level;
    (void)any;
    (void)all;
    (void)filter;
    if (control == 0 || control == 1) /* disable, enable; 2 (capture state) changes nothing */
        self->enable(self->context, (BOOL)control);
}

static UINT32 join(provider *self, const GUID *id, const void *traits)
{
    register_function *enter = (register_function *)(void (*)(void))GetProcAddress(self->advapi32, "EventRegister");
    inform_function *inform = (inform_function *)(void (*)(void))GetProcAddress(self->advapi32, "EventSetInformation");
    UINT32 error;
    self->unregister = (unregister_function *)(void (*)(void))GetProcAddress(self->advapi32, "EventUnregister");
    self->write = (write_function *)(void (*)(void))GetProcAddress(self->advapi32, "EventWriteTransfer");
    if (!enter)
        return ERROR_CALL_NOT_IMPLEMENTED;
    error = enter(id, notice, self, &self->handle);
    if (!error && inform)
        inform(self->handle, PROVIDER_SET_TRAITS, (void *)(UINT_PTR)traits, length_of(traits));
    return error;
}

UINT32 hmi_win32_etw_register(hostmem_os *os, const GUID *id, const void *traits,
                              void (*enable)(void *context, BOOL wanted), void *context, void **registration)
{
    provider *self;
    UINT32 error = ERROR_CALL_NOT_IMPLEMENTED;
    if (hmi_win32_process_is_ending(os))
        return error;
    self = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *self);
    if (!self)
        return ERROR_NOT_ENOUGH_MEMORY;
    self->enable = enable;
    self->context = context;
    self->advapi32 = hmi_win32_load_system_library(L"advapi32.dll"); /* not every program has loaded it */
    if (self->advapi32)
        error = join(self, id, traits);
    if (error) {
        hmi_win32_module_release(os, self->advapi32);
        HeapFree(GetProcessHeap(), 0, self);
        return error;
    }
    *registration = self;
    return 0;
}

void hmi_win32_etw_unregister(hostmem_os *os, void *registration)
{
    provider *self = registration;
    if (self->unregister)
        self->unregister(self->handle);
    if (hmi_win32_process_is_ending(os))
        return;
    hmi_win32_module_release(os, self->advapi32);
    HeapFree(GetProcessHeap(), 0, self);
}

static void describe(EVENT_DATA_DESCRIPTOR *part, const void *data, ULONG bytes, ULONG kind)
{
    EventDataDescCreate(part, data, bytes);
    part->Reserved = kind;
}

void hmi_win32_etw_write(hostmem_os *os, void *registration, const hmi_os_etw_event *event)
{
    const provider *self = registration;
    const EVENT_DESCRIPTOR about = {.Channel = CHANNEL_TRACELOGGING, .Level = event->level, .Keyword = event->keyword};
    DWORD last_error = GetLastError();
    EVENT_DATA_DESCRIPTOR parts[3];
    (void)os;
    describe(&parts[0], event->traits, length_of(event->traits), PART_PROVIDER_TRAITS);
    describe(&parts[1], event->metadata, length_of(event->metadata), PART_EVENT_METADATA);
    describe(&parts[2], event->payload, event->payload_bytes, 0);
    if (self->write)
        self->write(self->handle, &about, NULL, NULL, 3, parts);
    SetLastError(last_error);
}
