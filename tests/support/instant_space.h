/* Units, allocated and freed in runs, without a lock: each unit is claimed by one compare-and-exchange. A thread
 * that is stopped or ended in the middle of a call keeps the units that it has claimed, and blocks nobody. A run
 * has one record, at the index of its first unit. If several threads end the same run, one succeeds. */
#ifndef HOSTMEM_TESTS_INSTANT_SPACE_H
#define HOSTMEM_TESTS_INSTANT_SPACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kind of a run, numbered by the user; 0: no run. The thread that sets kind to 0 owns the run. */
typedef struct instant_run {
    _Atomic uint32_t kind;
    _Atomic uint32_t note; /* for the user */
    _Atomic uint32_t units;
    _Atomic size_t bytes; /* for the user */
} instant_run;

typedef struct instant_space {
    uint32_t count;
    _Atomic uint32_t hint;    /* where the first free unit may be */
    _Atomic uint32_t used;    /* no unit from here on was ever used */
    _Atomic uint32_t refused; /* requests for which there was no space */
    _Atomic uint32_t *unit;   /* 0: free; otherwise the first unit of its run + 1, or INSTANT_CLAIMED */
    instant_run *runs;
} instant_space;

#define INSTANT_NONE UINT32_MAX
#define INSTANT_CLAIMED UINT32_MAX

/* Returns false if out of memory. */
bool instant_space_init(instant_space *space, uint32_t count);
void instant_space_destroy(instant_space *space);

/* Allocates a run of so many units, beginning at first unless that is INSTANT_NONE. Returns its first unit, or
 * INSTANT_NONE if there is no space. The record is filled in before the run can be found. */
uint32_t instant_space_take(instant_space *space, uint32_t first, uint32_t units, uint32_t kind, uint32_t note,
                            size_t bytes);

/* The run that contains a unit, or NULL; first receives its first unit. */
instant_run *instant_space_find(instant_space *space, uint32_t unit, uint32_t *first);

/* Ends the run that begins at first if it is of the kind; false: it is not. Its units stay taken until they are
 * freed. */
bool instant_space_end(instant_space *space, uint32_t first, uint32_t kind);
void instant_space_give_back(instant_space *space, uint32_t first);

#endif
