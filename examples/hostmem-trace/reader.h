/* Reads a trace as a stream: what it defines and what happened, in the order of time, in bounded memory.
 *
 * The file is not trusted. Whatever its bytes are, reading ends, and where they are wrong it ends with a problem in
 * words; what was good before that has been delivered by then. What the reader vouches for is the form: sums, sizes,
 * counts, the order of ticks. Numbers inside of events may be anything: addresses that nobody has given, levels and
 * kinds of memory that do not exist, ids that nothing describes.
 *
 * A reader belongs to one thread at a time. */
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
    TRACE_ITEM_END     /* the writer has finished the file; the last item */
} trace_item_kind;

/* What the pointers show is the reader's, until the next call of trace_reader_next. */
typedef struct trace_item {
    trace_item_kind kind;
    bool late;      /* an event that is older than what came before it, as its thread was stopped while recording it */
    uint64_t ticks; /* of events, samples and the end; 0 */
    union {
        const hostmem_trace_event *event;
        const hostmem_trace_sample *sample;
        const hostmem_trace_region *region;
        const hostmem_trace_site *site;
        const hostmem_trace_stack *stack;
        const hostmem_trace_module *module;
        const hostmem_trace_end *end;
    } as;
    const char *name;       /* of name_bytes bytes, without a final 0, of any content; NULL */
    uint32_t name_bytes;    /* at most HOSTMEM_TRACE_MAX_NAME */
    const uint64_t *frames; /* as->stack->frame_count of them, at most HOSTMEM_TRACE_MAX_FRAMES; NULL */
} trace_item;

/* How far a file could be read. */
typedef enum trace_ending {
    TRACE_READING, /* it has not ended yet */
    TRACE_COMPLETE,
    TRACE_CUT_OFF, /* its writer did not come to the end; all that is there has been read */
    TRACE_DAMAGED  /* something is wrong; what lies before it has been read */
} trace_ending;

typedef struct trace_reader_counts {
    uint64_t blocks;
    uint64_t events;  /* in the blocks that have been read, delivered or not yet */
    uint64_t late;    /* events delivered as late */
    uint64_t unknown; /* events of kinds that this version does not have; they are not delivered */
} trace_reader_counts;

/* path is UTF-8; "-" is standard input. NULL with the problem where the file cannot be opened or its header is wrong.
 * */
trace_reader *trace_reader_open(const char *path, trace_problem *problem);

/* The same for any source, which the reader closes in either case. */
trace_reader *trace_reader_open_source(const trace_source *source, trace_problem *problem);

const hostmem_trace_file_header *trace_reader_header(const trace_reader *reader);

/* The next item: events and samples in the order of ticks, but for late ones; regions, sites, stacks and modules
 * before the events that refer to them. False when there is none; trace_reader_ending then says why. */
bool trace_reader_next(trace_reader *reader, trace_item *item);

trace_ending trace_reader_ending(const trace_reader *reader);

/* Without a text unless the file is cut off or damaged, and has been read to there. */
const trace_problem *trace_reader_problem(const trace_reader *reader);

trace_reader_counts trace_reader_get_counts(const trace_reader *reader);

/* For showing progress; the total is 0 where it is not known. */
uint64_t trace_reader_bytes_read(const trace_reader *reader);
uint64_t trace_reader_total_bytes(const trace_reader *reader);

/* NULL is allowed. */
void trace_reader_close(trace_reader *reader);

#endif
