/* See team.h. Between runs the helpers sleep at their gates. Before a run they meet at a spinning barrier, because
 * a thread that is woken may begin later than a batch lasts. */
#include "team.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim_thread.h"

typedef struct helper {
    team *team;
    sim_thread *thread;
    sim_gate *gate;
    worker *worker;
    UINT32 failures;
    LONGLONG end;
    char pad[64];
} helper;

struct team {
    operation_loop *loop; /* NULL: end the thread */
    UINT32 count;
    LONGLONG frequency;
    UINT32 processors;
    DWORD_PTR all_processors;
    _Atomic UINT32 ready;
    _Atomic UINT32 started;
    _Atomic UINT32 running;
    helper helpers[BENCH_THREADS]; /* the first one's thread is the caller */
};

static LONGLONG now(void)
{
    LARGE_INTEGER ticks;
    QueryPerformanceCounter(&ticks);
    return ticks.QuadPart;
}

/* Spins while *value is `while_it_is`; there may be more threads than processors. */
static void await_change(_Atomic UINT32 *value, UINT32 while_it_is)
{
    UINT32 spins = 0;
    while (atomic_load_explicit(value, memory_order_acquire) == while_it_is)
        if (++spins % 1000 == 0)
            sim_thread_yield();
}

/* Threads that a busy system has put on the same processor would not run at the same time, and would not contend. */
static void stay_on(const team *self, UINT32 thread)
{
    SetThreadAffinityMask(GetCurrentThread(), (DWORD_PTR)1 << thread % self->processors);
}

static void help(void *context)
{
    helper *self = context;
    team *team = self->team;
    stay_on(team, (UINT32)(self - team->helpers));
    for (;;) {
        sim_gate_pass(self->gate, SIM_NO_TIMEOUT);
        if (!team->loop)
            return;
        atomic_fetch_sub(&team->ready, 1);
        await_change(&team->started, 0);
        self->failures = team->loop(self->worker, team->count);
        self->end = now();
        atomic_fetch_sub_explicit(&team->running, 1, memory_order_release);
    }
}

team *team_create(void)
{
    team *self = calloc(1, sizeof *self);
    LARGE_INTEGER frequency;
    SYSTEM_INFO system;
    UINT32 i;
    if (!self)
        abort();
    QueryPerformanceFrequency(&frequency);
    self->frequency = frequency.QuadPart;
    GetSystemInfo(&system);
    self->processors = system.dwNumberOfProcessors;
    self->all_processors = system.dwActiveProcessorMask;
    for (i = 1; i < BENCH_THREADS; i++) {
        helper *made = &self->helpers[i];
        made->team = self;
        made->gate = sim_gate_create();
        made->thread = sim_thread_start(help, made);
        if (!made->thread) {
            fprintf(stderr, "bench: no thread could be created\n");
            exit(1);
        }
    }
    return self;
}

void team_destroy(team *self)
{
    UINT32 i;
    self->loop = NULL;
    for (i = 1; i < BENCH_THREADS; i++) {
        sim_gate_open(self->helpers[i].gate);
        sim_thread_join(self->helpers[i].thread);
        sim_gate_destroy(self->helpers[i].gate);
    }
    free(self);
}

double team_run(team *self, operation_loop *loop, worker *const *workers, UINT32 threads, UINT32 count,
                UINT32 *failures)
{
    LONGLONG start, end;
    UINT32 i, left;
    self->loop = loop;
    self->count = count;
    atomic_store(&self->started, 0);
    atomic_store(&self->ready, threads - 1);
    atomic_store(&self->running, threads - 1);
    for (i = 1; i < threads; i++) {
        self->helpers[i].worker = workers[i];
        sim_gate_open(self->helpers[i].gate);
    }
    if (threads > 1)
        stay_on(self, 0);
    while ((left = atomic_load(&self->ready)) != 0)
        await_change(&self->ready, left);

    start = now();
    atomic_store_explicit(&self->started, 1, memory_order_release);
    *failures += loop(workers[0], count);
    end = now();

    while ((left = atomic_load_explicit(&self->running, memory_order_acquire)) != 0)
        await_change(&self->running, left);
    if (threads > 1)
        SetThreadAffinityMask(GetCurrentThread(), self->all_processors);
    for (i = 1; i < threads; i++) {
        *failures += self->helpers[i].failures;
        end = self->helpers[i].end > end ? self->helpers[i].end : end;
    }
    return (double)(end - start) * 1e9 / (double)self->frequency;
}
