/* The parts of step_os: step_os.c with memory, step_os_saved.c, which puts that back, step_os_threads.c, and
 * step_os_machine.c with all the rest. */
#ifndef HOSTMEM_TESTS_STEP_OS_INTERNAL_H
#define HOSTMEM_TESTS_STEP_OS_INTERNAL_H

#include "instant_space.h"
#include "step.h"
#include "step_os.h"

/* What each function of the table begins with. */
#define POINT(name) step_point("os->" name, __FILE__, __LINE__)

/* Address space that is given out in runs of granules, or units. */
typedef struct step_area {
    instant_space space;
    SIZE_T granule;
    SIZE_T bytes;
    char *base;
    UINT8 *pages; /* by number: 0 is not committed; NULL: all is */
} step_area;

/* For the library's tables, which have memory under them; callers' reservations, which have none; objects and
 * blocks. */
enum { STEP_TABLES, STEP_REGIONS, STEP_UNITS, STEP_AREAS };
extern step_area step_areas[STEP_AREAS];

/* How many pages of an area may ever have been committed: those up to its last run. */
UINT32 step_area_pages(const step_area *area);

/* Clears pages of tables and decommits them. */
void step_os_clear_tables(UINT32 page, UINT32 end);

/* The same of threads and of the machine: they put their functions into the table, and take part in what step_os.h
 * says of the whole. */
void step_threads_fill(hostmem_os *table);
void step_threads_reset(void);
void step_threads_save(void);
void step_threads_restore(void);
void step_machine_fill(hostmem_os *table);
void step_machine_reset(void);
void step_machine_save(void);
void step_machine_restore(void);

UINT64 step_os_now_ms(void);
UINT32 step_os_signals(void);

/* Objects that are not the library's own: events, files. NULL: there is no memory. */
void *step_os_take_object(SIZE_T size);
void step_os_drop_object(void *object);

extern step_os_totals step_totals;

void step_os_give_up(const char *why, const void *what);

#endif
