/* Threads that wait for memory of a budget, over a simulated system whose clock stands still unless a test moves it.
 * What test_waiting and test_waiting_storms share: the scene, its waiters, and what can be said of them. */
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

/* A thread that wants memory. */
typedef struct waiter {
    struct waiting_scene *scene;
    UINT64 bytes;
    EMemoryCriticalLevel level;
    UINT32 timeout_ms;
    unsigned group;          /* by which it is cancelled */
    sim_gate *second_try;    /* NULL, or what the second attempt waits for to begin */
    sim_gate *first_failure; /* NULL, or what the first attempt opens when it has failed, to end when go_on opens */
    sim_gate *go_on;
    void *thread;
    _Atomic UINT32 attempts;
    _Atomic UINT32 result;
} waiter;

typedef struct waiting_scene {
    sim_os *sim;
    hostmem_os *os;
    hostmem_budget *budget;
    atomic_bool system_is_full; /* the simulated one has nothing to do with it */
    atomic_bool system_is_wrong;
    atomic_bool cancelled[2];
    _Atomic UINT32 attempts; /* of the storms */
    waiter waiters[WAITERS];
} scene;

#define waiting_test(function) cmocka_unit_test_setup_teardown(function, waiting_scene_open, waiting_scene_close)
int waiting_scene_open(void **state);
int waiting_scene_close(void **state);

/* Another budget in place of the scene's: its own policy, with these changes. */
void waiting_scene_make_budget(scene *s, const hostmem_budget_config *changes);

/* Waits as the fields say, on the calling thread; the result is in them. */
void waiter_wait(void *waiter);

/* Starts waiter i at a level; fields that differ from the usual have been set. */
waiter *waiter_run_at(scene *s, unsigned i, UINT64 bytes, EMemoryCriticalLevel level);
/* The same, and it sleeps when this returns. */
waiter *waiter_start_at(scene *s, unsigned i, UINT64 bytes, EMemoryCriticalLevel level);
waiter *waiter_start(scene *s, unsigned i, UINT64 bytes);

/* Waits for the end of a waiter, which must not need any help. */
void waiter_ends_with(waiter *self, UINT32 error);
/* All who have been woken have either ended or sleep again, which is the given number. */
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
