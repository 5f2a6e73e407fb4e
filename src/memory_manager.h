/* IHostMemoryManager of an instance. */
#ifndef HOSTMEM_SRC_MEMORY_MANAGER_H
#define HOSTMEM_SRC_MEMORY_MANAGER_H

#include "core.h"

/* Creates the manager with a reference on core; *out is one reference for the caller. Returns a Win32 error, 0 for
 * success. */
UINT32 hostmem_memory_manager_create(hostmem_core *core, IHostMemoryManager **out);

#endif
