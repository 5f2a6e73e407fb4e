/* The threads of a program. See standin_execute.h. */
#include "standin_execute.h"

#include "standin_stack.h"

#include <stdlib.h>

/* How often the host's thread examines the stack of one of the others. */
#define SAMPLE_MS 10

typedef struct worker {
    standin_task task;
    const standin_program *program;
    const standin_arguments *arguments;
    HANDLE start; /* all begin at once, so that they need memory at the same time */
    HANDLE thread;
    UINT32 number;
    void *volatile stack; /* an address in it, once the thread runs */
    DWORD result;
    BOOL done; /* FALSE: out of memory */
} worker;

static DWORD WINAPI run_worker(void *argument)
{
    worker *self = argument;
    standin_runtime *runtime = self->task.runtime;
    char here;

    self->stack = &here;
    WaitForSingleObject(self->start, INFINITE);
    InterlockedIncrement(&runtime->tasks);
    self->done = standin_task_open(&self->task, runtime, self->number) &&
                 self->program->run(&self->task, self->arguments, &self->result);
    if (!self->done)
        InterlockedIncrement(&runtime->tasks_out_of_memory);
    standin_task_close(&self->task);
    return 0;
}

/* Waits for a thread's end; meanwhile its stack is examined, as debuggers, profilers and the collector do. */
static void join(worker *worker)
{
    standin_check *check = &worker->task.runtime->check;

    while (WaitForSingleObject(worker->thread, SAMPLE_MS) == WAIT_TIMEOUT)
        if (worker->stack)
            standin_stack_sample(check, worker->thread, worker->stack);
    CloseHandle(worker->thread);
}

HRESULT standin_execute(standin_runtime *runtime, const standin_program *program, const standin_arguments *arguments,
                        DWORD *result)
{
    worker *workers = calloc(arguments->threads, sizeof(*workers));
    HANDLE start = CreateEventW(NULL, TRUE, FALSE, NULL);
    HRESULT hr = workers && start ? S_OK : E_OUTOFMEMORY;
    DWORD sum = 0, out_of_memory = 0;
    UINT32 made = 0;

    for (; hr == S_OK && made < arguments->threads; made++) {
        worker *worker = &workers[made];

        worker->task.runtime = runtime;
        worker->program = program;
        worker->arguments = arguments;
        worker->start = start;
        worker->number = made;
        worker->thread = CreateThread(NULL, 0, run_worker, worker, 0, NULL);
        if (!worker->thread) {
            hr = E_OUTOFMEMORY;
            break;
        }
    }
    if (start)
        SetEvent(start);
    for (UINT32 i = 0; i < made; i++) {
        join(&workers[i]);
        sum += workers[i].result;
        out_of_memory += !workers[i].done;
    }
    if (made)
        standin_gc_clear(&runtime->gc);
    if (start)
        CloseHandle(start);
    free(workers);
    *result = hr == S_OK ? program->combine(sum, out_of_memory) : 0;
    return hr;
}
