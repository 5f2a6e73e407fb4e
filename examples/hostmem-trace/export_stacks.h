/* Blocks and committed pages by call path, for the formats of profilers: each origin is a stack of frames with four
 * values. A source line, and what is not known, is a stack of one frame. If the trace has stacks of pages, the
 * outermost frame of each stack says whether it is of blocks or of pages. */
#ifndef TRACE_EXPORT_STACKS_H
#define TRACE_EXPORT_STACKS_H

#include "digest.h"

typedef enum export_value {
    EXPORT_BLOCKS, /* 0 for pages, as are those left */
    EXPORT_BYTES,
    EXPORT_LEFT_BLOCKS, /* that had not been freed at the end */
    EXPORT_LEFT_BYTES,
    EXPORT_VALUES
} export_value;

/* "blocks", "bytes", "left-blocks", "left-bytes" */
extern const char *const export_value_names[EXPORT_VALUES];

/* What a frame is. */
typedef enum export_frame_type {
    EXPORT_ADDRESS, /* key: a return address */
    EXPORT_ORIGIN,  /* key: the id of an origin */
    EXPORT_MEMORY   /* key: 0 heap blocks, 1 committed pages */
} export_frame_type;

typedef struct export_frame {
    export_frame_type type;
    uint64_t key;
} export_frame;

enum { EXPORT_MAX_FRAMES = HOSTMEM_TRACE_MAX_FRAMES + 1 };

typedef struct export_stack {
    uint32_t count;                         /* 0: it is not worth showing */
    export_frame frames[EXPORT_MAX_FRAMES]; /* innermost first */
    uint64_t values[EXPORT_VALUES];
} export_stack;

/* The stack of the index-th origin of usage.origins. */
void export_stack_get(const digest *digest, uint32_t index, export_stack *stack);

const char *export_frame_name(const digest *digest, export_frame frame, char text[NAME_TEXT]);

/* Numbers for frames, from 1 on. Initialize numbers with zeroes. Returns 0 if out of memory. */
uint64_t export_frame_number(live_map *numbers, export_frame frame, bool *is_new);

#endif
