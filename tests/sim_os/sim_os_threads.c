/* Threads of the simulated operating system, which are real ones, and functions with which tests wait until a
 * number of them run or wait. */
#include "sim_os_internal.h"

#include <stdlib.h>

/* Lives until the thread has ended and its handle is closed. */
struct sim_started {
    sim_started *next;
    sim_os *sim;
    sim_thread *thread; /* NULL: the handle is closed */
    sim_gate *end;      /* opened when the thread has ended, or when the timeout of the thread that joins it has
                         * expired */
    BOOL ended;
    UINT64 deadline_ms; /* of the thread that joins it; UINT64_MAX: none */
    void (*entry)(void *context);
    void *context;
};

struct sim_observer {
    sim_observer *next;
    sim_gate *gate;
};

static sim_started **find(sim_threads *threads, const void *thread)
{
    sim_started **link = &threads->first;
    while (*link != NULL && *link != thread) {
        link = &(*link)->next;
    }
    if (*link == NULL) {
        sim_die("not a thread's handle", thread);
    }
    return link;
}

static void forget(sim_threads *threads, sim_started *started)
{
    sim_started **link = find(threads, started);
    *link = started->next;
    threads->count--;
    sim_gate_destroy(started->end);
    free(started);
}

void sim_threads_clear(sim_threads *threads)
{
    while (threads->first != NULL) {
        sim_thread_join(threads->first->thread);
        forget(threads, threads->first);
    }
}

void sim_threads_time_passed(sim_os *sim)
{
    for (sim_started *started = sim->threads.first; started != NULL; started = started->next) {
        if (started->deadline_ms <= sim->time.now_ms) {
            started->deadline_ms = UINT64_MAX;
            sim_gate_open(started->end);
        }
    }
}

void sim_threads_changed(sim_os *sim)
{
    for (sim_observer *observer = sim->threads.first_observer; observer != NULL; observer = observer->next) {
        sim_gate_open(observer->gate);
    }
}

/* ---- The functions ---- */

static UINT32 os_thread_id(hostmem_os *os)
{
    (void)os;
    return sim_thread_id();
}

static void os_flush_write_buffers(hostmem_os *os)
{
    (void)os;
    sim_thread_flush_write_buffers();
}

static void run(void *context)
{
    sim_started *started = context;
    sim_os *sim = started->sim;
    started->entry(started->context);
    sim_mutex_lock(sim->mutex);
    started->ended = TRUE;
    sim->threads.running--;
    if (started->thread == NULL) {
        forget(&sim->threads, started);
    } else {
        sim_gate_open(started->end);
    }
    sim_threads_changed(sim);
    sim_mutex_unlock(sim->mutex);
}

static UINT32 os_thread_start(hostmem_os *os, void (*entry)(void *context), void *context, void **out)
{
    sim_passage passage;
    UINT32 error = sim_enter(&passage, os, (sim_os_call){.kind = SIM_THREAD_START});
    if (error == 0) {
        sim_threads *threads = &passage.sim->threads;
        sim_started *started = sim_allocate(sizeof *started);
        *started = (sim_started){
            .next = threads->first, .sim = passage.sim, .deadline_ms = UINT64_MAX, .entry = entry, .context = context};
        started->end = sim_gate_create();
        started->thread = sim_thread_start(run, started); /* the new thread cannot end before the mutex is released */
        if (started->thread == NULL) {
            sim_die("the real system has no more threads", NULL);
        }
        threads->first = started;
        threads->count++;
        threads->running++;
        sim_threads_changed(passage.sim);
        *out = started;
        passage.call.result = started;
    }
    return sim_leave(&passage, error);
}

static BOOL os_thread_join(hostmem_os *os, void *thread, UINT32 timeout_ms)
{
    sim_passage passage;
    sim_enter(&passage, os, (sim_os_call){.kind = SIM_THREAD_JOIN, .address = thread, .timeout_ms = timeout_ms});
    sim_os *sim = passage.sim;
    sim_started *started = *find(&sim->threads, thread);
    if (!started->ended && timeout_ms != 0) {
        sim_time *time = &sim->time;
        if (!time->real && timeout_ms != HMI_WAIT_FOREVER) {
            started->deadline_ms = time->now_ms + timeout_ms;
        }
        sim->threads.joining++;
        sim_threads_changed(sim);
        sim_mutex_unlock(sim->mutex);
        sim_gate_pass(started->end, time->real ? timeout_ms : SIM_NO_TIMEOUT);
        sim_mutex_lock(sim->mutex);
        sim->threads.joining--;
        sim_threads_changed(sim);
    }
    BOOL ended = started->ended;
    sim_thread *real = started->thread;
    started->thread = NULL;
    if (ended) {
        forget(&sim->threads, started);
    } else {
        sim_thread_detach(real);
    }
    sim_leave(&passage, 0);
    if (ended) {
        sim_thread_join(real); /* the thread has nothing left to do */
    }
    return ended;
}

void sim_thread_functions(hostmem_os *functions)
{
    functions->thread_id = os_thread_id;
    functions->flush_write_buffers = os_flush_write_buffers;
    functions->thread_start = os_thread_start;
    functions->thread_join = os_thread_join;
}

/* ---- Queries for tests ---- */

UINT32 sim_os_threads_running(sim_os *sim)
{
    sim_mutex_lock(sim->mutex);
    UINT32 running = sim->threads.running;
    sim_mutex_unlock(sim->mutex);
    return running;
}

UINT32 sim_os_joining(sim_os *sim)
{
    sim_mutex_lock(sim->mutex);
    UINT32 joining = sim->threads.joining;
    sim_mutex_unlock(sim->mutex);
    return joining;
}

static BOOL await(sim_os *sim, const UINT32 *number, UINT32 wanted, UINT32 timeout_ms)
{
    sim_observer observer = {.gate = sim_gate_create()};
    UINT64 start = sim_real_ms();
    UINT64 elapsed = 0;
    sim_mutex_lock(sim->mutex);
    observer.next = sim->threads.first_observer;
    sim->threads.first_observer = &observer;
    while (*number != wanted && elapsed < timeout_ms) {
        sim_mutex_unlock(sim->mutex);
        sim_gate_pass(observer.gate, (UINT32)(timeout_ms - elapsed));
        elapsed = sim_real_ms() - start;
        sim_mutex_lock(sim->mutex);
    }
    BOOL reached = *number == wanted;
    sim_observer **link = &sim->threads.first_observer;
    while (*link != &observer) {
        link = &(*link)->next;
    }
    *link = observer.next;
    sim_mutex_unlock(sim->mutex);
    sim_gate_destroy(observer.gate);
    return reached;
}

BOOL sim_os_await_waiting(sim_os *sim, UINT32 count, UINT32 timeout_ms)
{
    return await(sim, &sim->time.waiting, count, timeout_ms);
}

BOOL sim_os_await_joining(sim_os *sim, UINT32 count, UINT32 timeout_ms)
{
    return await(sim, &sim->threads.joining, count, timeout_ms);
}

BOOL sim_os_await_threads_running(sim_os *sim, UINT32 count, UINT32 timeout_ms)
{
    return await(sim, &sim->threads.running, count, timeout_ms);
}
