/* See victim.h: one implementation for POSIX, one for Windows. */
#include "victim.h"

#include <stdlib.h>

#include "sim_backing.h"

#ifdef _WIN32

#include <windows.h>

struct victim {
    void (*entry)(void *context);
    void *context;
    HANDLE handle;
    volatile LONG ready; /* the system has finished starting the thread, during which it holds locks */
};

static DWORD WINAPI run(void *parameter)
{
    victim *self = parameter;
    self->ready = 1;
    self->entry(self->context);
    return 0;
}

victim *victim_start(void (*entry)(void *context), void *context)
{
    victim *self = calloc(1, sizeof *self);
    if (!self)
        sim_die("no memory for a thread", NULL);
    self->entry = entry;
    self->context = context;
    /* Small, because Wine never frees the stack of a terminated thread; a megabyte is the least there. */
    self->handle = CreateThread(NULL, 64 * 1024, run, self, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (!self->handle)
        sim_die("CreateThread failed", (void *)(UINT_PTR)GetLastError());
    while (!self->ready)
        SwitchToThread();
    return self;
}

void victim_stop(victim *self)
{
    (void)self; /* SuspendThread does not need the thread to be running */
}

void victim_suspend(victim *self)
{
    CONTEXT context = {.ContextFlags = CONTEXT_CONTROL};
    /* SuspendThread returns before the thread has stopped; GetThreadContext returns after it has. */
    if (SuspendThread(self->handle) == (DWORD)-1)
        sim_die("SuspendThread failed", self);
    if (!GetThreadContext(self->handle, &context))
        sim_die("GetThreadContext failed", (void *)(UINT_PTR)GetLastError());
}

void victim_resume(victim *self)
{
    if (ResumeThread(self->handle) != 1)
        sim_die("ResumeThread of a thread that was not suspended once", self);
}

void victim_join(victim *self)
{
    WaitForSingleObject(self->handle, INFINITE);
    CloseHandle(self->handle);
    free(self);
}

/* The compiler warns of TerminateThread, which is what these tests are about. */
#if defined(_MSC_VER)
#pragma warning(disable : 6258)
#endif
void victim_terminate(victim *self)
{
    if (!TerminateThread(self->handle, 0))
        sim_die("TerminateThread failed", self);
    victim_join(self);
}

/* Sleep only takes milliseconds. */
typedef LONG NTAPI delay_function(BOOLEAN alertable, const LARGE_INTEGER *interval);

void victim_let_run(unsigned microseconds)
{
    static delay_function *delay;
    LARGE_INTEGER interval = {.QuadPart = -10 * (LONGLONG)microseconds};
    if (!delay)
        delay = (delay_function *)(void (*)(void))GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtDelayExecution");
    delay(FALSE, &interval);
}

#else

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

struct victim {
    void (*entry)(void *context);
    void *context;
    pthread_t thread;
    sigjmp_buf end;
    sem_t ready;   /* the thread can be stopped */
    sem_t stopped; /* it has stopped */
    sem_t resumed;
    atomic_bool doomed;
    atomic_bool stands;
};

static _Thread_local victim *own;

static void await(sem_t *semaphore)
{
    while (sem_wait(semaphore))
        continue; /* interrupted */
}

/* Runs on the victim, between any two of its instructions. Leaving by siglongjmp abandons what it was doing. */
static void stand_still(int signal)
{
    victim *self = own;
    (void)signal;
    if (atomic_load(&self->stands)) {
        sem_post(&self->stopped);
        await(&self->resumed);
    }
    if (atomic_load(&self->doomed))
        siglongjmp(self->end, 1);
}

static void *run(void *parameter)
{
    victim *self = parameter;
    own = self;
    if (!sigsetjmp(self->end, 1)) {
        sem_post(&self->ready);
        self->entry(self->context);
    }
    return NULL;
}

static void install_handler(void)
{
    struct sigaction action = {.sa_handler = stand_still, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGUSR1, &action, NULL))
        sim_die("sigaction failed", NULL);
}

victim *victim_start(void (*entry)(void *context), void *context)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    victim *self = calloc(1, sizeof *self);
    pthread_once(&once, install_handler);
    if (!self)
        sim_die("no memory for a thread", NULL);
    self->entry = entry;
    self->context = context;
    sem_init(&self->ready, 0, 0);
    sem_init(&self->stopped, 0, 0);
    sem_init(&self->resumed, 0, 0);
    if (pthread_create(&self->thread, NULL, run, self))
        sim_die("pthread_create failed", NULL);
    await(&self->ready);
    return self;
}

void victim_stop(victim *self)
{
    atomic_store(&self->stands, true);
    pthread_kill(self->thread, SIGUSR1);
}

void victim_suspend(victim *self)
{
    if (!atomic_load(&self->stands))
        victim_stop(self);
    await(&self->stopped);
}

void victim_resume(victim *self)
{
    atomic_store(&self->stands, false);
    sem_post(&self->resumed);
}

void victim_join(victim *self)
{
    pthread_join(self->thread, NULL);
    sem_destroy(&self->ready);
    sem_destroy(&self->stopped);
    sem_destroy(&self->resumed);
    free(self);
}

void victim_let_run(unsigned microseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)microseconds * 1000}, NULL);
}

void victim_terminate(victim *self)
{
    atomic_store(&self->doomed, true);
    if (atomic_load(&self->stands))
        victim_resume(self);
    else
        pthread_kill(self->thread, SIGUSR1);
    victim_join(self);
}

#endif
