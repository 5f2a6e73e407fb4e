/* Reads a trace as a stream: definitions, and events in the order of time, in bounded memory. hostmem/trace_format.h
 * describes the records. A library of its own, hostmem_trace_reader, which needs neither Windows nor hostmem:
 *
 *     hostmem_trace_problem problem;
 *     hostmem_trace_reader *reader = hostmem_trace_reader_open("run.trace", &problem);
 *     hostmem_trace_item item;
 *
 *     while (reader && hostmem_trace_reader_next(reader, &item))
 *         if (item.kind == HOSTMEM_TRACE_ITEM_EVENT)
 *             use(item.as.event);
 *     hostmem_trace_reader_close(reader);
 *
 * The file is not trusted. Whatever its bytes are, reading ends, and if something is wrong it ends with a problem in
 * words; the valid items before that have been delivered. The reader checks the format: checksums, sizes, counts, the
 * order of ticks. Numbers inside of events are not checked: addresses that were never allocated, unknown levels and
 * kinds of memory, ids without a description. Memory: about 1.2 MB, and 120 bytes for each event of two rounds, at most
 * 2 * HOSTMEM_TRACE_MAX_ROUND of them.
 *
 * Threads: a reader may be used by one thread at a time; different readers are independent. */
#ifndef HOSTMEM_TRACE_READER_H
#define HOSTMEM_TRACE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hostmem/trace_format.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A trace that is being read. */
typedef struct hostmem_trace_reader hostmem_trace_reader;

/* What is wrong with a file, in one line. */
typedef struct hostmem_trace_problem {
    uint64_t offset; /* where, in bytes from the beginning of the file */
    char text[160];  /* in UTF-8, terminated by 0; empty: nothing is wrong */
} hostmem_trace_problem;

/* Where the bytes of a trace come from. */
typedef struct hostmem_trace_source {
    void *context;        /* passed to the functions */
    uint64_t total_bytes; /* 0: not known */
    /* Reads up to bytes bytes into buffer, fewer only at the end, and sets *got to their number. Returns false on an
     * error. May wait, for a file that is still being written. */
    bool (*read)(void *context, void *buffer, size_t bytes, size_t *got);
    void (*close)(void *context); /* called once; NULL: nothing to close */
    /* The trace has ended: what follows need not be waited for. NULL: nothing waits. */
    void (*finish)(void *context);
} hostmem_trace_source;

/* Which member of hostmem_trace_item.as is set, and what else. */
typedef enum hostmem_trace_item_kind {
    HOSTMEM_TRACE_ITEM_EVENT,  /* event */
    HOSTMEM_TRACE_ITEM_SAMPLE, /* sample */
    HOSTMEM_TRACE_ITEM_REGION, /* region */
    HOSTMEM_TRACE_ITEM_SITE,   /* name is the file's */
    HOSTMEM_TRACE_ITEM_STACK,  /* frames */
    HOSTMEM_TRACE_ITEM_MODULE, /* name */
    HOSTMEM_TRACE_ITEM_THREAD, /* name */
    HOSTMEM_TRACE_ITEM_END     /* the writer finished the file; the last item */
} hostmem_trace_item_kind;

/* Ownership: the pointers are the reader's, and valid until the next call of hostmem_trace_reader_next. */
typedef struct hostmem_trace_item {
    hostmem_trace_item_kind kind; /* of item */
    bool late;      /* the event is older than events delivered before it, because its thread was stopped while
                     * recording it */
    uint64_t ticks; /* for events, samples and the end; otherwise 0 */
    union {
        const hostmem_trace_event *event;   /* a call, or something that the library did */
        const hostmem_trace_sample *sample; /* figures at one moment */
        const hostmem_trace_region *region; /* what there was when the trace was started */
        const hostmem_trace_site *site;     /* describes an origin */
        const hostmem_trace_stack *stack;   /* describes an origin */
        const hostmem_trace_module *module; /* describes frames of stacks */
        const hostmem_trace_thread *thread; /* gives a thread a name, or another one */
        const hostmem_trace_end *end;       /* how many events there are */
    } as;                                   /* the member for the kind */
    const char *name;                       /* of name_bytes bytes, without a final 0, any bytes; or NULL */
    uint32_t name_bytes;                    /* at most HOSTMEM_TRACE_MAX_NAME */
    const uint64_t *frames; /* as.stack->frame_count of them, at most HOSTMEM_TRACE_MAX_FRAMES; or NULL */
} hostmem_trace_item;

/* How far a file could be read. */
typedef enum hostmem_trace_ending {
    HOSTMEM_TRACE_READING,  /* the end has not been reached yet */
    HOSTMEM_TRACE_COMPLETE, /* all of it was read */
    HOSTMEM_TRACE_CUT_OFF,  /* the end is missing; everything in the file has been read */
    HOSTMEM_TRACE_DAMAGED   /* something is wrong; everything before it has been read */
} hostmem_trace_ending;

/* What has been read. */
typedef struct hostmem_trace_reader_counts {
    uint64_t blocks;  /* of the file */
    uint64_t events;  /* in the blocks read so far, delivered or not */
    uint64_t late;    /* events delivered as late */
    uint64_t unknown; /* events of unknown kinds; they are not delivered */
} hostmem_trace_reader_counts;

/* Opens a trace and reads its header.
 * path: in UTF-8; "-" is standard input. Not used after the call.
 * problem: receives what is wrong; its text is empty if nothing is.
 * Ownership: the caller's, closed by hostmem_trace_reader_close.
 * Errors: NULL if the file cannot be opened, its header is wrong, or there is not enough memory. */
hostmem_trace_reader *hostmem_trace_reader_open(const char *path, hostmem_trace_problem *problem);

/* The same for any source, which is copied, and closed with the reader, or before this returns NULL. */
hostmem_trace_reader *hostmem_trace_reader_open_source(const hostmem_trace_source *source,
                                                       hostmem_trace_problem *problem);

/* The header of the file. Ownership: the reader's, until it is closed. Never NULL. */
const hostmem_trace_file_header *hostmem_trace_reader_header(const hostmem_trace_reader *reader);

/* The next item: events and samples in the order of ticks, except for late ones; regions, sites, stacks and modules
 * before the events that refer to them; names of threads also later. Returns false, and leaves *item as it is, if there
 * is none; hostmem_trace_reader_ending then says why. */
bool hostmem_trace_reader_next(hostmem_trace_reader *reader, hostmem_trace_item *item);

/* How far the file could be read: HOSTMEM_TRACE_READING until hostmem_trace_reader_next has returned false. */
hostmem_trace_ending hostmem_trace_reader_ending(const hostmem_trace_reader *reader);

/* Its text is empty unless the file is cut off or damaged and has been read up to there. Ownership: the reader's, until
 * it is closed. Never NULL. */
const hostmem_trace_problem *hostmem_trace_reader_problem(const hostmem_trace_reader *reader);

/* What has been read so far. */
hostmem_trace_reader_counts hostmem_trace_reader_get_counts(const hostmem_trace_reader *reader);

/* How many bytes of the file have been read, for a progress display. */
uint64_t hostmem_trace_reader_bytes_read(const hostmem_trace_reader *reader);

/* The size of the file in bytes; 0 if it is not known. */
uint64_t hostmem_trace_reader_total_bytes(const hostmem_trace_reader *reader);

/* Ends reading at any place, and closes the source. reader may be NULL. */
void hostmem_trace_reader_close(hostmem_trace_reader *reader);

#ifdef __cplusplus
}
#endif

#endif
