/* Time in the simulated operating system: the clock, the memory signals, events, and the threads that wait for any
 * of them. A thread that releases a waiter does everything under the mutex; the waiter only returns. */
#include "sim_os_internal.h"

#include <stdlib.h>

/* About 4 s later the clock needs more than 32 bits, which shows code that keeps fewer. */
#define FIRST_MS 0xfffff000u

void sim_time_init(sim_time *time, const sim_os_config *config)
{
    *time = (sim_time){.real = config->real_time, .now_ms = FIRST_MS};
}

void sim_events_clear(sim_time *time)
{
    while (time->events != NULL) {
        sim_event *event = time->events;
        time->events = event->next;
        free(event);
    }
    time->event_count = 0;
}

static UINT64 now(const sim_time *time)
{
    return time->real ? sim_real_ms() + 1 : time->now_ms;
}

static sim_event **find_event(sim_time *time, const void *event)
{
    sim_event **link = &time->events;
    while (*link != NULL && *link != event) {
        link = &(*link)->next;
    }
    if (*link == NULL) {
        sim_die("not a live event", event);
    }
    return link;
}

/* Takes the waiter that the link points to out of the queue and lets it run. */
static void release(sim_os *sim, sim_waiter **link, UINT64 *counter)
{
    sim_waiter *waiter = *link;
    *link = waiter->next;
    waiter->released = TRUE;
    sim->time.waiting--;
    (*counter)++;
    sim_gate_open(waiter->gate);
    sim_threads_changed(sim);
}

static sim_waiter **find_waiter(sim_time *time, const sim_event *event)
{
    sim_waiter **link = &time->first_waiter;
    while (*link != NULL && (*link)->event != event) {
        link = &(*link)->next;
    }
    return link;
}

/* ---- The functions ---- */

static UINT64 os_now_ms(hostmem_os *os)
{
    sim_os *sim = sim_from_functions(os);
    sim_mutex_lock(sim->mutex);
    UINT64 ms = now(&sim->time);
    sim_mutex_unlock(sim->mutex);
    return ms;
}

static UINT32 os_memory_signals(hostmem_os *os, void *event)
{
    (void)event;
    sim_passage passage;
    sim_enter(&passage, os, (sim_os_call){.kind = SIM_MEMORY_SIGNALS});
    UINT32 signals = passage.sim->time.signals;
    sim_leave(&passage, 0);
    return signals;
}

static UINT32 os_event_create(hostmem_os *os, void **out)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_EVENT_CREATE});
    if (error == 0) {
        sim_time *time = &passage.sim->time;
        sim_event *event = sim_allocate(sizeof *event);
        event->next = time->events;
        time->events = event;
        time->event_count++;
        *out = event;
        passage.call.result = event;
    }
    return sim_leave(&passage, error);
}

static void os_event_destroy(hostmem_os *os, void *address)
{
    sim_passage passage;
    sim_enter(&passage, os, (sim_os_call){.kind = SIM_EVENT_DESTROY, .address = address});
    sim_time *time = &passage.sim->time;
    sim_event **link = find_event(time, address);
    if (*find_waiter(time, *link) != NULL) {
        sim_die("event_destroy while a thread waits for it", address);
    }
    *link = (*link)->next;
    time->event_count--;
    free(address);
    sim_leave(&passage, 0);
}

static void os_event_set(hostmem_os *os, void *address)
{
    sim_passage passage;
    sim_enter(&passage, os, (sim_os_call){.kind = SIM_EVENT_SET, .address = address});
    sim_time *time = &passage.sim->time;
    sim_event *event = *find_event(time, address);
    sim_waiter **link = find_waiter(time, event);
    if (*link != NULL) {
        release(passage.sim, link, &time->wakes.by_event);
    } else {
        event->set = TRUE;
    }
    sim_leave(&passage, 0);
}

/* Puts the waiter at the end of the queue and sleeps until it is taken out, or until the real timeout has expired. */
static void block(sim_os *sim, sim_waiter *waiter, UINT32 real_timeout_ms)
{
    sim_time *time = &sim->time;
    sim_waiter **link = &time->first_waiter;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = waiter;
    time->waiting++;
    waiter->gate = sim_gate_create();
    sim_threads_changed(sim);
    sim_mutex_unlock(sim->mutex);
    sim_gate_pass(waiter->gate, real_timeout_ms);
    sim_mutex_lock(sim->mutex);
    if (!waiter->released) {
        for (link = &time->first_waiter; *link != waiter;) {
            link = &(*link)->next;
        }
        release(sim, link, &time->wakes.by_time);
    }
    sim_gate_destroy(waiter->gate);
}

static void os_wait(hostmem_os *os, void *address, UINT32 signals, UINT32 timeout_ms)
{
    sim_passage passage;
    sim_enter(&passage, os,
              (sim_os_call){.kind = SIM_WAIT, .address = address, .type = signals, .timeout_ms = timeout_ms});
    sim_time *time = &passage.sim->time;
    sim_event *event = *find_event(time, address);
    if (event->set || (signals & time->signals) != 0 || timeout_ms == 0) {
        event->set = FALSE; /* an event comes before a signal, and only what ends the wait is consumed */
        time->wakes.at_once++;
    } else {
        sim_waiter waiter = {
            .event = event,
            .signals = signals,
            .deadline_ms = time->real || timeout_ms == HMI_WAIT_FOREVER ? UINT64_MAX : time->now_ms + timeout_ms,
        };
        block(passage.sim, &waiter, time->real ? timeout_ms : SIM_NO_TIMEOUT);
    }
    sim_leave(&passage, 0);
}

void sim_time_functions(hostmem_os *functions)
{
    functions->now_ms = os_now_ms;
    functions->memory_signals = os_memory_signals;
    functions->event_create = os_event_create;
    functions->event_destroy = os_event_destroy;
    functions->event_set = os_event_set;
    functions->wait = os_wait;
}

/* ---- Controls and queries for tests ---- */

void sim_os_advance(sim_os *sim, UINT64 ms)
{
    sim_mutex_lock(sim->mutex);
    sim_time *time = &sim->time;
    if (time->real) {
        sim_die("sim_os_advance of a clock that follows real time", NULL);
    }
    time->now_ms += ms;
    for (sim_waiter **link = &time->first_waiter; *link != NULL;) {
        if ((*link)->deadline_ms <= time->now_ms) {
            release(sim, link, &time->wakes.by_time);
        } else {
            link = &(*link)->next;
        }
    }
    sim_threads_time_passed(sim);
    sim_mutex_unlock(sim->mutex);
}

void sim_os_set_signals(sim_os *sim, UINT32 signals)
{
    sim_mutex_lock(sim->mutex);
    sim_time *time = &sim->time;
    time->signals = signals;
    for (sim_waiter **link = &time->first_waiter; *link != NULL;) {
        if (((*link)->signals & signals) != 0) {
            release(sim, link, &time->wakes.by_signal);
        } else {
            link = &(*link)->next;
        }
    }
    sim_mutex_unlock(sim->mutex);
}

void sim_os_wake_all(sim_os *sim)
{
    sim_mutex_lock(sim->mutex);
    while (sim->time.first_waiter != NULL) {
        release(sim, &sim->time.first_waiter, &sim->time.wakes.for_no_reason);
    }
    sim_mutex_unlock(sim->mutex);
}

UINT32 sim_os_waiting(sim_os *sim)
{
    sim_mutex_lock(sim->mutex);
    UINT32 waiting = sim->time.waiting;
    sim_mutex_unlock(sim->mutex);
    return waiting;
}

void sim_os_count_wakes(sim_os *sim, sim_os_wakes *wakes)
{
    sim_mutex_lock(sim->mutex);
    *wakes = sim->time.wakes;
    sim_mutex_unlock(sim->mutex);
}
