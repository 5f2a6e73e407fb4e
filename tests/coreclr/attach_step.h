/* Forced in front of sources of the library (-include) for test_attach_stops.c: each atomic operation and each call of
 * the system in them is a numbered point, at which the test may stop the thread. */
#ifndef HOSTMEM_TESTS_ATTACH_STEP_H
#define HOSTMEM_TESTS_ATTACH_STEP_H

#include <windows.h>

/* Comes before what is named. Stops the thread if it is the stepped one and this is the point for it. */
void attach_step(const char *name, const char *file, int line);

#define HOOK_BEFORE(name) attach_step(name, __FILE__, __LINE__)
#define HOOK_FAILS(name) (attach_step(name, __FILE__, __LINE__), false)
#include "../native/atomic_hooks.h"

#define STEP_CALL(function, ...) (attach_step(#function, __FILE__, __LINE__), function(__VA_ARGS__))

/* What attaching, watching and detaching call, and what the library's table of the system calls for them. */
#define AcquireSRWLockExclusive(...) STEP_CALL(AcquireSRWLockExclusive, __VA_ARGS__)
#define ReleaseSRWLockExclusive(...) STEP_CALL(ReleaseSRWLockExclusive, __VA_ARGS__)
#define CloseHandle(...) STEP_CALL(CloseHandle, __VA_ARGS__)
#define CreateEventW(...) STEP_CALL(CreateEventW, __VA_ARGS__)
#define CreateMemoryResourceNotification(...) STEP_CALL(CreateMemoryResourceNotification, __VA_ARGS__)
#define DuplicateHandle(...) STEP_CALL(DuplicateHandle, __VA_ARGS__)
#define FlushProcessWriteBuffers() \
    (attach_step("FlushProcessWriteBuffers", __FILE__, __LINE__), FlushProcessWriteBuffers())
#define FreeLibrary(...) STEP_CALL(FreeLibrary, __VA_ARGS__)
#define GetModuleFileNameW(...) STEP_CALL(GetModuleFileNameW, __VA_ARGS__)
#define GetModuleHandleExW(...) STEP_CALL(GetModuleHandleExW, __VA_ARGS__)
#define GetModuleHandleW(...) STEP_CALL(GetModuleHandleW, __VA_ARGS__)
#define GetProcAddress(...) STEP_CALL(GetProcAddress, __VA_ARGS__)
#define GetProcessHeap() (attach_step("GetProcessHeap", __FILE__, __LINE__), GetProcessHeap())
#define GetSystemInfo(...) STEP_CALL(GetSystemInfo, __VA_ARGS__)
#define HeapAlloc(...) STEP_CALL(HeapAlloc, __VA_ARGS__)
#define HeapCreate(...) STEP_CALL(HeapCreate, __VA_ARGS__)
#define HeapDestroy(...) STEP_CALL(HeapDestroy, __VA_ARGS__)
#define HeapFree(...) STEP_CALL(HeapFree, __VA_ARGS__)
#define LoadLibraryW(...) STEP_CALL(LoadLibraryW, __VA_ARGS__)
#define ResetEvent(...) STEP_CALL(ResetEvent, __VA_ARGS__)
#define SetEvent(...) STEP_CALL(SetEvent, __VA_ARGS__)
#define VirtualAlloc(...) STEP_CALL(VirtualAlloc, __VA_ARGS__)
#define VirtualFree(...) STEP_CALL(VirtualFree, __VA_ARGS__)
#define VirtualProtect(...) STEP_CALL(VirtualProtect, __VA_ARGS__)
#define VirtualQuery(...) STEP_CALL(VirtualQuery, __VA_ARGS__)

#endif
