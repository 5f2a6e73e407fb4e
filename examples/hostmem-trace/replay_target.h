/* The manager that a trace is replayed on: a new hostmem instance, or one from a DLL.
 *
 * Such a DLL exports one function, called once, that returns a reference on a manager that is ready for use:
 *
 *     HRESULT __cdecl hostmem_conformance_create(IHostMemoryManager **out);
 *
 * It is the function that hostmem's conformance suite uses (tests/conformance/factory.h). */
#ifndef TRACE_REPLAY_TARGET_H
#define TRACE_REPLAY_TARGET_H

#include <hostmem/hostmem.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct replay_target {
    IHostMemoryManager *manager;
    hostmem *instance; /* NULL: the manager is a DLL's */
} replay_target;

/* dll is UTF-8; NULL: hostmem, with a limit (0: none). Returns false after printing the reason. */
bool replay_target_create(replay_target *target, const char *dll, uint64_t limit_bytes);

/* Releases the manager; its memory is freed when the process ends. */
void replay_target_release(replay_target *target);

#endif
