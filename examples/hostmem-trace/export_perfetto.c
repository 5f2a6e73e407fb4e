/* Perfetto's trace packets. Field numbers are those of the published schema (protos/perfetto/trace). Tracks: the
 * figures of samples as counters, and each event as an instant on the track of its thread, or, where it took a time, as
 * a slice. Times are nanoseconds since the start of the trace. */
#include <stdio.h>
#include <string.h>

#include "export_formats.h"
#include "names.h"
#include "proto.h"
#include "thread_names.h"

enum { TRACE_PACKET = 1 };
enum {
    PACKET_CLOCKS = 6,
    PACKET_TIME = 8,
    PACKET_SEQUENCE = 10,
    PACKET_EVENT = 11,
    PACKET_FLAGS = 13,
    PACKET_TRACK = 60
};
enum { TRACK_ID = 1, TRACK_NAME = 2, TRACK_PROCESS = 3, TRACK_THREAD = 4, TRACK_PARENT = 5, TRACK_COUNTER = 8 };
enum { EVENT_ANNOTATION = 4, EVENT_TYPE = 9, EVENT_TRACK = 11, EVENT_NAME = 23, EVENT_VALUE = 30 };
enum { ANNOTATION_NUMBER = 3, ANNOTATION_TEXT = 6, ANNOTATION_POINTER = 7, ANNOTATION_NAME = 10 };
enum { BEGIN = 1, END = 2, INSTANT = 3, COUNTER = 4 };            /* TrackEvent.Type */
enum { COUNT = 2, BYTES = 3 };                                    /* CounterDescriptor.Unit */
enum { REAL_TIME = 1, BOOT_TIME = 6 };                            /* BuiltinClock; times of packets are of the second */
enum { PROCESS_TRACK = 1, COUNTER_TRACK = 2, THREAD_TRACK = 64 }; /* ids: of the first counter, of the first thread */

static const struct counter {
    const char *name;
    size_t offset; /* in hostmem_trace_sample */
    uint64_t unit;
} counters[] = {
    {"address space", offsetof(hostmem_trace_sample, reserved_bytes), BYTES},
    {"committed", offsetof(hostmem_trace_sample, committed_bytes), BYTES},
    {"executable", offsetof(hostmem_trace_sample, executable_bytes), BYTES},
    {"heap", offsetof(hostmem_trace_sample, heap_bytes), BYTES},
    {"heap blocks", offsetof(hostmem_trace_sample, heap_blocks), COUNT},
    {"committed and heap", offsetof(hostmem_trace_sample, used_bytes), BYTES},
    {"mapped files", offsetof(hostmem_trace_sample, mapped_bytes), BYTES},
    {"limit", offsetof(hostmem_trace_sample, limit_bytes), BYTES},
    {"over the limit", offsetof(hostmem_trace_sample, overdraft_bytes), BYTES},
    {"refused, task", offsetof(hostmem_trace_sample, refused[0]), COUNT},
    {"refused, app domain", offsetof(hostmem_trace_sample, refused[1]), COUNT},
    {"refused, process", offsetof(hostmem_trace_sample, refused[2]), COUNT},
    {"notifications, low", offsetof(hostmem_trace_sample, notifications[0]), COUNT},
    {"notifications, neutral", offsetof(hostmem_trace_sample, notifications[1]), COUNT},
    {"notifications, high", offsetof(hostmem_trace_sample, notifications[2]), COUNT},
    {"dropped events", offsetof(hostmem_trace_sample, events_dropped), COUNT},
};

typedef struct perfetto {
    FILE *out;
    trace_input *input;
    live_map threads; /* value: id of the track */
    thread_names names;
    origins origins;
    bool has_begun;
} perfetto;

static uint64_t time_of(const perfetto *perfetto, uint64_t ticks)
{
    return trace_nanoseconds(hostmem_trace_reader_header(perfetto->input->reader), ticks);
}

/* Without a sequence packets of events are dropped; the first one begins its state. */
static void put_packet(perfetto *perfetto, unsigned field, const proto *message, const uint64_t *time)
{
    proto packet, whole;

    packet.length = whole.length = 0;
    if (time)
        proto_number(&packet, PACKET_TIME, *time);
    proto_number(&packet, PACKET_SEQUENCE, 1);
    if (!perfetto->has_begun)
        proto_number(&packet, PACKET_FLAGS, 1);
    perfetto->has_begun = true;
    proto_message(&packet, field, message);
    proto_message(&whole, TRACE_PACKET, &packet);
    fwrite(whole.bytes, 1, whole.length, perfetto->out);
}

static void put_clock(proto *clocks, uint64_t id, uint64_t time)
{
    proto clock;

    clock.length = 0;
    proto_number(&clock, 1, id);
    proto_number(&clock, 2, time);
    proto_message(clocks, 1, &clock);
}

static void put_beginning(perfetto *perfetto)
{
    const hostmem_trace_file_header *header = hostmem_trace_reader_header(perfetto->input->reader);
    proto clocks, track, part;

    clocks.length = track.length = part.length = 0;
    put_clock(&clocks, BOOT_TIME, 0);
    put_clock(&clocks, REAL_TIME, trace_start_nanoseconds(header));
    put_packet(perfetto, PACKET_CLOCKS, &clocks, NULL);
    proto_number(&part, 1, header->process_id);
    proto_number(&track, TRACK_ID, PROCESS_TRACK);
    proto_message(&track, TRACK_PROCESS, &part);
    put_packet(perfetto, PACKET_TRACK, &track, NULL);
    for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
        track.length = part.length = 0;
        proto_number(&part, 3, counters[i].unit);
        proto_number(&track, TRACK_ID, COUNTER_TRACK + i);
        proto_text(&track, TRACK_NAME, counters[i].name);
        proto_number(&track, TRACK_PARENT, PROCESS_TRACK);
        proto_message(&track, TRACK_COUNTER, &part);
        put_packet(perfetto, PACKET_TRACK, &track, NULL);
    }
}

/* The description of a thread's track; a later one replaces it. */
static void put_thread(perfetto *perfetto, uint32_t thread, uint64_t id)
{
    const char *name = thread_names_find(&perfetto->names, thread);
    char number[NAME_TEXT];
    proto track, part;

    track.length = part.length = 0;
    proto_number(&part, 1, hostmem_trace_reader_header(perfetto->input->reader)->process_id);
    proto_number(&part, 2, thread);
    snprintf(number, sizeof(number), "thread %lu", (unsigned long)thread);
    proto_text(&part, 5, name ? name : number);
    proto_number(&track, TRACK_ID, id);
    proto_message(&track, TRACK_THREAD, &part);
    proto_number(&track, TRACK_PARENT, PROCESS_TRACK);
    put_packet(perfetto, PACKET_TRACK, &track, NULL);
}

static void name_thread(perfetto *perfetto, const hostmem_trace_item *item)
{
    const live_entry *track = live_map_find(&perfetto->threads, 0, item->as.thread->id);

    if (thread_names_add(&perfetto->names, item) && track)
        put_thread(perfetto, item->as.thread->id, track->value);
}

/* The track of a thread, which is described when it is first needed; 0 if out of memory. */
static uint64_t track_of(perfetto *perfetto, uint32_t thread)
{
    const live_entry *known = live_map_find(&perfetto->threads, 0, thread);
    uint64_t id = THREAD_TRACK + (uint64_t)perfetto->threads.count;

    if (known)
        return known->value;
    if (!live_map_put(&perfetto->threads, &(live_entry){.address = thread, .value = id}))
        return 0;
    put_thread(perfetto, thread, id);
    return id;
}

static void annotate_number(proto *event, const char *name, unsigned field, uint64_t value)
{
    proto annotation;

    if (!value)
        return;
    annotation.length = 0;
    proto_text(&annotation, ANNOTATION_NAME, name);
    proto_number(&annotation, field, value);
    proto_message(event, EVENT_ANNOTATION, &annotation);
}

static void annotate_text(proto *event, const char *name, const char *text)
{
    proto annotation;

    if (!*text)
        return;
    annotation.length = 0;
    proto_text(&annotation, ANNOTATION_NAME, name);
    proto_text(&annotation, ANNOTATION_TEXT, text);
    proto_message(event, EVENT_ANNOTATION, &annotation);
}

static void annotate(perfetto *perfetto, proto *message, const hostmem_trace_event *event)
{
    char text[NAME_TEXT];

    annotate_text(message, "result", name_of_result(event->result, text));
    annotate_text(message, "level", name_of_level(event->level, text));
    annotate_number(message, "address", ANNOTATION_POINTER, event->address);
    annotate_number(message, "size", ANNOTATION_NUMBER, event->size);
    annotate_number(message, "out", ANNOTATION_POINTER, event->out);
    annotate_text(message, "origin", origins_text(&perfetto->origins, event->origin, text));
    if (event->what == HOSTMEM_TRACE_VIRTUAL_ALLOC || event->what == HOSTMEM_TRACE_VIRTUAL_FREE)
        annotate_text(message, "type", name_of_memory_type(event->type, text));
    if (event->what == HOSTMEM_TRACE_VIRTUAL_ALLOC || event->what == HOSTMEM_TRACE_VIRTUAL_PROTECT)
        annotate_text(message, "protect", name_of_protection(event->protect, text));
    if (event->what == HOSTMEM_TRACE_NOTIFICATION)
        annotate_text(message, "notification", name_of_available(event->value, text));
    if (event->what == HOSTMEM_TRACE_CLOSED)
        annotate_text(message, "closed", name_of_closed(event->value, text));
    if (event->what == HOSTMEM_TRACE_NAMED)
        annotate_text(message, "for", name_of_kind(event->value, text));
    if (event->what == HOSTMEM_TRACE_REFUSED) {
        annotate_text(message, "by", name_of_refuser(event->type, text));
        annotate_number(message, "error", ANNOTATION_NUMBER, event->value);
    }
    if (event->flags & HOSTMEM_TRACE_INJECTED)
        annotate_text(message, "injected", "yes");
}

static bool put_event(perfetto *perfetto, const hostmem_trace_event *event)
{
    uint64_t track = track_of(perfetto, event->thread), time = time_of(perfetto, event->ticks);
    uint64_t lasted = event->what == HOSTMEM_TRACE_WAITED ? event->value * (uint64_t)1000000 : 0;
    uint64_t begin = time > lasted ? time - lasted : 0;
    proto message;

    message.length = 0;
    proto_number(&message, EVENT_TYPE, lasted ? BEGIN : INSTANT);
    proto_number(&message, EVENT_TRACK, track);
    proto_text(&message, EVENT_NAME, name_of_event(event->what));
    annotate(perfetto, &message, event);
    put_packet(perfetto, PACKET_EVENT, &message, &begin);
    if (lasted) {
        message.length = 0;
        proto_number(&message, EVENT_TYPE, END);
        proto_number(&message, EVENT_TRACK, track);
        put_packet(perfetto, PACKET_EVENT, &message, &time);
    }
    return track != 0;
}

static void put_sample(perfetto *perfetto, const hostmem_trace_sample *sample)
{
    uint64_t time = time_of(perfetto, sample->ticks);

    for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
        uint64_t value;
        proto message;
        memcpy(&value, (const char *)sample + counters[i].offset, sizeof(value));
        message.length = 0;
        proto_number(&message, EVENT_TYPE, COUNTER);
        proto_number(&message, EVENT_TRACK, COUNTER_TRACK + i);
        proto_number(&message, EVENT_VALUE, value);
        put_packet(perfetto, PACKET_EVENT, &message, &time);
    }
}

bool export_perfetto(FILE *out, trace_input *input)
{
    perfetto perfetto = {.out = out, .input = input};
    bool is_good = true;
    hostmem_trace_item item;

    put_beginning(&perfetto);
    while (is_good && !ferror(out) && trace_input_next(input, &item)) {
        origins_add(&perfetto.origins, &item);
        if (item.kind == HOSTMEM_TRACE_ITEM_EVENT)
            is_good = put_event(&perfetto, item.as.event);
        else if (item.kind == HOSTMEM_TRACE_ITEM_SAMPLE)
            put_sample(&perfetto, item.as.sample);
        else if (item.kind == HOSTMEM_TRACE_ITEM_THREAD)
            name_thread(&perfetto, &item);
    }
    origins_free(&perfetto.origins);
    live_map_free(&perfetto.threads);
    thread_names_free(&perfetto.names);
    return is_good;
}
