/* See step_os.h: the clock, threads, and events. */
#include "step_os_internal.h"

#include <string.h>

#define ALWAYS UINT64_MAX

/* What is put back. */
static struct {
    UINT64 now_ms;
    BOOL thread_refused;
} now, saved;

/* Of a thread: whether its handle has been given up. */
static BOOL is_forgotten[STEP_THREADS];

void step_threads_reset(void)
{
    now.now_ms = 10000;
    now.thread_refused = FALSE;
    step_forget_all();
    step_threads[STEP_MAIN].last_error = 0;
}

void step_threads_save(void)
{
    saved = now;
}

void step_threads_restore(void)
{
    now = saved;
    step_forget_all();
}

void step_os_refuse_thread(BOOL refused)
{
    now.thread_refused = refused;
}

UINT64 step_os_now_ms(void)
{
    return now.now_ms;
}

/* ---- Waiting ---- */

typedef struct event {
    BOOL is_set;
} event;

/* Whether a thread's wait is over, which takes the event. */
static BOOL is_over(step_thread *thread)
{
    event *awaited = thread->awaited;
    if (awaited->is_set) {
        awaited->is_set = FALSE;
        return TRUE;
    }
    return now.now_ms >= thread->wake_at_ms || (thread->signals & step_os_signals());
}

static BOOL can_run(step_thread *thread)
{
    return thread->state == STEP_READY || (thread->state == STEP_WAITING && is_over(thread));
}

void step_os_settle(void)
{
    unsigned number, turns = 0;
    BOOL has_run;
    do {
        has_run = FALSE;
        for (number = STEP_LIBRARY; number < STEP_THREADS; number++) {
            while (can_run(&step_threads[number])) {
                if (++turns == 100000)
                    step_os_give_up("the library's threads come to no rest", NULL);
                step_run(&step_threads[number]);
                has_run = TRUE;
            }
        }
    } while (has_run);
}

/* The first moment up to that one at which a thread of the library's has something to do. */
static UINT64 next_moment(UINT64 until_ms)
{
    unsigned number;
    for (number = STEP_LIBRARY; number < STEP_THREADS; number++) {
        const step_thread *thread = &step_threads[number];
        if (thread->state == STEP_WAITING && thread->wake_at_ms < until_ms)
            until_ms = thread->wake_at_ms;
    }
    return until_ms;
}

/* Lets time pass until that moment, or until the thread has ended, if it is not NULL. */
static void pass_time(UINT64 until_ms, const step_thread *thread)
{
    step_os_settle();
    while (now.now_ms < until_ms && !(thread && thread->state == STEP_ENDED)) {
        now.now_ms = next_moment(until_ms);
        step_os_settle();
    }
}

void step_os_advance(UINT64 ms)
{
    pass_time(now.now_ms + ms, NULL);
}

static UINT64 wake_at(UINT32 timeout_ms)
{
    return timeout_ms == HMI_WAIT_FOREVER ? ALWAYS : now.now_ms + timeout_ms;
}

/* While the main thread waits the library's run, and then time passes. */
static BOOL wait_in_main(step_thread *self)
{
    step_os_settle();
    if (is_over(self))
        return TRUE;
    if (self->wake_at_ms == ALWAYS)
        step_os_give_up("the main thread would wait for ever", self->awaited);
    pass_time(self->wake_at_ms, NULL);
    return is_over(self);
}

static void os_wait(hostmem_os *os, void *awaited, UINT32 signals, UINT32 timeout_ms)
{
    step_thread *self = step_current();
    (void)os;
    POINT("wait");
    self->awaited = awaited;
    self->signals = signals;
    self->wake_at_ms = wake_at(timeout_ms);
    if (is_over(self))
        return;
    if (self == &step_threads[STEP_MAIN])
        wait_in_main(self);
    else
        step_leave(STEP_WAITING);
}

static UINT32 os_event_create(hostmem_os *os, void **created)
{
    (void)os;
    POINT("event_create");
    *created = step_os_take_object(sizeof(event));
    return *created ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

static void os_event_destroy(hostmem_os *os, void *destroyed)
{
    (void)os;
    POINT("event_destroy");
    step_os_drop_object(destroyed);
}

static void os_event_set(hostmem_os *os, void *set)
{
    (void)os;
    POINT("event_set");
    ((event *)set)->is_set = TRUE;
}

/* ---- Threads ---- */

static UINT32 os_thread_start(hostmem_os *os, void (*entry)(void *context), void *context, void **thread)
{
    unsigned number;
    (void)os;
    POINT("thread_start");
    if (now.thread_refused && step_current() == &step_threads[STEP_VICTIM]) {
        now.thread_refused = FALSE;
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    for (number = STEP_LIBRARY; number < STEP_THREADS; number++) {
        step_thread *started = &step_threads[number];
        if (started->state == STEP_IDLE || (started->state == STEP_ENDED && is_forgotten[number])) {
            started->key = step_key(false, number);
            step_prepare(started, entry, context);
            is_forgotten[number] = FALSE;
            *thread = started;
            return 0;
        }
    }
    return ERROR_MAX_THRDS_REACHED;
}

/* Whether a thread ends in time, of which so much may pass. */
static BOOL ends_in_time(const step_thread *thread, UINT32 timeout_ms)
{
    pass_time(now.now_ms + timeout_ms, thread);
    return thread->state == STEP_ENDED;
}

static BOOL os_thread_join(hostmem_os *os, void *thread, UINT32 timeout_ms)
{
    step_thread *self = step_current(), *joined = thread;
    (void)os;
    POINT("thread_join");
    if (self == &step_threads[STEP_MAIN]) {
        self->resumed_for = ends_in_time(joined, timeout_ms);
    } else {
        self->awaited = joined;
        self->wake_at_ms = timeout_ms;
        self->resumed_for = joined->state == STEP_ENDED;
        if (!self->resumed_for && timeout_ms)
            step_leave(STEP_JOINING);
    }
    is_forgotten[joined - step_threads] = TRUE;
    return self->resumed_for;
}

step_state step_os_run_victim(void (*answer)(void *context), void *context)
{
    step_thread *victim = &step_threads[STEP_VICTIM];
    step_state state = step_run(victim);
    while (state == STEP_WAITING || state == STEP_JOINING) {
        if (state == STEP_JOINING) {
            victim->resumed_for = ends_in_time(victim->awaited, (UINT32)victim->wake_at_ms);
        } else {
            if (answer)
                answer(context);
            answer = NULL;
            step_os_settle();
            if (!is_over(victim)) {
                if (victim->wake_at_ms == ALWAYS)
                    step_os_give_up("the victim would wait for ever", victim->awaited);
                pass_time(victim->wake_at_ms, NULL);
                is_over(victim); /* takes the event, if it came by then */
            }
        }
        state = step_run(victim);
    }
    return state;
}

static UINT32 os_thread_id(hostmem_os *os)
{
    (void)os;
    POINT("thread_id");
    return step_current()->id;
}

/* Threads take turns here, so there is nothing to flush. */
static void os_flush_write_buffers(hostmem_os *os)
{
    (void)os;
    POINT("flush_write_buffers");
}

static BOOL os_process_is_ending(hostmem_os *os)
{
    (void)os;
    POINT("process_is_ending");
    return FALSE;
}

static UINT32 os_get_last_error(hostmem_os *os)
{
    (void)os;
    POINT("get_last_error");
    return step_current()->last_error;
}

static void os_set_last_error(hostmem_os *os, UINT32 error)
{
    (void)os;
    POINT("set_last_error");
    step_current()->last_error = error;
}

static UINT64 os_now_ms(hostmem_os *os)
{
    (void)os;
    POINT("now_ms");
    return now.now_ms;
}

void step_threads_fill(hostmem_os *table)
{
    table->now_ms = os_now_ms;
    table->thread_id = os_thread_id;
    table->flush_write_buffers = os_flush_write_buffers;
    table->event_create = os_event_create;
    table->event_destroy = os_event_destroy;
    table->event_set = os_event_set;
    table->wait = os_wait;
    table->thread_start = os_thread_start;
    table->thread_join = os_thread_join;
    table->process_is_ending = os_process_is_ending;
    table->get_last_error = os_get_last_error;
    table->set_last_error = os_set_last_error;
}
