/* Names of functions from images (EXE and DLL files) and their debug information: with llvm-symbolizer (PDB, DWARF,
 * symbol tables, exports), on Windows with DbgHelp (PDB, exports). */
#ifndef TRACE_SYMBOLIZER_H
#define TRACE_SYMBOLIZER_H

#include <stdbool.h>
#include <stdint.h>

enum { SYMBOL_NAME = 512 /* bytes of a name that are kept, including the final 0 */ };

typedef struct symbol_request {
    const char *image; /* path, UTF-8; NULL: this request is left out */
    uint64_t base;     /* address for which it was linked */
    uint64_t offset;   /* from the beginning of the loaded image */
    char *name;        /* NULL before; the caller frees it */
} symbol_request;

/* Sets the names of the functions that are found; the others stay NULL. A function whose source line is not known may
 * be only the nearest export or symbol below the offset: its name then has the distance, "name+0x1234". Requests of
 * the same image stand together. Prints the reason and returns false if that cannot work at all. */
bool symbolizer_find(symbol_request *requests, uint32_t count);

#endif
