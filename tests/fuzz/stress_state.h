/* What the parts of the stress test share: stress.c runs it and checks, stress_calls.c makes the calls,
 * stress_machine.c changes limits and the machine. Used by one thread. */
#ifndef HOSTMEM_TESTS_FUZZ_STRESS_STATE_H
#define HOSTMEM_TESTS_FUZZ_STRESS_STATE_H

#define COBJMACROS
#include <hostmem/hostmem.h>

#include "sim_os.h"
#include "stream.h"

/* Value of out parameters and the last error before a call. */
#define STRESS_POISON 0x2badcafeu

/* Maximum number of announced views. */
#define FUZZ_VIEWS 64

typedef struct stress {
    sim_os *sim;
    hostmem_os *os;
    hostmem *instance;
    hostmem_budget *budget;
    hostmem_budget_config policy;
    IHostMemoryManager *manager;
    UINT32 flags;
    BOOL keeps_addresses;       /* hostmem_config.address_reserve_bytes */
    UINT_PTR views[FUZZ_VIEWS]; /* starts of the announced views */
    unsigned view_count;
    UINT_PTR zone;
    UINT_PTR loose[FUZZ_LOOSE_SLOTS];
    SIZE_T loose_bytes[FUZZ_LOOSE_SLOTS];
    IHostMalloc *heaps[FUZZ_HEAPS];
    void *blocks[FUZZ_HEAPS][FUZZ_BLOCKS];
    SIZE_T sizes[FUZZ_HEAPS][FUZZ_BLOCKS];
    HRESULT hr;
    UINT32 last_error;
    BOOL done, failed;
    char message[200];
} stress;

/* Records the first failure; returns FALSE. */
BOOL stress_fail(stress *s, const char *format, ...);

/* Called before and after a call to the library; the second checks what applies to all results. */
void stress_before_call(stress *s);
void stress_after_call(stress *s, HRESULT hr);

/* An operation's address; 0 for an unused loose slot. */
UINT_PTR stress_address(stress *s, const fuzz_op *op);

/* stress_calls.c: all kinds except FUZZ_CONTROL. */
void stress_call(stress *s, const fuzz_op *op);
void stress_heap_release(stress *s, unsigned heap);

/* stress_machine.c: FUZZ_CONTROL. */
void stress_control(stress *s, const fuzz_op *op);

#endif
