/* IHostControl that offers the memory manager of an instance and leaves everything else to the host's own control. */
#ifndef HOSTMEM_SRC_HOST_CONTROL_H
#define HOSTMEM_SRC_HOST_CONTROL_H

#include "core.h"

/* Creates the control with references on core, manager and inner (which may be NULL); *out is one reference for the
 * caller. Returns a Win32 error, 0 for success. */
UINT32 hostmem_host_control_create(hostmem_core *core, IHostMemoryManager *manager, IHostControl *inner,
                                   IHostControl **out);

#endif
