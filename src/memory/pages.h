/* Virtual memory for callers: each function does what the Win32 function of the same name does, for every flag and odd
 * size, and keeps the books and the budget true to it. On failure nothing has changed, the thread's last error is set
 * and out parameters are as they were. Nothing is held while the operating system works, so a thread stopped there
 * stops nobody. */
#ifndef HMI_MEMORY_PAGES_H
#define HMI_MEMORY_PAGES_H

#include "core.h"

HRESULT hmi_pages_alloc(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                        EMemoryCriticalLevel level, void **out);

/* No NUMA node in particular; Windows' NUMA_NO_PREFERRED_NODE. */
#define HMI_NO_NODE 0xffffffffu

/* The same with memory of a node, whatever the configuration says of nodes. */
HRESULT hmi_pages_alloc_on_node(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect, UINT32 node,
                                EMemoryCriticalLevel level, void **out);

/* Memory that the instance did not reserve is refused untouched with HOST_E_INVALIDOPERATION, or handed to the
 * operating system under HOSTMEM_FREE_FOREIGN. */
HRESULT hmi_pages_free(hmi_core *core, void *address, SIZE_T size, UINT32 type);

/* Works for any memory of the process. */
HRESULT hmi_pages_protect(hmi_core *core, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect);

#endif
