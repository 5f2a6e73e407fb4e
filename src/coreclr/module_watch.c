/* Uses LdrRegisterDllNotification and LdrEnumerateLoadedModules, which no header declares. */
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

/* The beginning of LDR_DATA_TABLE_ENTRY. */
typedef struct loaded_module {
    void *reserved[2];
    LIST_ENTRY links;
    void *reserved_too[2];
    void *base;
    void *entry_point;
    void *image_bytes;
    counted_text path;
} loaded_module;

typedef struct visit {
    hmi_module_loaded *visitor;
} visit;

enum { REASON_LOADED = 1, REASON_UNLOADED = 2 };

typedef VOID CALLBACK notify_function(ULONG reason, const notification *about, PVOID context);
typedef LONG NTAPI register_function(ULONG flags, notify_function *notify, PVOID context, PVOID *cookie);
typedef LONG NTAPI unregister_function(PVOID cookie);
typedef VOID NTAPI visit_function(const loaded_module *module, PVOID context, BOOLEAN *stop);
typedef LONG NTAPI enumerate_function(BOOLEAN reserved, visit_function *each, PVOID context);

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

static VOID NTAPI visit_module(const loaded_module *module, PVOID context, BOOLEAN *stop)
{
    const visit *visiting = context;
    SIZE_T letters = module->path.bytes / sizeof(WCHAR), start = letters;
    while (start && module->path.letters[start - 1] != L'\\' && module->path.letters[start - 1] != L'/')
        start--;
    visiting->visitor((HMODULE)module->base, module->path.letters + start, letters - start);
    *stop = FALSE;
}

UINT32 hmi_module_watch_visit(hmi_module_loaded *visitor)
{
    enumerate_function *enumerate = (enumerate_function *)find("LdrEnumerateLoadedModules");
    visit visiting = {visitor};
    if (!enumerate)
        return ERROR_CALL_NOT_IMPLEMENTED;
    return enumerate(FALSE, visit_module, &visiting) >= 0 ? 0 : ERROR_GEN_FAILURE;
}
