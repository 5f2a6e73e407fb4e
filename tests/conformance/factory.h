/* What a DLL exports so that the conformance suite can check the memory manager in it. The whole of such a DLL:
 *
 *     #include "factory.h"
 *     HRESULT __cdecl hostmem_conformance_create(IHostMemoryManager **out)
 *     {
 *         return my_manager_create(out);
 *     }
 *
 * Built for the same architecture as the suite. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_FACTORY_H
#define HOSTMEM_TESTS_CONFORMANCE_FACTORY_H

#include <hostmem/interfaces.h>

/* Makes the manager to be checked, ready for the CLR; a limit of its own must leave room for some hundred
 * megabytes. Called once in a process, by its first thread, before anything else of the DLL; each rule runs in a
 * process of its own.
 * Convention: __cdecl, so that the exported name is the plain one on x86 too, whatever the compiler.
 * Ownership: on S_OK *out is one reference for the caller.
 * Errors: anything but S_OK with a pointer makes the rule fail. */
EXTERN_C __declspec(dllexport) HRESULT __cdecl hostmem_conformance_create(IHostMemoryManager **out);

#define CONFORMANCE_FACTORY_NAME "hostmem_conformance_create"

#endif
