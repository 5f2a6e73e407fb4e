/* The table of functions that take the place of others: by the name that they are exported with, and the DLLs that
 * export them. */
#ifndef HMI_CORECLR_REPLACEMENTS_H
#define HMI_CORECLR_REPLACEMENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* Who has a function: a name alone does not say it, there are several C runtimes. */
typedef enum hmi_library { HMI_LIBRARY_WINDOWS, HMI_LIBRARY_CRT } hmi_library;

typedef struct hmi_replacement {
    const char *name;
    hmi_library library;
    UINT32 unless;    /* flags of hostmem_coreclr_config, any of which leaves the function alone */
    FARPROC imported; /* for imports */
    FARPROC invoked;  /* for lookups of managed code; NULL: left alone there */
} hmi_replacement;

/* The one for a function of the DLL that a module imports it from; NULL: there is none. */
const hmi_replacement *hmi_replacement_of(const char *dll, const char *name);

/* The one of that name, whatever the library. */
const hmi_replacement *hmi_replacement_named(const char *name);

/* The one for a function that was looked up by name and found at an address: it is a function of Windows or of the C
 * runtime itself, and not some DLL's own of the same name. Looks it up there, too, and so takes the loader's lock. */
const hmi_replacement *hmi_replacement_at(const char *name, FARPROC address);

#endif
