/* See trace_check.h. */
#include "trace_check.h"

#include <stdlib.h>
#include <string.h>

void trace_check_start(hostmem *instance, const char *path)
{
    hostmem_trace_config config = {.size = sizeof config, .path = path};
    assert_int_equal(hostmem_trace_start(instance, &config), S_OK);
}

void trace_check_read(host_fixture *fixture, const char *path, trace_content *content)
{
    SIZE_T bytes;
    const void *data = sim_os_file(fixture->sim, path, &bytes);
    assert_non_null(data);
    trace_read(data, bytes, content);
    assert_string_equal(content->mistake, "");
    trace_sort(content);
}

void trace_check_stop(host_fixture *fixture, trace_content *content)
{
    assert_int_equal(hostmem_trace_stop(fixture->instance), S_OK);
    trace_check_read(fixture, TRACE_PATH, content);
    assert_true(content->ended);
    assert_int_equal(content->end.events_dropped, 0);
    assert_int_equal(content->late, 0);
}

static void print_event(const char *which, const hostmem_trace_event *event)
{
    print_error(
        "    %s: what %u level %u flags %#x result %#x type %#x protect %#x value %u\n      address %#llx size %#llx "
        "out %#llx origin %#llx thread %u\n",
        which, event->what, event->level, event->flags, event->result, event->type, event->protect, event->value,
        (unsigned long long)event->address, (unsigned long long)event->size, (unsigned long long)event->out,
        (unsigned long long)event->origin, event->thread);
}

void trace_check_events(const trace_content *content, UINT32 first, const hostmem_trace_event *expected, UINT32 count,
                        const char *file, int line)
{
    UINT32 i;
    for (i = 0; i < count && first + i < content->event_count; i++) {
        hostmem_trace_event wanted = expected[i];
        const hostmem_trace_event *event = &content->events[first + i];
        wanted.ticks = event->ticks;
        if (!wanted.thread)
            wanted.thread = event->thread;
        if (memcmp(&wanted, event, sizeof wanted)) {
            print_error("%s:%d: event %u differs\n", file, line, first + i);
            print_event("is", event);
            print_event("should be", &wanted);
            _fail(file, line);
        }
    }
    if (i < count) {
        print_error("%s:%d: there are %u events only\n", file, line, content->event_count);
        _fail(file, line);
    }
}

hostmem_trace_status trace_check_status(hostmem *instance)
{
    hostmem_trace_status status = {.size = sizeof status};
    assert_int_equal(hostmem_trace_get_status(instance, &status), S_OK);
    return status;
}

/* Doubles the size, so that a trace's thread does not spend its time copying. */
static void make_room(trace_sink *sink, SIZE_T bytes)
{
    if (sink->capacity - sink->bytes >= bytes)
        return;
    sink->capacity = 2 * (sink->bytes + bytes);
    sink->data = realloc(sink->data, sink->capacity);
    if (!sink->data)
        abort();
}

HRESULT trace_sink_write(void *context, const void *data, SIZE_T bytes)
{
    trace_sink *sink = context;
    sink->calls++;
    if (sink->entered) {
        sim_gate_open(sink->entered);
        sim_gate_pass(sink->leave, SIM_NO_TIMEOUT);
    }
    if (sink->stops && sink->calls == 2)
        sink->stopped = hostmem_trace_stop(sink->stops);
    if (sink->fails_from && sink->calls >= sink->fails_from)
        return E_ACCESSDENIED;
    make_room(sink, bytes);
    memcpy(sink->data + sink->bytes, data, bytes);
    sink->bytes += bytes;
    return S_OK;
}

void trace_sink_start(hostmem *instance, trace_sink *sink, UINT64 buffer_bytes)
{
    hostmem_trace_config config = {
        .size = sizeof config, .write = trace_sink_write, .context = sink, .buffer_bytes = buffer_bytes};
    assert_int_equal(hostmem_trace_start(instance, &config), S_OK);
}

void trace_sink_read(const trace_sink *sink, trace_content *content)
{
    trace_read(sink->data, sink->bytes, content);
    assert_string_equal(content->mistake, "");
    trace_sort(content);
}

void trace_sink_clear(trace_sink *sink)
{
    free(sink->data);
    *sink = (trace_sink){0};
}
