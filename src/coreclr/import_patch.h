/* Changes entries of import tables: all of a patch or none, and restores the protection of their pages. A thread that
 * calls meanwhile calls the old or the new function. A patch is used by one thread at a time. */
#ifndef HMI_CORECLR_IMPORT_PATCH_H
#define HMI_CORECLR_IMPORT_PATCH_H

#include "coreclr/imports.h"

struct hostmem_os;

typedef struct hmi_import_change {
    _Atomic(UINT_PTR) *slot;
    UINT_PTR before; /* its value when it was added */
    UINT_PTR after;
    UINT32 turn;
} hmi_import_change;

typedef struct hmi_import_patch {
    struct hostmem_os *os;
    UINT32 count;
    UINT32 capacity;
    hmi_import_change *changes;
} hmi_import_patch;

void hmi_import_patch_init(hmi_import_patch *patch, struct hostmem_os *os);
void hmi_import_patch_destroy(hmi_import_patch *patch);

/* Changes are made in this many turns, the lowest first, and undone in the opposite order. */
#define HMI_IMPORT_TURNS 4

/* Adds a change of slot to the value after. False: there is no memory. */
bool hmi_import_patch_add(hmi_import_patch *patch, _Atomic(UINT_PTR) *slot, UINT_PTR after, UINT32 turn);

/* Writes the new values. Returns a Win32 error, 0 for success; nothing is changed after an error. */
UINT32 hmi_import_patch_apply(hmi_import_patch *patch);

/* Restores the former values. ERROR_BUSY: somebody else has changed a slot since, and may call its value. Otherwise
 * like the function above. */
UINT32 hmi_import_patch_revert(hmi_import_patch *patch);

#endif
