/* What the tests of the lower modules share: a core on a simulated system, and calls whose result, last error, out
 * parameters and effect on the figures are checked together. Every check reports the line of the calling test.
 * After each call every figure is compared with a walk of the simulated system. */
#ifndef HOSTMEM_TESTS_CHECK_H
#define HOSTMEM_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <hostmem/hostmem.h>

#include <cmocka.h>
#include <corerror.h>

#include "core.h"
#include "sim_os.h"

#define CHECK_PAGE ((SIZE_T)4096)
#define CHECK_GRANULE ((SIZE_T)65536)

/* Value of out parameters and the last error before a call. */
#define CHECK_POISON ((void *)(UINT_PTR)0xdddd)
#define CHECK_LAST_ERROR 0x2badcafeu

#define CHECK_COUNT_OF(array) (sizeof(array) / sizeof *(array))

typedef struct check_fixture {
    sim_os *sim;
    hostmem_os *os;
    hmi_core *core;
    hostmem_stats before; /* before the call that is being checked */
    UINT32 flags;         /* of the configuration; set it before check_create */
} check_fixture;

/* For cmocka_unit_test_setup_teardown; *state is the fixture. The teardown removes hooks, releases what the ledger
 * still has, and fails the test if a figure or the system is not at zero then. */
int check_setup(void **state);
int check_setup_free_foreign(void **state);
int check_teardown(void **state);

#define check_test(function) cmocka_unit_test_setup_teardown(function, check_setup, check_teardown)

/* The same for tests that need several fixtures, one after the other. */
void check_create(check_fixture *fixture);
/* False: something was not freed. */
bool check_destroy(check_fixture *fixture);

/* A core with a budget of its own; NULL if it cannot be created. */
hmi_core *check_core(const hostmem_config *config);

hostmem_stats check_stats(check_fixture *fixture);

/* Every figure, and every bit of the accounts, equals what the simulated system has. */
#define books_are_true(fixture) check_books(fixture, __FILE__, __LINE__)
void check_books(check_fixture *fixture, const char *file, int line);

/* The same, and the figures have these values. */
#define books_are(fixture, reserved, committed, executable) \
    check_books_are(fixture, reserved, committed, executable, __FILE__, __LINE__)
void check_books_are(check_fixture *fixture, UINT64 reserved, UINT64 committed, UINT64 executable, const char *file,
                     int line);

/* The call returns S_OK, not just any success, and does not change the last error. */
#define succeeds(fixture, call) (check_begin(fixture), check_success(fixture, (call), __FILE__, __LINE__))

/* The call returns hr and leaves error as the last error. It changes nothing except the count of refused requests
 * of the level, which increases by one if the error is of the out-of-memory class. level: CHECK_UNCOUNTED for calls
 * that are not requests. */
#define fails(fixture, level, hr, error, call) \
    (check_begin(fixture), check_failure(fixture, (call), hr, error, (int)(level), __FILE__, __LINE__))
#define CHECK_UNCOUNTED (-1)

void check_begin(check_fixture *fixture);
void check_success(check_fixture *fixture, HRESULT hr, const char *file, int line);
void check_failure(check_fixture *fixture, HRESULT hr, HRESULT expected, UINT32 error, int level, const char *file,
                   int line);

/* hmi_pages_alloc at eTaskCritical; returns the address. */
#define alloc_ok(fixture, address, size, type, protect) \
    check_alloc_ok(fixture, (void *)(address), size, type, protect, __FILE__, __LINE__)
void *check_alloc_ok(check_fixture *fixture, void *address, SIZE_T size, UINT32 type, UINT32 protect, const char *file,
                     int line);

/* hmi_pages_alloc that fails like `fails` and does not change its out parameter. */
#define alloc_fails(fixture, address, size, type, protect, level, hr, error) \
    check_alloc_fails(fixture, (void *)(address), size, type, protect, level, hr, error, __FILE__, __LINE__)
void check_alloc_fails(check_fixture *fixture, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                       EMemoryCriticalLevel level, HRESULT hr, UINT32 error, const char *file, int line);

#define free_ok(fixture, address, size, type) \
    succeeds(fixture, hmi_pages_free((fixture)->core, (void *)(address), size, type))
#define free_fails(fixture, address, size, type, hr, error) \
    fails(fixture, CHECK_UNCOUNTED, hr, error, hmi_pages_free((fixture)->core, (void *)(address), size, type))

/* hmi_pages_protect; old: the protection that it must return. */
#define protect_ok(fixture, address, size, protect, old) \
    check_protect_ok(fixture, (void *)(address), size, protect, old, __FILE__, __LINE__)
void check_protect_ok(check_fixture *fixture, void *address, SIZE_T size, UINT32 protect, UINT32 old, const char *file,
                      int line);

#define protect_fails(fixture, address, size, protect, hr, error) \
    check_protect_fails(fixture, (void *)(address), size, protect, hr, error, __FILE__, __LINE__)
void check_protect_fails(check_fixture *fixture, void *address, SIZE_T size, UINT32 protect, HRESULT hr, UINT32 error,
                         const char *file, int line);

/* Random numbers that a failing run can repeat: the seed is HOSTMEM_TEST_SEED if set, and is printed. */
UINT64 check_random_seed(void);
UINT64 check_random(UINT64 *state);

#endif
