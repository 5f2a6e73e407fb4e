/* A memory manager that stands between a runtime and the one that governs it: passes every call on, holds every
 * answer to the contract of the hosting interfaces with the stand-in's checks, and keeps own_books. */
#ifndef CHECKING_MANAGER_H
#define CHECKING_MANAGER_H

#include "standin_check.h"

/* There is one. inner is borrowed. FALSE: the process has no thread-local storage left. */
BOOL checking_manager_init(IHostMemoryManager *inner);

IHostMemoryManager *checking_manager_get(void);

/* What it has seen. */
const standin_check *checking_manager_record(void);

#endif
