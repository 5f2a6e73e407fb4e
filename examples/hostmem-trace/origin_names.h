/* Texts for the ids of origins: the sites, stacks and modules that a trace has described so far. Keeps at most
 * ORIGINS_MOST and MODULES_MOST of them, and only the end of a long name. */
#ifndef TRACE_ORIGIN_NAMES_H
#define TRACE_ORIGIN_NAMES_H

#include <hostmem/trace_reader.h>

#include "frame_names.h"
#include "live_map.h"
#include "names.h"

enum {
    ORIGINS_MOST = 1 << 16,
    MODULES_MOST = 1 << 12,
    ORIGIN_FRAMES = 4, /* innermost frames of a stack that are kept, unless all are */
    ORIGIN_NAME = 128, /* bytes of a name that are kept, including the final 0 */
    ORIGIN_PATH = HOSTMEM_TRACE_MAX_FRAMES * (NAME_TEXT + 4) /* buffer size for a path with all frames */
};

typedef struct origin {
    int32_t line;
    uint32_t frame_count; /* number of frames; 0: a site */
    uint64_t *frames;     /* innermost first; NULL: a site */
    char *name;           /* of a site; its address does not change */
} origin;

typedef struct origins {
    bool keeps_all_frames;    /* set before the first item: stacks are kept whole */
    const frame_names *names; /* set after origins_resolve; NULL: frames have no names */
    live_map ids;             /* value: index in known */
    live_map modules;         /* by address; value: index in module_names */
    origin *known;
    uint32_t known_room;
    char (*module_names)[ORIGIN_NAME];
    uint32_t module_room;
} origins;

/* Records a site, stack or module. Ignores other items, and those for which there is no space. The first
 * description of an id is kept. */
void origins_add(origins *origins, const hostmem_trace_item *item);

/* Finds the names of the frames of all stacks that have been added, and when called again, of those added since. names
 * must live as long as the origins are used. */
void origins_resolve(origins *origins, frame_names *names);

/* NULL if the id has not been described. */
const origin *origins_find(const origins *origins, uint64_t id);

/* "gc.cpp:120", "host.exe+0x1234 < clr.dll+0x88 < ...", "origin 17" if the id has not been described; "" for 0. */
const char *origins_text(const origins *origins, uint64_t id, char text[NAME_TEXT]);

/* The same with all frames that are kept, and without a limit of NAME_TEXT. */
const char *origins_path(const origins *origins, uint64_t id, char text[ORIGIN_PATH]);

/* The module that contains an address: returns its name and sets *offset, or returns NULL. */
const char *origins_module(const origins *origins, uint64_t address, uint64_t *offset);

/* The frame's name; without one "host.exe+0x1234", or the address if it is in no module. */
const char *origins_frame(const origins *origins, uint64_t frame, char text[NAME_TEXT]);

void origins_free(origins *origins);

#endif
