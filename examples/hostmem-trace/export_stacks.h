/* Blocks by call path, for the formats of profilers: each origin is a stack of frames with four values. A source line,
 * and what is not known, is a stack of one frame. */
#ifndef TRACE_EXPORT_STACKS_H
#define TRACE_EXPORT_STACKS_H

#include "digest.h"

typedef enum export_value {
    EXPORT_BLOCKS,
    EXPORT_BYTES,
    EXPORT_LEFT_BLOCKS, /* that had not been freed at the end */
    EXPORT_LEFT_BYTES,
    EXPORT_VALUES
} export_value;

/* "blocks", "bytes", "left-blocks", "left-bytes" */
extern const char *const export_value_names[EXPORT_VALUES];

typedef struct export_frame {
    bool is_origin; /* key is the id of an origin; otherwise a return address */
    uint64_t key;
} export_frame;

typedef struct export_stack {
    uint32_t count;
    export_frame frames[HOSTMEM_TRACE_MAX_FRAMES]; /* innermost first */
    uint64_t values[EXPORT_VALUES];
} export_stack;

/* The stack of the index-th origin of usage.origins. */
void export_stack_get(const digest *digest, uint32_t index, export_stack *stack);

const char *export_frame_name(const digest *digest, export_frame frame, char text[NAME_TEXT]);

/* Numbers for frames, from 1 on. Initialize numbers with zeroes. Returns 0 if out of memory. */
uint64_t export_frame_number(live_map *numbers, export_frame frame, bool *is_new);

#endif
