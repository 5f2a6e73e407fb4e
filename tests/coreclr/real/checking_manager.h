/* A memory manager between a runtime and the one that governs it: passes every call on, checks every result against
 * the contract of the hosting interfaces with the stand-in's checks, and keeps accounts of its own (own_books.h). */
#ifndef CHECKING_MANAGER_H
#define CHECKING_MANAGER_H

#include "standin_check.h"

/* Creates the only one. inner is borrowed. FALSE: the process has no thread-local storage left. */
BOOL checking_manager_init(IHostMemoryManager *inner);

IHostMemoryManager *checking_manager_get(void);

/* The violations and counts so far. */
const standin_check *checking_manager_record(void);

#endif
