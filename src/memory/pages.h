/* Virtual memory for callers. Each function does what the Win32 function of the same name does, for all flags and
 * sizes, and keeps the books and the budget in accordance. On failure nothing has changed, the thread's last error is
 * set, and out parameters are unchanged. No lock of ours is held while the operating system is called. */
#ifndef HMI_MEMORY_PAGES_H
#define HMI_MEMORY_PAGES_H

#include "books/sites.h"
#include "core.h"

HRESULT hmi_pages_alloc(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                        EMemoryCriticalLevel level, void **out);

/* No particular NUMA node; Windows' NUMA_NO_PREFERRED_NODE. */
#define HMI_NO_NODE 0xffffffffu

/* The same, on a node, whatever the configuration says about nodes. */
HRESULT hmi_pages_alloc_on_node(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect, UINT32 node,
                                EMemoryCriticalLevel level, void **out);

/* The same for a sampled commit. node may be HMI_NO_NODE. stack: the origin of the pages that it commits. */
HRESULT hmi_pages_alloc_sampled(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect, UINT32 node,
                                EMemoryCriticalLevel level, const hmi_site *stack, void **out);

/* Memory that the instance did not reserve is refused with HOST_E_INVALIDOPERATION and not changed, or passed to the
 * operating system under HOSTMEM_FREE_FOREIGN. */
HRESULT hmi_pages_free(hmi_core *core, void *address, SIZE_T size, UINT32 type);

/* Works for any memory of the process. */
HRESULT hmi_pages_protect(hmi_core *core, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect);

#endif
