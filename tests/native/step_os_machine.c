/* See step_os.h: the clock, threads, events, and what else there is in a machine but memory. */
#include "step_os_internal.h"

#include <string.h>

#define ALWAYS UINT64_MAX

/* What is put back. */
typedef struct machine {
    UINT64 now_ms;
    UINT64 ticks;
    UINT32 signals;
    BOOL etw_wanted;
    BOOL thread_refused;
} machine;

static machine now, saved;

/* Of a thread: whether its handle has been given up. */
static BOOL is_forgotten[STEP_THREADS];

void step_machine_reset(void)
{
    now = (machine){.now_ms = 10000};
    step_forget_all();
    step_threads[STEP_MAIN].last_error = 0;
}

void step_machine_save(void)
{
    saved = now;
}

void step_machine_restore(void)
{
    now = saved;
    step_forget_all();
}

void step_os_refuse_thread(BOOL refused)
{
    now.thread_refused = refused;
}

void step_os_set_signals(UINT32 signals)
{
    now.signals = signals;
}

void step_os_listen_to_etw(BOOL wanted)
{
    now.etw_wanted = wanted;
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
    return now.now_ms >= thread->wake_at_ms || (thread->signals & now.signals);
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

/* ---- The machine ---- */

static UINT32 os_memory_status(hostmem_os *os, hmi_os_memory *status)
{
    (void)os;
    POINT("memory_status");
    *status = (hmi_os_memory){50, (UINT64)16 << 30, (UINT64)8 << 30};
    return 0;
}

static void os_job_status(hostmem_os *os, hmi_os_job *status)
{
    (void)os;
    POINT("job_status");
    *status = (hmi_os_job){0};
}

static UINT32 os_memory_signals(hostmem_os *os)
{
    (void)os;
    POINT("memory_signals");
    return now.signals;
}

static UINT32 os_current_node(hostmem_os *os, UINT32 *node)
{
    (void)os;
    POINT("current_node");
    *node = 0;
    return 0;
}

static UINT64 os_now_ms(hostmem_os *os)
{
    (void)os;
    POINT("now_ms");
    return now.now_ms;
}

/* Every look at the clock finds it one tick later. */
static UINT64 os_ticks(hostmem_os *os)
{
    (void)os;
    POINT("ticks");
    return ++now.ticks;
}

static UINT64 os_ticks_per_second(hostmem_os *os)
{
    (void)os;
    POINT("ticks_per_second");
    return 1000000;
}

static UINT64 os_system_time(hostmem_os *os)
{
    (void)os;
    POINT("system_time");
    return 133500000000000000u + now.now_ms * 10000;
}

static UINT32 os_process_id(hostmem_os *os)
{
    (void)os;
    POINT("process_id");
    return 1;
}

static UINT32 os_capture_stack(hostmem_os *os, void **frames, UINT32 most)
{
    (void)os;
    POINT("capture_stack");
    frames[0] = (void *)(UINT_PTR)0x401000;
    return most > 0;
}

static UINT32 os_find_module(hostmem_os *os, const void *address, hmi_os_module *module)
{
    (void)os;
    (void)address;
    (void)module;
    POINT("find_module");
    return ERROR_MOD_NOT_FOUND;
}

static UINT32 os_get_environment(hostmem_os *os, const char *name, char *value, UINT32 length)
{
    (void)os;
    (void)name;
    (void)value;
    (void)length;
    POINT("get_environment");
    return 0;
}

static UINT32 os_etw_register(hostmem_os *os, const GUID *id, const void *traits,
                              void (*enable)(void *context, BOOL wanted), void *context, void **registration)
{
    static int provider;
    (void)os;
    (void)id;
    (void)traits;
    POINT("etw_register");
    *registration = &provider;
    if (now.etw_wanted)
        enable(context, TRUE);
    return 0;
}

static void os_etw_unregister(hostmem_os *os, void *registration)
{
    (void)os;
    (void)registration;
    POINT("etw_unregister");
}

static void os_etw_write(hostmem_os *os, void *registration, const hmi_os_etw_event *written)
{
    (void)os;
    (void)registration;
    (void)written;
    POINT("etw_write");
    step_totals.etw_events++;
}

static UINT32 os_file_create(hostmem_os *os, const char *path, void **file)
{
    (void)os;
    (void)path;
    POINT("file_create");
    *file = step_os_take_object(1);
    return *file ? 0 : ERROR_DISK_FULL;
}

static UINT32 os_file_write(hostmem_os *os, void *file, const void *data, UINT32 bytes)
{
    (void)os;
    (void)file;
    (void)data;
    (void)bytes;
    POINT("file_write");
    return 0;
}

static void os_file_close(hostmem_os *os, void *file)
{
    (void)os;
    POINT("file_close");
    step_os_drop_object(file);
}

void step_machine_fill(hostmem_os *table)
{
    table->memory_status = os_memory_status;
    table->job_status = os_job_status;
    table->memory_signals = os_memory_signals;
    table->current_node = os_current_node;
    table->now_ms = os_now_ms;
    table->thread_id = os_thread_id;
    table->event_create = os_event_create;
    table->event_destroy = os_event_destroy;
    table->event_set = os_event_set;
    table->wait = os_wait;
    table->thread_start = os_thread_start;
    table->thread_join = os_thread_join;
    table->process_is_ending = os_process_is_ending;
    table->ticks = os_ticks;
    table->ticks_per_second = os_ticks_per_second;
    table->system_time = os_system_time;
    table->process_id = os_process_id;
    table->etw_register = os_etw_register;
    table->etw_unregister = os_etw_unregister;
    table->etw_write = os_etw_write;
    table->file_create = os_file_create;
    table->file_write = os_file_write;
    table->file_close = os_file_close;
    table->capture_stack = os_capture_stack;
    table->find_module = os_find_module;
    table->get_environment = os_get_environment;
    table->get_last_error = os_get_last_error;
    table->set_last_error = os_set_last_error;
}
