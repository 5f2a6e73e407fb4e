/* Virtual memory for callers: each function does what the Win32 function of the same name does, for every flag and odd
 * size, and keeps the books and the budget true to it. On failure nothing has changed, the thread's last error is set
 * and out parameters are as they were. Nothing is held while the operating system works, so a thread stopped there
 * stops nobody. */
#ifndef HOSTMEM_SRC_PAGES_H
#define HOSTMEM_SRC_PAGES_H

#include "core.h"

HRESULT hostmem_pages_alloc(hostmem_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                            EMemoryCriticalLevel level, void **out);

/* Memory that the instance did not reserve is refused untouched with HOST_E_INVALIDOPERATION, or handed to the
 * operating system under HOSTMEM_FREE_FOREIGN. */
HRESULT hostmem_pages_free(hostmem_core *core, void *address, SIZE_T size, UINT32 type);

/* Works for any memory of the process. */
HRESULT hostmem_pages_protect(hostmem_core *core, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect);

/* A view that somebody mapped at start, or unmapped. size: what the caller knows of it, 0 for nothing: then the
 * operating system is asked. Errors: E_INVALIDARG (start is NULL or the range wraps around), E_OUTOFMEMORY. The
 * thread's last error may change. */
HRESULT hostmem_pages_add_view(hostmem_core *core, void *start, SIZE_T size);
void hostmem_pages_remove_view(hostmem_core *core, void *start);

#endif
