/* What the ids of origins stand for: the sites, stacks and modules that a trace has described so far. It keeps as
 * many as ORIGINS_MOST and MODULES_MOST, and of long names the end. */
#ifndef TRACE_ORIGIN_NAMES_H
#define TRACE_ORIGIN_NAMES_H

#include "live_map.h"
#include "names.h"
#include "reader.h"

enum {
    ORIGINS_MOST = 1 << 16,
    MODULES_MOST = 1 << 12,
    ORIGIN_FRAMES = 4, /* of a stack, the innermost */
    ORIGIN_NAME = 128  /* bytes of a name that are kept, with its final 0 */
};

typedef struct origin {
    int32_t line;
    uint32_t frame_count; /* of frames; 0: a site */
    uint64_t frames[ORIGIN_FRAMES];
    char *name; /* of a site; it stays where it is */
} origin;

typedef struct origins {
    live_map ids;     /* value: the place in known */
    live_map modules; /* by address; value: the place in module_names */
    origin *known;
    uint32_t known_room;
    char (*module_names)[ORIGIN_NAME];
    uint32_t module_room;
} origins;

/* Takes note of a site, stack or module; other items are passed over, and what there is no room for. Of two
 * descriptions of one id the first holds. */
void origins_add(origins *origins, const trace_item *item);

/* NULL where nothing describes the id. */
const origin *origins_find(const origins *origins, uint64_t id);

/* "gc.cpp:120", "host.exe+0x1234 < clr.dll+0x88 < ...", "origin 17" where nothing describes it; "" for 0. */
const char *origins_text(const origins *origins, uint64_t id, char text[NAME_TEXT]);

void origins_free(origins *origins);

#endif
