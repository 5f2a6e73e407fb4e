/* A sweep: a scenario is run over a simulated system that fails its 1st call, then its 2nd, and so on until the
 * scenario ends before the call that should fail; then the same with every call failing from that one on. After
 * each step every result is compared with the failure table and every figure with the system; at the end nothing
 * may be left. Used on the main thread only. */
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

/* A run of a scenario. Scenarios store here what they allocate, so that it can be freed for them. */
typedef struct sweep {
    sim_os *sim;
    hostmem_os *os;
    hostmem_budget *budget;
    hostmem *instances[2]; /* sharing the one budget */
    IHostMemoryManager *managers[2];
    IHostControl *control;
    char *regions[SWEEP_MOST];
    unsigned owners[SWEEP_MOST]; /* index of each region's instance */
    unsigned owner;              /* index of the instance for new regions */
    IHostMalloc *heaps[SWEEP_MOST];
    void *blocks[SWEEP_MOST]; /* in the first heap */
    void *foreign;
    /* for the sweep itself */
    const char *scenario;
    UINT32 skip, times, error;
    UINT32 failed;       /* number of failed calls of the system before this step */
    bool limited, waits; /* according to the budget's configuration */
    hostmem_stats before[2];
} sweep;

/* Create what the scenario works with; freed with the run. Return S_OK, or E_OUTOFMEMORY if a call of the system
 * has failed. */
HRESULT sweep_budget(sweep *s, hostmem_budget_config config);
HRESULT sweep_instance(sweep *s, unsigned index, hostmem_config config);

/* One call of a method of a COM object. expected: its result if no call of the system has ever failed. After
 * failures it may return S_OK, that result, or, if a call has just failed, the result in the failure table; and
 * under a limit it may be refused, because memory that should be free may not have been freed. */
typedef enum sweep_kind {
    SWEEP_REQUEST, /* VirtualAlloc, for which 487 is a lack of memory */
    SWEEP_CALL,
    SWEEP_SILENT /* the address-space callbacks: they never change the last error */
} sweep_kind;

#define step(s, kind, expected, call) (sweep_begin(s), sweep_end(s, kind, expected, (call), #call, __FILE__, __LINE__))
void sweep_begin(sweep *s);
HRESULT sweep_end(sweep *s, sweep_kind kind, HRESULT expected, HRESULT hr, const char *call, const char *file,
                  int line);

/* Shorthands for the steps that most scenarios consist of. Each does nothing if the object it needs does not exist. */
bool sweep_new(sweep *s, unsigned region, SIZE_T size, DWORD type, DWORD protect, EMemoryCriticalLevel level,
               HRESULT expected);
bool sweep_commit(sweep *s, unsigned region, SIZE_T offset, SIZE_T size, DWORD protect, HRESULT expected);
void sweep_reset(sweep *s, unsigned region);
void sweep_free(sweep *s, unsigned region, SIZE_T offset, SIZE_T size, DWORD type);
bool sweep_heap(sweep *s, unsigned heap, DWORD type);
bool sweep_block(sweep *s, unsigned block, SIZE_T size, EMemoryCriticalLevel level, bool debug, HRESULT expected);
void sweep_free_block(sweep *s, unsigned block);

/* Runs the scenario in all these ways. least: the minimum number of calls it makes that can fail. */
typedef struct sweep_plan {
    const char *name;
    void (*scenario)(sweep *s);
    UINT32 least;
    bool real_time;  /* of the simulated system */
    bool own_probes; /* the library reserves and releases something for itself, and those calls are not made to fail */
} sweep_plan;
void sweep_run(const sweep_plan *plan);

#endif
