/* The parts of step_os: step_os.c with memory, step_os_machine.c with all the rest. */
#ifndef HOSTMEM_TESTS_STEP_OS_INTERNAL_H
#define HOSTMEM_TESTS_STEP_OS_INTERNAL_H

#include "step.h"
#include "step_os.h"

/* What each function of the table begins with. */
#define POINT(name) step_point("os->" name, __FILE__, __LINE__)

/* Puts the functions of the machine into the table. */
void step_machine_fill(hostmem_os *table);
void step_machine_reset(void);
void step_machine_save(void);
void step_machine_restore(void);

/* Objects that are not the library's own: events, files. NULL: there is no memory. */
void *step_os_take_object(SIZE_T size);
void step_os_drop_object(void *object);

extern step_os_totals step_totals;

void step_os_give_up(const char *why, const void *what);

#endif
