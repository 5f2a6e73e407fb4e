/* IHostMalloc over a heap of the instance. */
#ifndef HMI_COM_HOST_MALLOC_H
#define HMI_COM_HOST_MALLOC_H

#include "core.h"

/* Creates an IHostMalloc with a heap of its own and a reference on core; *out is one reference for the caller. The last
 * Release frees the heap with all blocks still in it. type: MALLOC_TYPE flags. Returns a Win32 error, 0 for success. */
UINT32 hmi_host_malloc_create(hmi_core *core, DWORD type, IHostMalloc **out);

#endif
