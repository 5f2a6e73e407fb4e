/* Where memory was requested: source lines and call stacks, with how much each requested and how much of it is
 * live, and names of files and modules. Heap blocks and committed pages have origins of their own, even if the stack is
 * the same. Origins beyond REPORT_MAX_ORIGINS are counted together; of pages, as not known. */
#ifndef HOSTMEM_TRACE_REPORT_ORIGINS_H
#define HOSTMEM_TRACE_REPORT_ORIGINS_H

#include <hostmem/trace_format.h>

#include "frame_names.h"
#include "live_map.h"
#include "report_changes.h"
#include "report_columns.h"

#define REPORT_MAX_ORIGINS 65536u
#define REPORT_MAX_MODULES 4096u
#define REPORT_MAX_NAME 1024u /* bytes at the end of a name that are kept */

/* Indices of the first three origins; the last one is of pages whose origin is not known. */
enum { REPORT_ORIGIN_UNKNOWN, REPORT_ORIGIN_OTHERS, REPORT_ORIGIN_PAGES };

typedef struct report_origin {
    uint64_t id;
    uint64_t count, bytes;           /* in total; of pages, count is the number of calls that committed */
    uint64_t live_count, live_bytes; /* now; of pages, live_count is 0 */
    uint64_t peak_bytes;             /* maximum of live bytes */
    report_changes changes;          /* of what is live; nothing if changes_are_lost */
    char *name;                      /* of a site; NULL: not known */
    uint64_t *frames;                /* of a stack; NULL: not a stack */
    uint32_t name_bytes, frame_count;
    int32_t line;
    bool is_others; /* those beyond REPORT_MAX_ORIGINS */
    bool is_pages;
} report_origin;

typedef struct report_module {
    uint64_t address, size;
    char *name;
    uint32_t name_bytes;
} report_module;

typedef struct report_origins {
    live_map by_id; /* owner: is_pages; value: index in origins */
    report_origin *origins;
    uint32_t count, room;
    uint32_t recent; /* index of the origin that was looked for last */
    report_module modules[REPORT_MAX_MODULES];
    uint32_t module_count;
    const frame_names *names; /* set by report_origins_resolve; NULL: frames have no names */
    report_columns columns;   /* of the changes; the last one is now */
    bool changes_are_lost;    /* for lack of memory */
    bool has_page_origins;    /* some call that committed has an origin */
} report_origins;

/* false: out of memory. origins must be zeroed before; it may be destroyed in either case. */
bool report_origins_init(report_origins *origins);
void report_origins_destroy(report_origins *origins);

/* For the three descriptions; false: out of memory. */
bool report_origins_site(report_origins *origins, const hostmem_trace_site *site, const char *name,
                         uint32_t name_bytes);
bool report_origins_stack(report_origins *origins, const hostmem_trace_stack *stack, const uint64_t *frames);
bool report_origins_module(report_origins *origins, const hostmem_trace_module *module, const char *name,
                           uint32_t name_bytes);

/* The index of an origin, added if it is new; REPORT_ORIGIN_OTHERS if there are too many or no memory. */
uint32_t report_origins_find(report_origins *origins, uint64_t id);

/* The same for a call that commits, which is counted. */
uint32_t report_origins_commit(report_origins *origins, uint64_t id);

/* Whether an origin is shown: without a single stack of pages, all that is known of them is that they are not known. */
static inline bool report_origins_show(const report_origins *origins, const report_origin *origin)
{
    return origin->count && (!origin->is_pages || origins->has_page_origins);
}

/* What follows happens at ticks; earlier ones count as the present. */
void report_origins_advance(report_origins *origins, uint64_t ticks);

void report_origins_take(report_origins *origins, uint32_t origin, uint64_t bytes);
void report_origins_give_back(report_origins *origins, uint32_t origin, uint64_t bytes);

/* The same for pages. */
void report_origins_take_pages(report_origins *origins, uint32_t origin, uint64_t bytes);
void report_origins_give_back_pages(report_origins *origins, uint32_t origin, uint64_t bytes);

/* The name of its file, without folders; any bytes. */
const char *report_module_name(const report_module *module);

/* The module that contains an address, or NULL. */
const report_module *report_origins_module_of(const report_origins *origins, uint64_t address);

/* Finds the names of the frames of all stacks, and when called again, of those that have been added. names must live as
 * long as the origins. */
void report_origins_resolve(report_origins *origins, frame_names *names);

/* Pointers to all origins by the bytes requested, the most first; origins that are not shown are last. NULL: out of
 * memory. Ownership: the caller's, to be freed. */
const report_origin **report_origins_sorted(const report_origins *origins);

#endif
