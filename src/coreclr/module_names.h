/* The names of modules to govern: the runtime's own, and those that the host has added. File names without a path.
 * Filled in once, then only read. */
#ifndef HMI_CORECLR_MODULE_NAMES_H
#define HMI_CORECLR_MODULE_NAMES_H

#include <stdbool.h>

#include <hostmem/coreclr.h>

/* The longest file name in Windows. */
#define HMI_MAX_MODULE_NAME 255

/* The runtime's four, System.IO.Compression.Native and the host's. */
#define HMI_MODULE_NAMES (5 + HOSTMEM_CORECLR_MAX_MODULES)

typedef struct hmi_module_names {
    UINT32 count;
    WCHAR names[HMI_MODULE_NAMES][HMI_MAX_MODULE_NAME + 1];
} hmi_module_names;

/* Collects the names for a configuration. False: one of them cannot be a file name. */
bool hmi_module_names_init(hmi_module_names *names, const hostmem_coreclr_config *config);

/* Whether a name with this number of letters is one of the runtime's own modules. */
bool hmi_module_names_is_runtime(const WCHAR *name, SIZE_T letters);

/* Whether a name with this number of letters is in the list; case does not matter. */
bool hmi_module_names_have(const hmi_module_names *names, const WCHAR *name, SIZE_T letters);

#endif
