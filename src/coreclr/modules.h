/* The governed modules, and what was changed in each. Guarded by a lock of its own, which the runtime's memory calls
 * never take: only attaching and detaching, loading and unloading of these modules, and GetProcAddress and the loading
 * of others while one of these waits for the loader to bind it. */
#ifndef HMI_CORECLR_MODULES_H
#define HMI_CORECLR_MODULES_H

#include <stdbool.h>
#include <windows.h>

#define HMI_MAX_MODULES 64

/* Governs a module. is_runtime: whether it is one of the runtime's own; the memory of others has another kind.
 * Returns S_OK, S_FALSE (it is governed already), or an error of hostmem_coreclr_attach: ERROR_BAD_EXE_FORMAT,
 * ERROR_PROC_NOT_FOUND, E_OUTOFMEMORY or the error of changing its table; nothing is changed then.
 * HRESULT_FROM_WIN32(ERROR_NOT_READY): the loader has not bound the module yet; it is governed as soon as it is
 * bound. */
HRESULT hmi_modules_add(HMODULE module, bool is_runtime);

/* Governs modules that were not ready before. Cheap if there are none. */
void hmi_modules_retry(void);

/* Removes a module that is being unloaded, and its table with it. */
void hmi_modules_forget(HMODULE module);

/* Restores the former functions of all modules, the last one first. Returns a Win32 error, 0 for success; after an
 * error, the module that failed and those before it stay governed. */
UINT32 hmi_modules_restore(void);

void hmi_modules_count(UINT32 *governed, UINT32 *imports);

#endif
