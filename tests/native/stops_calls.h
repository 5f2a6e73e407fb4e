/* Every method and public function, as the sweep in test_stops.c calls them. */
#ifndef HOSTMEM_TESTS_STOPS_CALLS_H
#define HOSTMEM_TESTS_STOPS_CALLS_H

#include "stops_world.h"

typedef enum stops_promise {
    STOPS_WORKS,   /* S_OK, always */
    STOPS_MEMORY,  /* a request at eTaskCritical of so many bytes: S_OK while there is room */
    STOPS_FAILS,   /* the same failure, always */
    STOPS_CHANGES, /* S_OK, or that the instance is busy with the same thing for another thread */
} stops_promise;

typedef struct stops_call {
    const char *name;
    HRESULT (*make)(stops_holder *holder);
    void (*prepare)(stops_holder *holder); /* before it; NULL: nothing */
    void (*finish)(stops_holder *holder);  /* gives back what the call gave, and what prepare did; NULL: nothing */
    stops_promise promise;
    HRESULT failure;  /* with STOPS_FAILS */
    SIZE_T takes;     /* bytes of the budget at most, */
    SIZE_T frees;     /* gives back at most, */
    SIZE_T moves;     /* moves figures by, beside */
    bool large;       /* it takes and frees the way's number of bytes instead */
    bool disturbs;    /* others' calls may end in another way meanwhile: only the victim makes it */
    bool flushes;     /* it gives back quota that is cached */
    bool registers;   /* a callback */
    bool unregisters; /* the callback that there is */
    bool ends_trace;  /* nothing is known of the way's trace afterwards */
    void (*repair)(
        stops_holder *holder); /* undoes the call after its thread has been ended in it; NULL: nothing to undo
                                             but memory */
} stops_call;

extern const stops_call stops_calls[];
extern const unsigned stops_call_count;

/* The number of bytes that a large request is about. */
SIZE_T stops_large(const stops_holder *holder);

/* As much of these as there is in a way. */
SIZE_T stops_call_takes(const stops_call *call, const stops_way *way);
SIZE_T stops_call_frees(const stops_call *call, const stops_way *way);
/* By how much figures may be off while the call is not at its end. */
SIZE_T stops_call_moves(const stops_call *call, const stops_way *way);

/* What stays behind when a thread has been ended: it can be given back, or was half way. False: some call had a result
 * that it may not have. */
bool stops_bury(stops_holder *holder);

#endif
