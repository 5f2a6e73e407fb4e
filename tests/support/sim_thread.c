/* See sim_thread.h: one implementation for POSIX, one for Windows. */
#include "sim_thread.h"

#include <stdlib.h>

#include "sim_backing.h"

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        sim_die("no memory for the simulation itself", NULL);
    }
    return memory;
}

/* The argument of a new thread, which frees it. */
typedef struct sim_start {
    void (*entry)(void *context);
    void *context;
} sim_start;

static void begin(void *parameter)
{
    sim_start start = *(sim_start *)parameter;
    free(parameter);
    start.entry(start.context);
}

#ifdef _WIN32

#include <windows.h>

#include "under_wine.h"

struct sim_gate {
    HANDLE event;
};

sim_gate *sim_gate_create(void)
{
    sim_gate *gate = allocate(sizeof *gate);
    gate->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (gate->event == NULL) {
        sim_die("CreateEvent failed", NULL);
    }
    return gate;
}

void sim_gate_destroy(sim_gate *gate)
{
    CloseHandle(gate->event);
    free(gate);
}

void sim_gate_open(sim_gate *gate)
{
    SetEvent(gate->event);
}

bool sim_gate_pass(sim_gate *gate, uint32_t timeout_ms)
{
    return WaitForSingleObject(gate->event, timeout_ms) == WAIT_OBJECT_0;
}

struct sim_thread {
    HANDLE handle;
};

static DWORD WINAPI run(void *parameter)
{
    begin(parameter);
    return 0;
}

sim_thread *sim_thread_start(void (*entry)(void *context), void *context)
{
    sim_thread *thread = allocate(sizeof *thread);
    sim_start *start = allocate(sizeof *start);
    *start = (sim_start){entry, context};
    thread->handle = CreateThread(NULL, 0, run, start, 0, NULL);
    if (thread->handle == NULL) {
        free(start);
        free(thread);
        return NULL;
    }
    return thread;
}

void sim_thread_join(sim_thread *thread)
{
    WaitForSingleObject(thread->handle, INFINITE);
    sim_thread_detach(thread);
}

void sim_thread_detach(sim_thread *thread)
{
    CloseHandle(thread->handle);
    free(thread);
}

void sim_thread_yield(void)
{
    SwitchToThread();
}

uint32_t sim_thread_id(void)
{
    return GetCurrentThreadId();
}

/* Wine 8 does nothing in FlushProcessWriteBuffers: there the kernel is asked itself. */
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
static long membarrier(long command)
{
    long result;
#if defined(__x86_64__)
    long long wide;
    __asm__ volatile("syscall"
                     : "=a"(wide)
                     : "a"(324LL), "D"((long long)command), "S"(0LL), "d"(0LL)
                     : "rcx", "r11", "memory");
    result = (long)wide;
#else
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(375), "b"(command), "c"(0), "d"(0) : "memory");
#endif
    return result;
}

static void flush_under_wine(void)
{
    enum { PRIVATE_EXPEDITED = 8, REGISTER_PRIVATE_EXPEDITED = 16 };
    if (is_under_wine() && membarrier(PRIVATE_EXPEDITED) != 0 &&
        (membarrier(REGISTER_PRIVATE_EXPEDITED) != 0 || membarrier(PRIVATE_EXPEDITED) != 0)) {
        sim_die("membarrier failed", NULL);
    }
}
#else
static void flush_under_wine(void) {}
#endif

void sim_thread_flush_write_buffers(void)
{
    FlushProcessWriteBuffers();
    flush_under_wine();
}

uint64_t sim_real_ms(void)
{
    return GetTickCount64();
}

#else

#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct sim_gate {
    pthread_mutex_t mutex;
    pthread_cond_t opened;
    bool open;
};

sim_gate *sim_gate_create(void)
{
    sim_gate *gate = allocate(sizeof *gate);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (pthread_mutex_init(&gate->mutex, NULL) != 0 || pthread_cond_init(&gate->opened, &attributes) != 0) {
        sim_die("pthread_cond_init failed", NULL);
    }
    pthread_condattr_destroy(&attributes);
    return gate;
}

void sim_gate_destroy(sim_gate *gate)
{
    pthread_cond_destroy(&gate->opened);
    pthread_mutex_destroy(&gate->mutex);
    free(gate);
}

void sim_gate_open(sim_gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->open = true;
    pthread_cond_signal(&gate->opened);
    pthread_mutex_unlock(&gate->mutex);
}

bool sim_gate_pass(sim_gate *gate, uint32_t timeout_ms)
{
    struct timespec until;
    int result = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&gate->mutex);
    while (!gate->open && result != ETIMEDOUT) {
        result = timeout_ms == SIM_NO_TIMEOUT ? pthread_cond_wait(&gate->opened, &gate->mutex)
                                              : pthread_cond_timedwait(&gate->opened, &gate->mutex, &until);
    }
    bool passed = gate->open;
    gate->open = false;
    pthread_mutex_unlock(&gate->mutex);
    return passed;
}

struct sim_thread {
    pthread_t handle;
};

static void *run(void *parameter)
{
    begin(parameter);
    return NULL;
}

sim_thread *sim_thread_start(void (*entry)(void *context), void *context)
{
    sim_thread *thread = allocate(sizeof *thread);
    sim_start *start = allocate(sizeof *start);
    *start = (sim_start){entry, context};
    if (pthread_create(&thread->handle, NULL, run, start) != 0) {
        free(start);
        free(thread);
        return NULL;
    }
    return thread;
}

void sim_thread_join(sim_thread *thread)
{
    pthread_join(thread->handle, NULL);
    free(thread);
}

void sim_thread_detach(sim_thread *thread)
{
    pthread_detach(thread->handle);
    free(thread);
}

void sim_thread_yield(void)
{
    sched_yield();
}

uint32_t sim_thread_id(void)
{
    static _Atomic uint32_t last;
    static _Thread_local uint32_t own;
    if (own == 0) {
        own = atomic_fetch_add(&last, 1) + 1;
    }
    return own;
}

static void register_membarrier(void)
{
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0) {
        sim_die("membarrier failed", NULL);
    }
}

void sim_thread_flush_write_buffers(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_membarrier);
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0) {
        sim_die("membarrier failed", NULL);
    }
}

uint64_t sim_real_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#endif
