/* Reads a trace as a stream: definitions, and events in the order of time, in bounded memory.
 *
 * The file is not trusted. Whatever its bytes are, reading ends, and if something is wrong it ends with a problem
 * in words; the valid items before that have been delivered. The reader checks the format: checksums, sizes,
 * counts, the order of ticks. Numbers inside of events are not checked: addresses that were never allocated,
 * unknown levels and kinds of memory, ids without a description.
 *
 * A reader may be used by one thread at a time. */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include <stdbool.h>

#include <hostmem/trace_format.h>

#include "problem.h"
#include "source.h"

typedef struct trace_reader trace_reader;

typedef enum trace_item_kind {
    TRACE_ITEM_EVENT,
    TRACE_ITEM_SAMPLE,
    TRACE_ITEM_REGION,
    TRACE_ITEM_SITE,   /* name is the file's */
    TRACE_ITEM_STACK,  /* frames */
    TRACE_ITEM_MODULE, /* name */
    TRACE_ITEM_END     /* the writer finished the file; the last item */
} trace_item_kind;

/* The pointers are valid until the next call of trace_reader_next. */
typedef struct trace_item {
    trace_item_kind kind;
    bool late;      /* the event is older than events delivered before it, because its thread was stopped while
                     * recording it */
    uint64_t ticks; /* for events, samples and the end; otherwise 0 */
    union {
        const hostmem_trace_event *event;
        const hostmem_trace_sample *sample;
        const hostmem_trace_region *region;
        const hostmem_trace_site *site;
        const hostmem_trace_stack *stack;
        const hostmem_trace_module *module;
        const hostmem_trace_end *end;
    } as;
    const char *name;       /* of name_bytes bytes, without a final 0, any bytes; or NULL */
    uint32_t name_bytes;    /* at most HOSTMEM_TRACE_MAX_NAME */
    const uint64_t *frames; /* as->stack->frame_count of them, at most HOSTMEM_TRACE_MAX_FRAMES; or NULL */
} trace_item;

/* How far a file could be read. */
typedef enum trace_ending {
    TRACE_READING, /* the end has not been reached yet */
    TRACE_COMPLETE,
    TRACE_CUT_OFF, /* the end is missing; everything in the file has been read */
    TRACE_DAMAGED  /* something is wrong; everything before it has been read */
} trace_ending;

typedef struct trace_reader_counts {
    uint64_t blocks;
    uint64_t events;  /* in the blocks read so far, delivered or not */
    uint64_t late;    /* events delivered as late */
    uint64_t unknown; /* events of unknown kinds; they are not delivered */
} trace_reader_counts;

/* path is UTF-8; "-" is standard input. Returns NULL and sets the problem if the file cannot be opened or its
 * header is wrong. */
trace_reader *trace_reader_open(const char *path, trace_problem *problem);

/* The same for any source. The reader closes the source, even if this fails. */
trace_reader *trace_reader_open_source(const trace_source *source, trace_problem *problem);

const hostmem_trace_file_header *trace_reader_header(const trace_reader *reader);

/* The next item: events and samples in the order of ticks, except for late ones; regions, sites, stacks and modules
 * before the events that refer to them. Returns false if there is none; trace_reader_ending then says why. */
bool trace_reader_next(trace_reader *reader, trace_item *item);

trace_ending trace_reader_ending(const trace_reader *reader);

/* Its text is empty unless the file is cut off or damaged and has been read up to there. */
const trace_problem *trace_reader_problem(const trace_reader *reader);

trace_reader_counts trace_reader_get_counts(const trace_reader *reader);

/* For a progress display; the total is 0 if not known. */
uint64_t trace_reader_bytes_read(const trace_reader *reader);
uint64_t trace_reader_total_bytes(const trace_reader *reader);

/* NULL is allowed. */
void trace_reader_close(trace_reader *reader);

#endif
