/* The modules that are governed, and what was changed in each. Guarded by a lock of its own, which the calls of a
 * runtime for memory never take: only attaching and detaching, the loading and unloading of modules, and lookups of
 * functions while a module waits for the loader to finish with it. */
#ifndef HMI_CORECLR_MODULES_H
#define HMI_CORECLR_MODULES_H

#include <windows.h>

#define HMI_MAX_MODULES 64

/* Governs a module. Returns S_OK, S_FALSE (it is governed already), or as hostmem_coreclr_attach has it:
 * ERROR_BAD_EXE_FORMAT, ERROR_PROC_NOT_FOUND, E_OUTOFMEMORY and what changing its table said; nothing is changed then.
 * A module that the loader has not bound yet is governed as soon as it has: HRESULT_FROM_WIN32(ERROR_NOT_READY). */
HRESULT hmi_modules_add(HMODULE module);

/* Governs those that were not ready. Cheap while there are none. */
void hmi_modules_retry(void);

/* Forgets a module that is unloaded: its table goes with it. */
void hmi_modules_forget(HMODULE module);

/* Gives all modules their former functions back, the last one first. Returns a Win32 error, 0 for success; after an
 * error the module that it is about, and those before it, stay governed. */
UINT32 hmi_modules_restore(void);

void hmi_modules_count(UINT32 *governed, UINT32 *imports);

#endif
