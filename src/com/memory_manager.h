/* IHostMemoryManager of an instance. */
#ifndef HMI_COM_MEMORY_MANAGER_H
#define HMI_COM_MEMORY_MANAGER_H

#include "core.h"

/* Creates the manager with a reference on core; *out is one reference for the caller. Returns a Win32 error, 0 for
 * success. */
UINT32 hmi_memory_manager_create(hmi_core *core, IHostMemoryManager **out);

#endif
