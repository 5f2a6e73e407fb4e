/* The state that the COM objects of one instance share, counted by the references of all of them and of the host's handle.
 * It goes with the last reference. Everything in it may be used by any thread at any time without waiting. */
#ifndef HOSTMEM_SRC_CORE_H
#define HOSTMEM_SRC_CORE_H

#include <hostmem/hostmem.h>

#include "budget.h"
#include "failure.h"
#include "ledger.h"
#include "os.h"
#include "sites.h"

/* Counters that different kinds of calls touch are kept this far apart. */
#define HOSTMEM_CACHE_LINE 64

typedef struct hostmem_core {
    _Atomic ULONG references;
    UINT32 flags; /* HOSTMEM_FREE_FOREIGN */
    hostmem_os *os;
    hostmem_os_info info;
    _Atomic(ICLRMemoryNotificationCallback *) callback;
    atomic_bool shut_down;
    hostmem_sites sites;
    hostmem_ledger ledger;
    char pad_before_budget[HOSTMEM_CACHE_LINE];
    hostmem_budget budget;
    _Atomic uint64_t peak_used_bytes;
    char pad_before_heap[HOSTMEM_CACHE_LINE];
    _Atomic uint64_t heap_bytes;
    _Atomic uint64_t heap_blocks;
    char pad_before_refused[HOSTMEM_CACHE_LINE];
    _Atomic uint64_t refused[3];
} hostmem_core;

/* Creates a core with one reference. config is complete and valid, its os set. Returns NULL if there is no memory. */
hostmem_core *hostmem_core_create(const hostmem_config *config);

/* Both return the new count. The last release frees the core. */
ULONG hostmem_core_add_ref(hostmem_core *core);
ULONG hostmem_core_release(hostmem_core *core);

/* Whether a critical level is one that the interfaces define. */
bool hostmem_core_knows_level(EMemoryCriticalLevel level);

/* Ends a call that failed: sets the thread's last error and returns the HRESULT for it. */
HRESULT hostmem_core_fail(hostmem_core *core, hostmem_operation operation, UINT32 error);

/* The same for a request of memory, which is counted as refused if there was none. */
HRESULT hostmem_core_refuse(hostmem_core *core, hostmem_operation operation, EMemoryCriticalLevel level, UINT32 error);

/* Charges the budget for a request. False: it is refused; nothing is charged. */
bool hostmem_core_charge(hostmem_core *core, uint64_t bytes, EMemoryCriticalLevel level);

/* Call after memory was recorded as taken: raises the peak of use. */
void hostmem_core_note_use(hostmem_core *core);

/* Keeps a reference on the callback in place of the former one, which is released. NULL: none. False: the instance is
 * shut down and keeps none. */
bool hostmem_core_set_callback(hostmem_core *core, ICLRMemoryNotificationCallback *callback);

/* Gives the callback back and accepts no other. May be repeated. */
void hostmem_core_shutdown(hostmem_core *core);

/* Writes every figure; stats->size and reserved_word are left alone. */
void hostmem_core_stats(hostmem_core *core, hostmem_stats *stats);

#endif
