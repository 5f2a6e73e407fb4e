/* Runs managed programs on a real runtime, for tests. The environment says which runtime, and where programs are:
 *     HOSTMEM_REAL_RUNTIME  a folder with coreclr.dll and the framework
 *     HOSTMEM_REAL_PROGRAMS the folder of Workload.dll
 *     HOSTMEM_REAL_HOSTS    the folder of corehost.exe and hostmem-trace.exe
 *     HOSTMEM_REAL_GOVERNED governed.exe
 *     HOSTMEM_REAL_TOOLS    the folder of public programs, by name
 *     HOSTMEM_REAL_ROOT     the folder of an installed .NET; empty: there is none for this processor */
#ifndef REAL_H
#define REAL_H

#include "child.h"

enum { REAL_SECONDS = 300 }; /* on a quiet machine nothing here takes a twentieth of that */

/* The exit code of a program with an unhandled exception. */
#define REAL_UNHANDLED 0xE0434352u

/* The value of a variable; aborts if it is not set. */
const char *real_variable(const char *name);

/* Runs "governed WORDS -- OPTIONS --runtime FOLDER Workload.dll PARTS". The caller frees the result with child_free. */
child real_govern(const char *words, const char *options, const char *parts);

/* The same for any program; path is its assembly. */
child real_govern_program(const char *words, const char *options, const char *path, const char *arguments);

/* Runs "governed -- Workload.dll PARTS", on the runtime that hostfxr finds. */
child real_govern_here(const char *parts);

/* Runs "corehost OPTIONS --runtime FOLDER Workload.dll PARTS". */
child real_host(const char *options, const char *parts, const char *input);

/* Runs PROGRAM.exe from the folder of hosts. */
child real_host_program(const char *program, const char *arguments);

/* Runs PROGRAM.exe from governed's folder. */
child real_beside_governed(const char *program, const char *arguments);

/* Unless the child ended with this code, prints its output and fails the test. */
void real_expect(const child *child, DWORD exit_code);

/* Only standard output; the caller frees it. */
char *real_output(const child *child);

/* The first number after a text in the child's output. Fails the test if there is none. */
unsigned long long real_number(const child *child, const char *text);

#endif
