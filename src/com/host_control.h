/* An IHostControl that returns the memory manager of an instance and forwards everything else to the host's own
 * control. */
#ifndef HMI_COM_HOST_CONTROL_H
#define HMI_COM_HOST_CONTROL_H

#include "core.h"

/* Creates the control with references on core, manager and inner (which may be NULL); *out is one reference for the
 * caller. Returns a Win32 error, 0 for success. */
UINT32 hmi_host_control_create(hmi_core *core, IHostMemoryManager *manager, IHostControl *inner, IHostControl **out);

#endif
