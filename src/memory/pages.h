/* Virtual memory for callers: each function does what the Win32 function of the same name does, for every flag and odd
 * size, and keeps the books and the budget true to it. On failure nothing has changed, the thread's last error is set
 * and out parameters are as they were. Nothing is held while the operating system works, so a thread stopped there
 * stops nobody. */
#ifndef HMI_MEMORY_PAGES_H
#define HMI_MEMORY_PAGES_H

#include "core.h"

HRESULT hmi_pages_alloc(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                        EMemoryCriticalLevel level, void **out);

/* Memory that the instance did not reserve is refused untouched with HOST_E_INVALIDOPERATION, or handed to the
 * operating system under HOSTMEM_FREE_FOREIGN. */
HRESULT hmi_pages_free(hmi_core *core, void *address, SIZE_T size, UINT32 type);

/* Works for any memory of the process. */
HRESULT hmi_pages_protect(hmi_core *core, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect);

/* A view that somebody mapped at start, or unmapped. size: what the caller knows of it, 0 for nothing: then the
 * operating system is asked. Errors: E_INVALIDARG (start is NULL or the range wraps around), E_OUTOFMEMORY. The
 * thread's last error may change. */
HRESULT hmi_pages_add_view(hmi_core *core, void *start, SIZE_T size);
void hmi_pages_remove_view(hmi_core *core, void *start);

#endif
