/* Uses LdrRegisterDllNotification, which no header declares. */
#include "coreclr/module_watch.h"

typedef struct counted_text {
    USHORT bytes;
    USHORT capacity_bytes;
    WCHAR *letters;
} counted_text;

typedef struct notification {
    ULONG flags;
    const counted_text *path;
    const counted_text *name;
    void *base;
    ULONG image_bytes;
} notification;

enum { REASON_LOADED = 1, REASON_UNLOADED = 2 };

typedef VOID CALLBACK notify_function(ULONG reason, const notification *about, PVOID context);
typedef LONG NTAPI register_function(ULONG flags, notify_function *notify, PVOID context, PVOID *cookie);
typedef LONG NTAPI unregister_function(PVOID cookie);

static hmi_module_loaded *on_loaded;
static hmi_module_unloaded *on_unloaded;
static void *registration;

static VOID CALLBACK notify(ULONG reason, const notification *about, PVOID context)
{
    DWORD error = GetLastError();
    (void)context;
    if (reason == REASON_LOADED)
        on_loaded((HMODULE)about->base, about->name->letters, about->name->bytes / sizeof(WCHAR));
    else if (reason == REASON_UNLOADED)
        on_unloaded((HMODULE)about->base);
    SetLastError(error);
}

static void (*find(const char *name))(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    return ntdll ? (void (*)(void))GetProcAddress(ntdll, name) : NULL;
}

UINT32 hmi_module_watch_start(hmi_module_loaded *loaded, hmi_module_unloaded *unloaded)
{
    register_function *join = (register_function *)find("LdrRegisterDllNotification");
    if (!join || !find("LdrUnregisterDllNotification"))
        return ERROR_CALL_NOT_IMPLEMENTED;
    on_loaded = loaded;
    on_unloaded = unloaded;
    return join(0, notify, NULL, &registration) >= 0 ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

void hmi_module_watch_stop(void)
{
    unregister_function *leave = (unregister_function *)find("LdrUnregisterDllNotification");
    if (registration && leave)
        leave(registration);
    registration = NULL;
}
