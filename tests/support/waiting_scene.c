#include "waiting_scene.h"

#include <stdlib.h>

void waiting_scene_make_budget(scene *s, const hostmem_budget_config *changes)
{
    hostmem_budget_config config = *changes;
    config.size = sizeof config;
    config.limit_bytes = LIMIT;
    config.low_percent = 90;
    config.neutral_percent = 80;
    config.high_percent = 50;
    hostmem_budget_release(s->budget);
    assert_int_equal(hmi_budget_make(&config, s->os, &s->budget), 0);
}

int waiting_scene_open(void **state)
{
    static const hostmem_budget_config defaults = {.flags = HOSTMEM_NO_PROCESS_OVERDRAFT};
    const sim_os_config config = {.arena_bytes = 0x1000000};
    scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    s->sim = sim_os_create(&config);
    s->os = sim_os_functions(s->sim);
    waiting_scene_make_budget(s, &defaults);
    *state = s;
    return 0;
}

int waiting_scene_close(void **state)
{
    scene *s = *state;
    uint64_t used = atomic_load(&s->budget->charged_bytes);
    BOOL clean;
    if (sim_os_threads_running(s->sim)) { /* the test has failed */
        atomic_store(&s->cancelled[0], true);
        atomic_store(&s->cancelled[1], true);
        hmi_waiting_wake_all(&s->budget->waiting);
        if (!sim_os_await_threads_running(s->sim, 0, SIM_PATIENCE_MS))
            return -1;
    }
    sim_os_set_hooks(s->sim, 0, NULL, NULL, NULL);
    sim_os_fail(s->sim, 0, 0, 0, 0);
    hostmem_budget_release(s->budget);
    clean = sim_os_check(s->sim, NULL) && used == 0;
    sim_os_destroy(s->sim);
    free(s);
    return clean ? 0 : -1;
}

static UINT32 ask(waiter *self)
{
    scene *s = self->scene;
    if (atomic_load(&s->system_is_wrong))
        return ERROR_INVALID_PARAMETER;
    if (!hmi_budget_charge(s->budget, self->bytes, self->level))
        return ERROR_COMMITMENT_LIMIT;
    if (!atomic_load(&s->system_is_full))
        return 0;
    hmi_budget_cancel_charge(s->budget, self->bytes);
    return ERROR_NOT_ENOUGH_MEMORY;
}

static UINT32 attempt(void *context)
{
    waiter *self = context;
    UINT32 number = atomic_fetch_add(&self->attempts, 1) + 1, error;
    if (number == 2 && self->second_try)
        sim_gate_pass(self->second_try, SIM_NO_TIMEOUT);
    error = ask(self);
    if (number == 1 && self->first_failure) {
        sim_gate_open(self->first_failure);
        sim_gate_pass(self->go_on, SIM_NO_TIMEOUT);
    }
    return error;
}

static bool is_cancelled(void *context)
{
    const waiter *self = context;
    return atomic_load(&self->scene->cancelled[self->group]);
}

void waiter_wait(void *context)
{
    waiter *self = context;
    const hmi_wait_request wish = {
        .bytes = self->bytes,
        .level = (UINT32)self->level,
        .timeout_ms = self->timeout_ms,
        .attempt = attempt,
        .cancelled = is_cancelled,
        .context = self,
        .cancel_context = self,
    };
    atomic_store(&self->result, hmi_waiting_try(&self->scene->budget->waiting, &wish));
}

waiter *waiter_run_at(scene *s, unsigned i, UINT64 bytes, EMemoryCriticalLevel level)
{
    waiter *self = &s->waiters[i];
    self->scene = s;
    self->bytes = bytes;
    self->level = level;
    if (!self->timeout_ms)
        self->timeout_ms = A_LONG_TIME;
    atomic_store(&self->attempts, 0);
    atomic_store(&self->result, UNENDED);
    assert_int_equal(s->os->thread_start(s->os, waiter_wait, self, &self->thread), 0);
    return self;
}

waiter *waiter_start_at(scene *s, unsigned i, UINT64 bytes, EMemoryCriticalLevel level)
{
    UINT32 waiting = sim_os_waiting(s->sim);
    waiter *self = waiter_run_at(s, i, bytes, level);
    assert_true(sim_os_await_waiting(s->sim, waiting + 1, SIM_PATIENCE_MS));
    return self;
}

waiter *waiter_start(scene *s, unsigned i, UINT64 bytes)
{
    return waiter_start_at(s, i, bytes, eTaskCritical);
}

void waiter_ends_with(waiter *self, UINT32 error)
{
    assert_true(self->scene->os->thread_join(self->scene->os, self->thread, SIM_PATIENCE_MS));
    assert_int_equal(self->result, error);
}

void waiters_asleep_are(scene *s, UINT32 count)
{
    assert_true(sim_os_await_waiting(s->sim, count, SIM_PATIENCE_MS));
}
