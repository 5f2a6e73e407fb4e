/* Threads that wait for memory of a budget, over a simulated system whose clock only moves when a test moves it.
 * What test_waiting and test_waiting_storms share: the scene, its waiters, and checks on them. */
#ifndef HOSTMEM_TESTS_WAITING_SCENE_H
#define HOSTMEM_TESTS_WAITING_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "budget/budget.h"
#include "sim_os.h"
#include "sim_thread.h"

#define WAITERS 8
#define LIMIT 1000u
#define A_LONG_TIME 1000000u
#define UNENDED 0xdddddddd

/* A thread that requests memory. */
typedef struct waiter {
    struct waiting_scene *scene;
    UINT64 bytes;
    EMemoryCriticalLevel level;
    UINT32 timeout_ms;
    unsigned group;          /* the group by which it can be cancelled */
    sim_gate *second_try;    /* NULL, or what the second attempt waits for before it begins */
    sim_gate *first_failure; /* NULL, or the first attempt opens this after it failed, and ends when go_on opens */
    sim_gate *go_on;
    void *thread;
    _Atomic UINT32 attempts;
    _Atomic UINT32 result;
} waiter;

typedef struct waiting_scene {
    sim_os *sim;
    hostmem_os *os;
    hostmem_budget *budget;
    atomic_bool system_is_full; /* the simulated system's limits are not used */
    atomic_bool system_is_wrong;
    atomic_bool cancelled[2];
    _Atomic UINT32 attempts; /* used by the storms */
    waiter waiters[WAITERS];
} scene;

#define waiting_test(function) cmocka_unit_test_setup_teardown(function, waiting_scene_open, waiting_scene_close)
int waiting_scene_open(void **state);
int waiting_scene_close(void **state);

/* Replaces the scene's budget by one with the scene's policy and these changes. */
void waiting_scene_make_budget(scene *s, const hostmem_budget_config *changes);

/* Waits as the fields say, on the calling thread; the result is in the fields. */
void waiter_wait(void *waiter);

/* Starts waiter i at a level; the caller has set the fields that differ from the defaults. */
waiter *waiter_run_at(scene *s, unsigned i, UINT64 bytes, EMemoryCriticalLevel level);
/* The same, and returns when it sleeps. */
waiter *waiter_start_at(scene *s, unsigned i, UINT64 bytes, EMemoryCriticalLevel level);
waiter *waiter_start(scene *s, unsigned i, UINT64 bytes);

/* Waits for the end of a waiter, which must not need a wake-up. */
void waiter_ends_with(waiter *self, UINT32 error);
/* All waiters that were woken have ended or sleep again, and the given number sleeps. */
void waiters_asleep_are(scene *s, UINT32 count);

static inline void take(scene *s, UINT64 bytes)
{
    hmi_budget_force(s->budget, bytes);
}

static inline void give_back(scene *s, UINT64 bytes)
{
    hmi_budget_refund(s->budget, bytes);
}

#endif
