/* The fixture of most tests of the COM interfaces: an instance on a simulated system, its manager, and calls whose
 * result, last error and effect on the figures are checked together. The teardown fails the test if anything
 * leaked. */
#ifndef HOSTMEM_TESTS_HOST_FIXTURE_H
#define HOSTMEM_TESTS_HOST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <hostmem/hostmem.h>

#include <cmocka.h>
#include <corerror.h>

#include "com_check.h"
#include "sim_os.h"

#define FIXTURE_PAGE ((SIZE_T)4096)
#define FIXTURE_GRANULE ((SIZE_T)65536)

typedef struct host_fixture {
    sim_os *sim;
    hostmem_os *os;
    hostmem *instance;
    IHostMemoryManager *manager;
    hostmem_stats before; /* recorded by the macros below */
} host_fixture;

/* For cmocka_unit_test_setup_teardown; *state is the fixture. A test may release the instance or the manager itself
 * and set the field to NULL. */
int host_fixture_setup(void **state);
int host_fixture_teardown(void **state);

#define fixture_test(function) cmocka_unit_test_setup_teardown(function, host_fixture_setup, host_fixture_teardown)

/* Another instance on the same system. */
hostmem *host_fixture_another(host_fixture *fixture);

hostmem_stats host_fixture_stats(host_fixture *fixture);

/* The call returns hr and leaves error as the thread's last error; the only figures that may change are those of
 * calls, refusals and injected faults. */
#define expect_failure(fixture, call, hr, error) \
    (host_fixture_before(fixture), host_fixture_after(fixture, (call), (hr), (error), TRUE, #call, __FILE__, __LINE__))

/* The call returns S_OK, not just any success, and does not change the last error. */
#define expect_success(fixture, call) \
    (host_fixture_before(fixture),    \
     host_fixture_after(fixture, (call), S_OK, FIXTURE_LAST_ERROR, FALSE, #call, __FILE__, __LINE__))

/* The same for calls that do not affect the figures: only the count of calls may change. */
#define expect_success_and_no_change(fixture, call) \
    (host_fixture_before(fixture),                  \
     host_fixture_after(fixture, (call), S_OK, FIXTURE_LAST_ERROR, TRUE, #call, __FILE__, __LINE__))

/* The last error before each of these calls. */
#define FIXTURE_LAST_ERROR 0x2badcafeu

void host_fixture_before(host_fixture *fixture);
void host_fixture_after(host_fixture *fixture, HRESULT hr, HRESULT expected, UINT32 expected_error, BOOL unchanged,
                        const char *call, const char *file, int line);

/* Shorthands for calls that must succeed. */
void *host_fixture_alloc(host_fixture *fixture, void *address, SIZE_T size, DWORD type, DWORD protect);
IHostMalloc *host_fixture_malloc(host_fixture *fixture, DWORD type);
/* A thread-safe heap of another instance than the fixture's. */
IHostMalloc *host_fixture_malloc_of(hostmem *instance);

#endif
