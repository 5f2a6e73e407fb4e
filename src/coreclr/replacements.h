/* The table of replaced functions, by exported name and by the DLLs that export them. */
#ifndef HMI_CORECLR_REPLACEMENTS_H
#define HMI_CORECLR_REPLACEMENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* The library of a function. A name alone does not tell it, since there are several C runtimes. */
typedef enum hmi_library { HMI_LIBRARY_WINDOWS, HMI_LIBRARY_CRT } hmi_library;

typedef struct hmi_replacement {
    const char *name;
    hmi_library library;
    UINT32 unless;    /* flags of hostmem_coreclr_config; if any of them is set, the function is not replaced */
    UINT32 turn;      /* when it is replaced, below HMI_IMPORT_TURNS: those of a lower turn are replaced before */
    FARPROC imported; /* replaces imports of the runtime's modules */
    FARPROC others;   /* replaces imports of other modules */
    FARPROC invoked;  /* replaces lookups by managed code; NULL: not replaced there */
} hmi_replacement;

/* The replacement for a function that a module imports from dll; NULL: none. */
const hmi_replacement *hmi_replacement_of(const char *dll, const char *name);

/* The replacement with this name, of either library; NULL: none. */
const hmi_replacement *hmi_replacement_named(const char *name);

/* The replacement for a function that was looked up by name and found at an address, if it is the function of Windows
 * or of the C runtime and not one with the same name in another DLL. Looks it up there itself, and so takes the loader
 * lock. */
const hmi_replacement *hmi_replacement_at(const char *name, FARPROC address);

#endif
