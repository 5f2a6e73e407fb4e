/* Running managed programs on a real runtime, for tests. Which runtime, and where programs are, the environment says:
 *     HOSTMEM_REAL_RUNTIME  a folder with coreclr.dll and the framework
 *     HOSTMEM_REAL_PROGRAMS the folder of Workload.dll
 *     HOSTMEM_REAL_HOSTS    the folder of corehost.exe and hostmem-trace.exe
 *     HOSTMEM_REAL_GOVERNED governed.exe
 *     HOSTMEM_REAL_TOOLS    the folder of public programs, by name
 *     HOSTMEM_REAL_ROOT     the folder of an installed .NET; empty: there is none for this processor */
#ifndef REAL_H
#define REAL_H

#include "child.h"

enum { REAL_SECONDS = 120 }; /* nothing here takes a tenth of that on a quiet machine */

/* How an unhandled exception ends a program. */
#define REAL_UNHANDLED 0xE0434352u

/* What a variable has; aborts where there is none. */
const char *real_variable(const char *name);

/* Runs "governed WORDS -- OPTIONS --runtime FOLDER Workload.dll PARTS". The caller gives it to child_free. */
child real_govern(const char *words, const char *options, const char *parts);

/* The same for any program: path is its assembly's. */
child real_govern_program(const char *words, const char *options, const char *path, const char *arguments);

/* Runs "governed -- Workload.dll PARTS": on the runtime that hostfxr finds. */
child real_govern_here(const char *parts);

/* Runs "corehost OPTIONS --runtime FOLDER Workload.dll PARTS". */
child real_host(const char *options, const char *parts, const char *input);

/* Runs PROGRAM.exe of the folder of hosts. */
child real_host_program(const char *program, const char *arguments);

/* Prints what a child said, and fails the test, unless it ended with this code. */
void real_expect(const child *child, DWORD exit_code);

/* Standard output alone; the caller frees it. */
char *real_output(const child *child);

/* The first number that follows a text in what a child said. Fails the test where there is none. */
unsigned long long real_number(const child *child, const char *text);

#endif
