/* An interface of the library's own beside IHostMemoryManager, for the adapter of modern runtimes: their
 * VirtualAllocExNuma names a node, which IHostMemoryManager has no place for. It begins with the methods of
 * IHostMemoryManager, and QueryInterface gives it for the identifier below; other managers do not have it. */
#ifndef HMI_COM_NODE_MANAGER_H
#define HMI_COM_NODE_MANAGER_H

#include <hostmem/interfaces.h>

extern const IID hmi_iid_node_manager;

typedef struct hmi_node_manager hmi_node_manager;

/* In C the members of IHostMemoryManager's own table come first, so that one object serves as both. */
typedef struct hmi_node_manager_vtbl {
    IHostMemoryManagerVtbl IHostMemoryManager_vtbl;

    /* VirtualAlloc that asks for memory of a NUMA node, whatever hostmem_config says of nodes. */
    HRESULT(STDMETHODCALLTYPE *VirtualAllocOnNode)
    (hmi_node_manager *self, void *address, SIZE_T size, DWORD type, DWORD protect, DWORD node,
     EMemoryCriticalLevel level, void **out);
} hmi_node_manager_vtbl;

struct hmi_node_manager {
    const hmi_node_manager_vtbl *vtbl;
};

#endif
