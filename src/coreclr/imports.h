/* Reads the import table of a loaded module: which functions it imports from which DLLs, and where the loader has put
 * their addresses. Everything that the table says is checked to lie inside of the module. No state. */
#ifndef HMI_CORECLR_IMPORTS_H
#define HMI_CORECLR_IMPORTS_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

typedef struct hmi_imports {
    const unsigned char *image;
    SIZE_T image_bytes;
    UINT32 first; /* offset of the first descriptor; 0: no imports */
    UINT32 exports;
} hmi_imports;

/* A function that is imported by name. */
typedef struct hmi_import {
    const char *dll;
    const char *name;
    _Atomic(UINT_PTR) *slot; /* the address that calls go through */
    bool bound;              /* whether the loader has put the function's address there */
} hmi_import;

/* Return false to stop. */
typedef bool hmi_import_visitor(void *context, const hmi_import *import);

/* The result of reading a table. */
typedef enum hmi_imports_result {
    HMI_IMPORTS_READ,
    HMI_IMPORTS_STOPPED, /* by the visitor */
    HMI_IMPORTS_BROKEN   /* the table points outside of the module, or does not end */
} hmi_imports_result;

/* Finds the tables of the module that is loaded at image. False: it is not a module for this processor, or its headers
 * are invalid. Precondition: image is page-aligned, its first page can be read, and the module stays loaded. */
bool hmi_imports_open(hmi_imports *imports, const void *image);

/* Visits all functions imported by name, in the order of the table. */
hmi_imports_result hmi_imports_visit(const hmi_imports *imports, hmi_import_visitor *visitor, void *context);

/* Whether the module exports a function of that name. */
bool hmi_imports_exports(const hmi_imports *imports, const char *name);

#endif
