/* Hears of modules that are loaded into the process and unloaded from it, from ntdll.dll. One listener at a time. */
#ifndef HMI_CORECLR_MODULE_WATCH_H
#define HMI_CORECLR_MODULE_WATCH_H

#include <windows.h>

/* Both are called with the loader's lock held, on the thread that loads or unloads: before the module's DllMain, and
 * after it. name: the file's name without a path and without a final 0. */
typedef void hmi_module_loaded(HMODULE module, const WCHAR *name, SIZE_T letters);
typedef void hmi_module_unloaded(HMODULE module);

/* Returns a Win32 error, 0 for success: ERROR_CALL_NOT_IMPLEMENTED where ntdll does not tell. */
UINT32 hmi_module_watch_start(hmi_module_loaded *loaded, hmi_module_unloaded *unloaded);

/* Neither is called any more afterwards. */
void hmi_module_watch_stop(void);

#endif
