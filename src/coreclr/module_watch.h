/* Notifications by ntdll.dll about modules that are loaded into the process and unloaded from it. One listener at a
 * time. */
#ifndef HMI_CORECLR_MODULE_WATCH_H
#define HMI_CORECLR_MODULE_WATCH_H

#include <windows.h>

/* Both are called with the loader lock held, on the thread that loads or unloads: before the module's DllMain is called
 * for loading, and after it was called for unloading. name: the file name without a path and without a terminating 0.
 */
typedef void hmi_module_loaded(HMODULE module, const WCHAR *name, SIZE_T letters);
typedef void hmi_module_unloaded(HMODULE module);

/* Returns a Win32 error, 0 for success; ERROR_CALL_NOT_IMPLEMENTED if ntdll.dll has no such notifications. */
UINT32 hmi_module_watch_start(hmi_module_loaded *loaded, hmi_module_unloaded *unloaded);

/* Neither function is called after this has returned. */
void hmi_module_watch_stop(void);

/* Tells visitor of each module that is loaded now, on this thread and with the loader's lock held. Asking for them by
 * name would take the loader to the disk for those that are not there. Returns as hmi_module_watch_start. */
UINT32 hmi_module_watch_visit(hmi_module_loaded *visitor);

#endif
