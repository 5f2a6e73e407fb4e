/* Starts and ends traces. One word has the state of the trace, and lets one thread at a time change it. The trace's
 * thread holds a reference, so that it can finish when nobody waits for it any longer.
 *
 * Checked against ARM's memory model: sequentially consistent, except for references that are added, and the writer's
 * counts of events. What a trace is made of passes to its thread by the start of that thread. */
#include "trace/trace.h"
#include "core_state.h"

#include <corerror.h>
#include <string.h>

#include "trace/trace_path.h"
#include "trace/trace_writer.h"

enum { IDLE, STARTING, RUNNING, STOPPING };

/* The highest number that is added to a file name that is in use. */
#define MAX_NUMBER 99u

/* After this time in which nothing was written, the thread is no longer waited for. */
#define PATIENCE_MS 60000u

struct hmi_trace {
    _Atomic ULONG references;
    hmi_core *core;
    _Atomic UINT32 state;
    /* Set by the thread and by the one that waits for it; the second to set it resets the state */
    _Atomic UINT32 parted;
    void *thread;
    void *end; /* an event that is set when the thread has written everything */
    _Atomic UINT32 thread_id;
    UINT32 instance;             /* hmi_trace_instance */
    char *name;                  /* the file of a trace that was started carefully; from object_alloc; NULL: none */
    _Atomic HRESULT not_started; /* the error of the last careful start; S_OK: it succeeded, or there was none */
    hmi_trace_writer writer;
};

/* The number of instances that this process has created. */
static _Atomic UINT32 instances;

UINT32 hmi_trace_create(hmi_core *core, hmi_trace **out)
{
    hmi_trace *trace = core->os->object_alloc(core->os, sizeof *trace);
    if (!trace)
        return ERROR_NOT_ENOUGH_MEMORY;
    atomic_init(&trace->references, 1);
    trace->core = core;
    trace->instance = atomic_fetch_add(&instances, 1) + 1;
    trace->writer.core = core;
    trace->writer.output.os = core->os;
    hmi_core_add_ref(core);
    *out = trace;
    return 0;
}

ULONG hmi_trace_release(hmi_trace *trace)
{
    ULONG references = atomic_fetch_sub_explicit(&trace->references, 1, memory_order_acq_rel) - 1;
    if (!references) {
        hmi_core *core = trace->core;
        hostmem_os *os = core->os;
        if (trace->end)
            os->event_destroy(os, trace->end);
        os->object_free(os, trace);
        hmi_core_release(core);
    }
    return references;
}

/* ---- The file ---- */

static UINT32 create_file(hmi_trace *trace, const char *path, bool carefully, UINT32 number, void **file)
{
    static const char magic[] = HOSTMEM_TRACE_MAGIC;
    hostmem_os *os = trace->core->os;
    char *name = hmi_trace_path_expand(os, path, trace->instance, number);
    UINT32 error;
    if (!name)
        return ERROR_NOT_ENOUGH_MEMORY;
    error = os->file_create(os, name, carefully ? magic : NULL, sizeof magic - 1, file);
    if (error || !carefully)
        os->object_free(os, name);
    else
        trace->name = name;
    return error;
}

static HRESULT open_file(hmi_trace *trace, const char *path, bool carefully, void **file)
{
    UINT32 number = 1, error = create_file(trace, path, carefully, number, file);
    while (carefully && error == ERROR_SHARING_VIOLATION && number < MAX_NUMBER)
        error = create_file(trace, path, carefully, ++number, file);
    return error == ERROR_NOT_ENOUGH_MEMORY ? E_OUTOFMEMORY : error ? HRESULT_FROM_WIN32(error) : S_OK;
}

static HRESULT open_output(hmi_trace *trace, const hostmem_trace_config *config, bool carefully)
{
    hostmem_os *os = trace->core->os;
    hmi_trace_output *output = &trace->writer.output;
    hmi_trace_block *block = os->object_alloc(os, sizeof *block);
    void *file = NULL;
    HRESULT hr = !block ? E_OUTOFMEMORY : config->path ? open_file(trace, config->path, carefully, &file) : S_OK;
    if (FAILED(hr)) {
        if (block)
            os->object_free(os, block);
        return hr;
    }
    hmi_crc_init(&block->crc);
    output->block = block;
    output->file = file;
    output->write = config->write;
    output->context = config->context;
    output->event = trace->writer.event;
    output->stop = &trace->writer.stop;
    atomic_store(&output->events, 0);
    atomic_store(&output->written_bytes, 0);
    atomic_store(&output->error, S_OK);
    return S_OK;
}

static void free_name(hmi_trace *trace)
{
    if (trace->name)
        trace->core->os->object_free(trace->core->os, trace->name);
    trace->name = NULL;
}

static void close_output(hmi_trace *trace)
{
    hostmem_os *os = trace->core->os;
    hmi_trace_output *output = &trace->writer.output;
    if (output->file)
        os->file_close(os, output->file);
    os->object_free(os, output->block);
    free_name(trace);
}

/* ---- The thread ---- */

/* Returns whether the other thread (of the two that part) was here before. */
static bool part(hmi_trace *trace)
{
    return atomic_exchange(&trace->parted, 1) != 0;
}

static void run(void *context)
{
    hmi_trace *trace = context;
    hostmem_os *os = trace->core->os;
    UINT32 state;
    /* Waits until the start is complete: before that nobody can stop the trace, not even the host's function from
     * inside. */
    do
        os->wait(os, atomic_load(&trace->writer.event), 0, HMI_WAIT_FOREVER);
    while ((state = atomic_load(&trace->state)) == STARTING && !atomic_load(&trace->writer.stop));
    atomic_store(&trace->thread_id, os->thread_id(os));
    if (state != STARTING) /* otherwise the host's path or write may no longer be valid */
        hmi_trace_writer_run(&trace->writer);
    if (trace->name && FAILED(atomic_load(&trace->writer.output.error)))
        hmi_trace_words_tell(os, trace->name, HMI_TRACE_ENDED, atomic_load(&trace->writer.output.error));
    close_output(trace);
    atomic_store(&trace->thread_id, 0);
    if (part(trace))
        atomic_store(&trace->state, IDLE);
    os->event_set(os, trace->end);
    hmi_trace_release(trace);
}

/* Creates what the first start needs and later ones use again. */
static HRESULT prepare(hmi_trace *trace, const hostmem_trace_config *config)
{
    hmi_core *core = trace->core;
    hmi_trace_writer *writer = &trace->writer;
    if (!trace->end && core->os->event_create(core->os, &trace->end))
        return E_OUTOFMEMORY;
    if (!writer->event_buffer) {
        if (hmi_event_buffer_create(core->os, (SIZE_T)config->buffer_bytes, &writer->event_buffer))
            return E_OUTOFMEMORY;
        atomic_store(&writer->event, hmi_event_buffer_event(writer->event_buffer));
        atomic_store(&core->events->event_buffer, writer->event_buffer);
    }
    return S_OK;
}

static void ignore(void *context, const hostmem_trace_event *event)
{
    (void)context;
    (void)event;
}

static HRESULT start_thread(hmi_trace *trace)
{
    hmi_core *core = trace->core;
    hmi_trace_writer *writer = &trace->writer;
    UINT32 error;
    hmi_event_buffer_collect(writer->event_buffer, ignore,
                             NULL); /* left by threads that had not seen the end of the last trace */
    atomic_store(&writer->dropped_before, hmi_event_buffer_dropped(writer->event_buffer));
    writer->incomplete_before = hmi_event_buffer_incomplete(writer->event_buffer);
    writer->number++;
    atomic_store(&writer->collected, 0);
    atomic_store(&writer->stop, false);
    writer->figures.ticks = 0;
    atomic_store(&writer->last_state, HMI_TRACE_FIGURES_NONE);
    atomic_store(&trace->parted, 0);
    atomic_fetch_add_explicit(&trace->references, 1, memory_order_relaxed);
    hmi_faults_reset(&core->faults);
    writer->start_ticks = hmi_events_begin_trace(core->events);
    writer->start_time = core->os->system_time(core->os);
    error = core->os->thread_start(core->os, run, trace, &trace->thread);
    if (error) {
        hmi_events_end_trace(core->events);
        hmi_trace_release(trace);
    }
    return error ? E_OUTOFMEMORY : S_OK;
}

static HRESULT start(hmi_trace *trace, const hostmem_trace_config *config, bool carefully)
{
    HRESULT hr = prepare(trace, config);
    if (SUCCEEDED(hr))
        hr = open_output(trace, config, carefully);
    if (FAILED(hr))
        return hr;
    trace->writer.interval_ms = config->interval_ms;
    hr = start_thread(trace);
    if (FAILED(hr))
        close_output(trace);
    return hr;
}

/* ---- Its users ---- */

static HRESULT begin(hmi_trace *trace, const hostmem_trace_config *config, bool carefully)
{
    UINT32 idle = IDLE;
    HRESULT hr;
    if (hmi_notifier_is_shut_down(trace->core->notifier) ||
        !atomic_compare_exchange_strong(&trace->state, &idle, STARTING))
        return HOST_E_INVALIDOPERATION;
    hr = start(trace, config, carefully);
    if (SUCCEEDED(hr))
        atomic_store(&trace->not_started, S_OK);
    atomic_store(&trace->state, SUCCEEDED(hr) ? RUNNING : IDLE);
    if (SUCCEEDED(hr))
        trace->core->os->event_set(trace->core->os, atomic_load(&trace->writer.event));
    if (hmi_notifier_is_shut_down(trace->core->notifier))
        hmi_events_end_trace(trace->core->events); /* hmi_trace_abandon may have been before that */
    return hr;
}

HRESULT hmi_trace_begin(hmi_trace *trace, const hostmem_trace_config *config)
{
    return begin(trace, config, false);
}

HRESULT hmi_trace_begin_carefully(hmi_trace *trace, const hostmem_trace_config *config)
{
    return begin(trace, config, true);
}

static void tell_to_stop(hmi_trace *trace)
{
    hostmem_os *os = trace->core->os;
    void *event = atomic_load(&trace->writer.event);
    hmi_trace_writer_read_last_figures(&trace->writer);
    hmi_events_end_trace(trace->core->events);
    atomic_store(&trace->writer.stop, true);
    if (event)
        os->event_set(os, event);
}

void hmi_trace_abandon(hmi_trace *trace)
{
    if (atomic_load(&trace->state) != IDLE)
        tell_to_stop(trace);
}

/* Waits until the thread has written everything, however long that takes on a slow disk or a busy machine. Gives up if
 * nothing is written for PATIENCE_MS. */
static void await_end(hmi_trace *trace)
{
    hostmem_os *os = trace->core->os;
    UINT64 written = atomic_load(&trace->writer.output.written_bytes), since_ms = os->now_ms(os);
    while (!atomic_load(&trace->parted)) {
        UINT64 waited_ms = os->now_ms(os) - since_ms, now_written;
        if (waited_ms >= PATIENCE_MS)
            return;
        os->wait(os, trace->end, 0, (UINT32)(PATIENCE_MS - waited_ms));
        now_written = atomic_load(&trace->writer.output.written_bytes);
        if (now_written != written) {
            written = now_written;
            since_ms = os->now_ms(os);
        }
    }
}

/* Stops waiting; a thread that has not finished goes on alone. */
static HRESULT give_up_thread(hmi_trace *trace)
{
    if (!part(trace))
        return HRESULT_FROM_WIN32(ERROR_TIMEOUT);
    atomic_store(&trace->state, IDLE);
    return atomic_load(&trace->writer.output.error);
}

HRESULT hmi_trace_finish(hmi_trace *trace)
{
    hostmem_os *os = trace->core->os;
    bool ending = os->process_is_ending(os) != FALSE, inside = atomic_load(&trace->thread_id) == os->thread_id(os);
    UINT32 running = RUNNING;
    HRESULT hr;
    if (!atomic_compare_exchange_strong(&trace->state, &running, STOPPING))
        return HOST_E_INVALIDOPERATION;
    tell_to_stop(trace);
    if (!ending && !inside)
        await_end(trace);
    os->thread_join(os, trace->thread, !ending && atomic_load(&trace->parted) ? PATIENCE_MS : 0);
    hr = give_up_thread(trace);
    return inside && hr == HRESULT_FROM_WIN32(ERROR_TIMEOUT) ? S_OK : hr;
}

hostmem_os *hmi_trace_os(hmi_trace *trace)
{
    return trace->core->os;
}

UINT32 hmi_trace_instance(const hmi_trace *trace)
{
    return trace->instance;
}

void hmi_trace_take_failure(hmi_trace *trace, HRESULT hr)
{
    atomic_store(&trace->not_started, hr);
}

HRESULT hmi_trace_read_failure(hmi_trace *trace, hmi_trace_failure *failure)
{
    HRESULT not_started = atomic_load(&trace->not_started);
    *failure = FAILED(not_started) ? HMI_TRACE_NOT_STARTED : HMI_TRACE_ENDED;
    return FAILED(not_started) ? not_started : atomic_load(&trace->writer.output.error);
}

void hmi_trace_read_status(hmi_trace *trace, hostmem_trace_status *status)
{
    hmi_trace_writer *writer = &trace->writer;
    hmi_trace_failure ignored;
    status->running = (atomic_load(&trace->core->events->listeners) & HMI_LISTENER_TRACE) != 0;
    status->events = atomic_load(&writer->output.events);
    status->written_bytes = atomic_load(&writer->output.written_bytes);
    status->error = hmi_trace_read_failure(trace, &ignored);
    /* Before the first start there is no event buffer to ask. */
    status->dropped = atomic_load(&trace->core->events->event_buffer) ? hmi_trace_writer_dropped(writer) : 0;
}
