/* Where calls are made: to an operating system itself, or to a memory manager over it. */
#ifndef HOSTMEM_TESTS_WIN32_CALLS_WORLD_H
#define HOSTMEM_TESTS_WIN32_CALLS_WORLD_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/hostmem.h>

#include "call.h"
#include "sim_os.h"

typedef struct call_world {
    const char *name;
    BOOL is_managed;
    BOOL is_sim;
    BOOL is_wine;
    BOOL is_wine_8; /* its differences are known, one by one */
    sim_os *sim;
    hostmem_os *os;
    hostmem *instance;
    IHostMemoryManager *manager;
    IHostMalloc *blocks;
    void *heap; /* without a manager */
} call_world;

/* The result of a call. */
typedef struct call_answer {
    HRESULT hr;   /* with a manager */
    UINT32 error; /* the last error, 0 after success without a manager */
    BOOL succeeded;
    void *memory;
    UINT32 old;
    MEMORY_BASIC_INFORMATION region;
} call_answer;

/* The last error before each call. */
#define CALL_LAST_ERROR 0x2badcafeu

/* Returns false if it cannot be created. */
BOOL call_world_create(call_world *world, BOOL is_sim, BOOL is_managed);
/* Returns false, with a message on stderr, if something has not been freed. */
BOOL call_world_destroy(call_world *world);

/* Makes one call at address, which is what->at resolved. */
void call_world_make(call_world *world, const call *what, void *address, call_answer *answer);

/* Finds free addresses, by allocating and freeing without the manager. */
void *call_world_find_window(call_world *world, SIZE_T bytes, SIZE_T alignment);
/* The first address that programs cannot use. */
UINT_PTR call_world_kernel(call_world *world);

/* The figures of the instance of a managed world. */
hostmem_stats call_world_stats(call_world *world);

#endif
