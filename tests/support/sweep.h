/* A sweep: a scenario is run over a simulated system that fails its 1st call, then its 2nd, and so on until the
 * scenario is over before the call that was to fail; then once more with everything failing from that call on. Every
 * result is held against the failure table and every figure against the system, after each step; at the end nothing may
 * be left. Used on the main thread only. */
#ifndef HOSTMEM_TESTS_SWEEP_H
#define HOSTMEM_TESTS_SWEEP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/hostmem.h>

#include <cmocka.h>
#include <corerror.h>

#include "sim_os.h"

#define SWEEP_PAGE ((SIZE_T)4096)
#define SWEEP_GRANULE ((SIZE_T)65536)
#define SWEEP_MOST 8

/* A run of a scenario, and what it holds. Scenarios keep what they get here, so that it can be given back for them. */
typedef struct sweep {
    sim_os *sim;
    hostmem_os *os;
    hostmem_budget *budget;
    hostmem *instances[2]; /* on the one budget */
    IHostMemoryManager *managers[2];
    IHostControl *control;
    char *regions[SWEEP_MOST];
    unsigned owners[SWEEP_MOST]; /* of the regions: which instance */
    unsigned owner;              /* of those to come */
    IHostMalloc *heaps[SWEEP_MOST];
    void *blocks[SWEEP_MOST]; /* of the first heap */
    void *foreign;
    /* of the sweep itself */
    const char *scenario;
    UINT32 skip, times, error;
    UINT32 failed;       /* calls of the system, before this step */
    bool limited, waits; /* as the budget is configured */
    hostmem_stats before[2];
} sweep;

/* Make what the scenario works with; gone with the run. S_OK, or E_OUTOFMEMORY if a call of the system has failed. */
HRESULT sweep_budget(sweep *s, hostmem_budget_config config);
HRESULT sweep_instance(sweep *s, unsigned index, hostmem_config config);

/* One call of a method of a COM object. expected: what it gives where no call of the system has ever failed. After
 * failures it may give S_OK, that, or, if one has just failed, what the failure table says; and under a limit it may be
 * refused, since what it counted on may not have been freed. */
typedef enum sweep_kind {
    SWEEP_REQUEST, /* VirtualAlloc, whose 487 is a lack of memory */
    SWEEP_CALL,
    SWEEP_SILENT /* the address-space callbacks: the last error stays, whatever happens */
} sweep_kind;

#define step(s, kind, expected, call) (sweep_begin(s), sweep_end(s, kind, expected, (call), #call, __FILE__, __LINE__))
void sweep_begin(sweep *s);
HRESULT sweep_end(sweep *s, sweep_kind kind, HRESULT expected, HRESULT hr, const char *call, const char *file,
                  int line);

/* Shorthands for the steps that most scenarios are made of. Each does nothing if what it is about is not there. */
bool sweep_new(sweep *s, unsigned region, SIZE_T size, DWORD type, DWORD protect, EMemoryCriticalLevel level,
               HRESULT expected);
bool sweep_commit(sweep *s, unsigned region, SIZE_T offset, SIZE_T size, DWORD protect, HRESULT expected);
void sweep_reset(sweep *s, unsigned region);
void sweep_free(sweep *s, unsigned region, SIZE_T offset, SIZE_T size, DWORD type);
bool sweep_heap(sweep *s, unsigned heap, DWORD type);
bool sweep_block(sweep *s, unsigned block, SIZE_T size, EMemoryCriticalLevel level, bool debug, HRESULT expected);
void sweep_free_block(sweep *s, unsigned block);

/* Runs the scenario in all these ways. least: how many calls that can fail it makes at the least. */
typedef struct sweep_plan {
    const char *name;
    void (*scenario)(sweep *s);
    UINT32 least;
    bool real_time;  /* of the simulated system */
    bool own_probes; /* the library reserves and releases something by itself, which does not fail */
} sweep_plan;
void sweep_run(const sweep_plan *plan);

#endif
