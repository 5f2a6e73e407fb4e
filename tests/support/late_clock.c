/* See late_clock.h. */
#include "late_clock.h"

static void run(void *context)
{
    late_clock *self = context;
    BOOL (*await)(sim_os *, UINT32, UINT32) = self->joins ? sim_os_await_joining : sim_os_await_waiting;
    UINT32 (*number)(sim_os *) = self->joins ? sim_os_joining : sim_os_waiting;
    self->held = await(self->sim, self->count, SIM_PATIENCE_MS);
    sim_os_advance(self->sim, self->wait_ms - 1);
    self->held = self->held && number(self->sim) == self->count;
    sim_os_advance(self->sim, 1);
}

void late_clock_start(late_clock *clock, sim_os *sim, BOOL joins, UINT32 count, UINT64 wait_ms)
{
    *clock = (late_clock){.sim = sim, .joins = joins, .count = count, .wait_ms = wait_ms};
    clock->thread = sim_thread_start(run, clock);
}

BOOL late_clock_stop(late_clock *clock)
{
    sim_thread_join(clock->thread);
    return clock->held;
}
