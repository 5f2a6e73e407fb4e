/* An internal interface of the manager for src/coreclr: modern runtimes call VirtualAllocExNuma with a node, which
 * IHostMemoryManager cannot pass on, and sampled stacks begin where the runtime called. It begins with the methods of
 * IHostMemoryManager, and QueryInterface returns it for the identifier below, which changes with the methods. Other
 * managers do not have it. */
#ifndef HMI_COM_NODE_MANAGER_H
#define HMI_COM_NODE_MANAGER_H

#include <hostmem/interfaces.h>

extern const IID hmi_iid_node_manager;

typedef struct hmi_node_manager hmi_node_manager;

/* The methods of IHostMemoryManager come first, so that one object serves as both. */
typedef struct hmi_node_manager_vtbl {
    IHostMemoryManagerVtbl IHostMemoryManager_vtbl;

    /* VirtualAlloc that asks for memory of a NUMA node, whatever hostmem_config says about nodes; 0xffffffff: as it
     * says. caller: where a sampled stack begins. */
    HRESULT(STDMETHODCALLTYPE *VirtualAllocOnNode)
    (hmi_node_manager *self, void *address, SIZE_T size, DWORD type, DWORD protect, DWORD node,
     EMemoryCriticalLevel level, const void *caller, void **out);
} hmi_node_manager_vtbl;

struct hmi_node_manager {
    const hmi_node_manager_vtbl *vtbl;
};

#endif
