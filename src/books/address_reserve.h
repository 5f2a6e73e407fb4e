/* Address space that is kept in reserve for views that would not fit otherwise. It is reserved at the start, released
 * for one view when the CLR asks, and reserved again when there is room. No function changes the thread's last error.
 */
#ifndef HMI_BOOKS_ADDRESS_RESERVE_H
#define HMI_BOOKS_ADDRESS_RESERVE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "os/os.h"

typedef struct hmi_address_reserve {
    hostmem_os *os;
    SIZE_T size; /* 0: not configured */
    void *base;  /* valid while the region is reserved */
    _Atomic uint64_t state;
    _Atomic uint64_t lent_at_ms;
} hmi_address_reserve;

/* Returns a Win32 error, 0 for success. */
UINT32 hmi_address_reserve_init(hmi_address_reserve *reserve, hostmem_os *os, SIZE_T size);

/* Precondition: nobody else uses it. A zeroed struct may be passed. */
void hmi_address_reserve_destroy(hmi_address_reserve *reserve);

/* Releases the reserve if that makes room for size bytes at start (start NULL: anywhere; size 0: unknown). Returns
 * false if it does not, or if nothing is held; the reserve then stays, or is reserved again if there is still room. */
bool hmi_address_reserve_yield(hmi_address_reserve *reserve, void *start, SIZE_T size);

/* The calling thread has mapped a view. If the reserve was released for this view, it is reserved again from now on as
 * soon as there is room. */
void hmi_address_reserve_used(hmi_address_reserve *reserve);

/* Reserves the region again if it is missing and there is room. Call when address space has become free. */
void hmi_address_reserve_restore(hmi_address_reserve *reserve);

/* Bytes that are held now. */
SIZE_T hmi_address_reserve_held(const hmi_address_reserve *reserve);

#endif
