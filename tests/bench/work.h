/* The calls of a real program, from a trace, in a form that can be replayed by any side: what they are about is
 * numbered, and addresses are offsets into that. */
#ifndef HOSTMEM_BENCH_WORK_H
#define HOSTMEM_BENCH_WORK_H

#include <stdbool.h>
#include <stdint.h>

#define WORK_HEAPS 64u

typedef enum work_call {
    WORK_RESERVE,  /* makes an object: size, type, protect */
    WORK_COMMIT,   /* offset, size, type, protect */
    WORK_DECOMMIT, /* offset, size */
    WORK_PROTECT,  /* offset, size, protect */
    WORK_RELEASE,  /* the object's end */
    WORK_QUERY,    /* offset */
    WORK_ALLOC,    /* makes an object, a block: heap, size */
    WORK_FREE,     /* the object's end */
    WORK_LOAD,     /* GetMemoryLoad; no object */
    WORK_CALLS
} work_call;

typedef struct work_step {
    uint8_t call;
    uint8_t heap;
    uint16_t thread;  /* number of the recorded thread, from 0 */
    uint32_t object;  /* number */
    uint32_t ordinal; /* how many steps about the object come before */
    uint32_t type;
    uint32_t protect;
    uint64_t offset;
    uint64_t size;
} work_step;

typedef struct work {
    work_step *steps;
    uint32_t count;
    uint32_t objects;
    uint32_t threads;
    uint32_t heaps;   /* all of them thread-safe */
    uint32_t skipped; /* calls about memory that the trace does not show, refused ones, and calls of other kinds */
} work;

/* Reads a trace. False: it cannot be read, or has no calls; the reason is printed. work_free frees the steps. */
bool work_read(const char *path, work *out);
void work_free(work *self);

#endif
