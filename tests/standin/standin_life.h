/* A complete run ("life") of a runtime, for tests: from its creation on a new instance of the library to the end of
 * its process, with everything that a test may want to check afterwards. */
#ifndef STANDIN_LIFE_H
#define STANDIN_LIFE_H

#include <hostmem/hostmem.h>

#include "standin_clr.h"
#include "standin_proxy.h"

/* Deep enough for Trees.Run to use some dozens of MiB and collect several times, and still quick. */
#define STANDIN_LIFE_DEPTH 15
#define STANDIN_LIFE_THREADS 4

/* Value of result if the program did not run. */
#define STANDIN_LIFE_NO_RESULT 0xBADu

/* What to do in a run. */
typedef struct standin_plan {
    UINT64 limit_bytes;
    const hostmem_budget_config *budget; /* the rest of the policy; NULL: all defaults */
    struct hostmem_os *os;               /* NULL: Win32 */
    const WCHAR *method;                 /* of Trees; NULL: Run */
    const WCHAR *argument;               /* NULL: that of the depth and threads above */
    BOOL proxied;
    standin_fault fault;
    LONG refuse_after;
    BOOL notify_low;                                 /* between Start and the run */
    BOOL run_again_freely;                           /* a second run, without a limit */
    void (*at_rest)(void *context, hostmem *memory); /* NULL; or called whenever figures are read, while nothing
                                                      * else runs */
    void *context;
} standin_plan;

/* The results. */
typedef struct standin_life {
    HRESULT set_control, start, run;
    DWORD result, second_result;
    hostmem_stats started, ran, finished, ended; /* ran: after the first run; finished: after all of them */
    standin_report report;
    LONG levels_before_start[3], levels[3];
    BOOL refused;    /* the proxy has refused the request that it was told to refuse */
    ULONG left_over; /* COM objects alive at the end */
} standin_life;

/* Asserts nothing, so that everything is freed. */
void standin_live(const standin_plan *plan, standin_life *life);

#endif
