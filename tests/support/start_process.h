/* Starting a process, for tests. */
#ifndef HOSTMEM_TESTS_START_PROCESS_H
#define HOSTMEM_TESTS_START_PROCESS_H

#include <windows.h>

/* CreateProcess, repeated where Wine fails: Wine 8.0 on a busy machine now and then ends a new process before it has
 * begun, and gives ERROR_INTERNAL_ERROR (which Windows does not document for CreateProcess). Such a start is repeated
 * for a minute; any other error is the caller's, in GetLastError. Handles are inherited. */
static inline BOOL start_process(const char *program, char *command, STARTUPINFOA *startup,
                                 PROCESS_INFORMATION *process)
{
    unsigned attempts = 120;

    while (!CreateProcessA(program, command, NULL, NULL, TRUE, 0, NULL, NULL, startup, process)) {
        if (GetLastError() != ERROR_INTERNAL_ERROR || !--attempts)
            return FALSE;
        Sleep(500);
    }
    return TRUE;
}

#endif
