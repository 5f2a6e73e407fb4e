/* Address space that is kept back for views that would not fit otherwise: held from the start, given up for one view
 * when the CLR asks, and taken again when there is room. Any thread may call anything; nothing waits, and none of the
 * functions changes the thread's last error. */
#ifndef HMI_BOOKS_ADDRESS_RESERVE_H
#define HMI_BOOKS_ADDRESS_RESERVE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "os/os.h"

typedef struct hmi_address_reserve {
    hostmem_os *os;
    SIZE_T size; /* 0: there is none */
    void *base;  /* while held, or while one thread changes the state */
    _Atomic uint64_t state;
    _Atomic uint64_t lent_at_ms;
} hmi_address_reserve;

/* Returns a Win32 error, 0 for success. */
UINT32 hmi_address_reserve_init(hmi_address_reserve *reserve, hostmem_os *os, SIZE_T size);

/* Precondition: nobody else uses it. A zeroed struct may be passed. */
void hmi_address_reserve_destroy(hmi_address_reserve *reserve);

/* Gives the reserve up if that makes room for size bytes at start (NULL: anywhere; 0: size unknown). False: it does
 * not, or there is nothing to give; nothing is changed then. */
bool hmi_address_reserve_yield(hmi_address_reserve *reserve, void *start, SIZE_T size);

/* A view of the calling thread is there. If it is the one that the reserve was given up for, that may be taken again
 * from now on. */
void hmi_address_reserve_used(hmi_address_reserve *reserve);

/* Takes it again if it is missing and there is room. Call when address space has become free. */
void hmi_address_reserve_restore(hmi_address_reserve *reserve);

/* How much is held now. */
SIZE_T hmi_address_reserve_held(const hmi_address_reserve *reserve);

#endif
