/* The names of threads that a trace has; of an id that several threads had, the last one. At most THREAD_NAMES_MOST are
 * kept: the first ones. */
#ifndef TRACE_THREAD_NAMES_H
#define TRACE_THREAD_NAMES_H

#include <hostmem/trace_reader.h>

#include "live_map.h"

enum { THREAD_NAMES_MOST = 1 << 14, THREAD_NAME = 260 /* bytes with the final 0; writers keep 256 */ };

/* Zero-initialized it is empty. */
typedef struct thread_names {
    live_map places;            /* by id; value: index in names */
    char (*names)[THREAD_NAME]; /* printable UTF-8 */
    uint32_t room;
} thread_names;

/* Takes the name that an item gives; other items are passed over. Returns whether it was taken. */
bool thread_names_add(thread_names *names, const hostmem_trace_item *item);

/* NULL: the thread has none. Valid until the next thread_names_add. */
const char *thread_names_find(const thread_names *names, uint32_t id);

void thread_names_free(thread_names *names);

#endif
