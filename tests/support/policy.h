/* What the tests of the policy share: instances on a simulated system, and requests for memory in each of the four
 * ways that the CLR has, on the test's thread or on one that may wait. Requests and instances belong to the scene.
 * Its teardown frees what is left and fails the test if anything leaked. Used on the main thread only. */
#ifndef HOSTMEM_TESTS_POLICY_H
#define HOSTMEM_TESTS_POLICY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/hostmem.h>

#include <cmocka.h>
#include <corerror.h>

#include "sim_os.h"
#include "sim_thread.h"

#define POLICY_PAGE ((SIZE_T)4096)

/* The last error before each request. */
#define POLICY_LAST_ERROR 0x2badcafeu

typedef enum policy_way {
    POLICY_RESERVE_AND_COMMIT,
    POLICY_COMMIT, /* pages in a reservation that the instance has from the start */
    POLICY_ALLOC,
    POLICY_DEBUG_ALLOC,
    POLICY_WAYS
} policy_way;

typedef struct policy_request {
    struct policy_request *next;
    struct policy_instance *from;
    policy_way way;
    SIZE_T bytes;
    EMemoryCriticalLevel level;
    HRESULT hr;
    UINT32 error; /* the thread's last error after it */
    void *memory; /* as written by the method */
    sim_thread *thread;
    sim_gate *end;
    atomic_bool ended;
} policy_request;

typedef struct policy_instance {
    struct policy_instance *next;
    struct policy_scene *scene;
    hostmem *handle;
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    char *reservation;
    SIZE_T next_commit; /* offset in it */
    policy_request *requests;
} policy_instance;

typedef struct policy_scene {
    sim_os *sim;
    hostmem_os *os;
    policy_instance *instances;
    char note[128]; /* printed when an expectation fails */
} policy_scene;

int policy_setup(void **state);
int policy_teardown(void **state);
#define policy_test(function) cmocka_unit_test_setup_teardown(function, policy_setup, policy_teardown)

/* Opens an instance; the size and the os of the configuration are filled in. The first one has a budget of its own
 * with this configuration. */
policy_instance *policy_open(policy_scene *scene, hostmem_budget_config budget);
policy_instance *policy_open_as(policy_scene *scene, hostmem_config config);

/* Shuts the instance down, waits for its requests, frees what they got and releases all references. */
void policy_close(policy_instance *instance);

hostmem_stats policy_stats(policy_instance *instance);

/* Requests memory and writes to it if granted. `elsewhere`: on a thread of its own, without waiting for the result. */
policy_request *policy_ask(policy_instance *instance, policy_way way, SIZE_T bytes, EMemoryCriticalLevel level);
policy_request *policy_ask_elsewhere(policy_instance *instance, policy_way way, SIZE_T bytes,
                                     EMemoryCriticalLevel level);

/* Frees what the request got. */
void policy_give_back(policy_request *request);

/* The request ends with this result and last error. With S_OK it returned memory and did not change the last error,
 * otherwise it cleared the out parameter. */
#define policy_ends(request, hr, error) policy_check_end(request, hr, error, __FILE__, __LINE__)
#define policy_succeeds(request) policy_ends(request, S_OK, POLICY_LAST_ERROR)
void policy_check_end(policy_request *request, HRESULT hr, UINT32 error, const char *file, int line);

/* So many threads wait in the operating system, and the request has not ended. */
#define policy_waits(request, count) policy_check_wait(request, count, __FILE__, __LINE__)
void policy_check_wait(policy_request *request, UINT32 count, const char *file, int line);

/* A figure has this value; if not the scene's note is printed. */
#define policy_is(instance, figure, value) \
    policy_check_figure(instance, #figure, policy_stats(instance).figure, value, __FILE__, __LINE__)
void policy_check_figure(policy_instance *instance, const char *name, UINT64 is, UINT64 expected, const char *file,
                         int line);

#endif
