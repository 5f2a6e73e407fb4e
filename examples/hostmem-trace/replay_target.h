/* The manager that a trace is replayed on: a new one of hostmem, or one that a DLL makes.
 *
 * Such a DLL exports one function, called once, that gives a reference on the manager as the host would set it up:
 *
 *     HRESULT __cdecl hostmem_conformance_create(IHostMemoryManager **out);
 *
 * It is the one that hostmem's conformance suite checks managers by (tests/conformance/factory.h). */
#ifndef TRACE_REPLAY_TARGET_H
#define TRACE_REPLAY_TARGET_H

#include <hostmem/hostmem.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct replay_target {
    IHostMemoryManager *manager;
    hostmem *instance; /* NULL: it is a DLL's */
} replay_target;

/* dll is UTF-8; NULL: hostmem, with a limit (0: none). False, having said why. */
bool replay_target_create(replay_target *target, const char *dll, uint64_t limit_bytes);

/* The manager's memory goes with the process. */
void replay_target_release(replay_target *target);

#endif
