/* Objects that implement the interfaces as interfaces.h declares them in C++ and record every call, for a caller
 * that knows the interfaces only from the IDL. Includes neither declaration, so that both sides can include it. */
#ifndef HOSTMEM_TESTS_INTERFACES_RECORDER_H
#define HOSTMEM_TESTS_INTERFACES_RECORDER_H

#include <windows.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RECORDER_ARGUMENTS_MAX = 6 };

/* The last call; arguments without This, as 64-bit values. */
typedef struct recorder_call {
    const char *method; /* "IHostMalloc::Free" */
    int argument_count;
    UINT64 arguments[RECORDER_ARGUMENTS_MAX];
} recorder_call;

extern recorder_call recorder_latest;

/* The objects: static, never released. */
void *recorder_malloc(void);
void *recorder_callback(void);
void *recorder_manager(void);

/* An interface's IID as __uuidof gives it to C++, and as the library exports it to C. */
typedef struct recorder_iid {
    const IID *of_class;
    const IID *of_library;
} recorder_iid;

enum { RECORDER_IIDS = 3 };

/* IHostMalloc, ICLRMemoryNotificationCallback, IHostMemoryManager. */
const recorder_iid *recorder_iids(void);

#ifdef __cplusplus
}
#endif

#endif
