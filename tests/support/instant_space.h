/* Units of something, taken and given back in runs, without a lock: each unit is claimed by one compare-and-exchange.
 * Who stops in the middle of a call, or never goes on, keeps the units that it has claimed, and is in nobody's way. A
 * run has one record, in the place of its first unit. Of several threads that end the same run one succeeds. */
#ifndef HOSTMEM_TESTS_INSTANT_SPACE_H
#define HOSTMEM_TESTS_INSTANT_SPACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a run is, by the user's numbering; 0: there is none. Whoever moves kind to 0 has the run to himself. */
typedef struct instant_run {
    _Atomic uint32_t kind;
    _Atomic uint32_t note; /* the user's */
    _Atomic uint32_t units;
    _Atomic size_t bytes; /* the user's */
} instant_run;

typedef struct instant_space {
    uint32_t count;
    _Atomic uint32_t hint;    /* where the first free unit may be */
    _Atomic uint32_t used;    /* no unit from here on was ever in a run */
    _Atomic uint32_t refused; /* runs for which there was no room anywhere */
    _Atomic uint32_t *unit;   /* 0: free; otherwise the first unit of its run + 1, or INSTANT_CLAIMED */
    instant_run *runs;
} instant_space;

#define INSTANT_NONE UINT32_MAX
#define INSTANT_CLAIMED UINT32_MAX

/* False: no memory. */
bool instant_space_init(instant_space *space, uint32_t count);
void instant_space_destroy(instant_space *space);

/* A run of so many units, at first if that is not INSTANT_NONE. Gives its first unit; INSTANT_NONE: there is no room.
 * The record is filled in before the run can be found. */
uint32_t instant_space_take(instant_space *space, uint32_t first, uint32_t units, uint32_t kind, uint32_t note,
                            size_t bytes);

/* The run that holds a unit, NULL if none does; first: where it begins. */
instant_run *instant_space_find(instant_space *space, uint32_t unit, uint32_t *first);

/* Ends the run that begins at first if it is of the kind; false: it is not. Its units stay taken until they are given
 * back. */
bool instant_space_end(instant_space *space, uint32_t first, uint32_t kind);
void instant_space_give_back(instant_space *space, uint32_t first);

#endif
