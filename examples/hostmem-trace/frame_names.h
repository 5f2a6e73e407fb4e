/* Names for the frames of stacks: of functions in images (--symbols) and of managed methods (--methods). */
#ifndef TRACE_FRAME_NAMES_H
#define TRACE_FRAME_NAMES_H

#include <stddef.h>

#include "live_map.h"

typedef struct frame_names {
    const char *folders;      /* where images are, separated by ';'; NULL: none */
    const char *methods_path; /* a .nettrace file; NULL: none */
    live_map methods;         /* code of methods; value: offset in texts */
    live_map frames;          /* those asked for, by return address; value: offset in texts, or 0 */
    live_map others;          /* modules whose images are of another build, by address */
    char *texts;
    size_t text_bytes;
    size_t text_room;
} frame_names;

/* A module of the traced process, for the frames in it. */
typedef struct frame_module {
    const char *name; /* of the file, without folders, as valid UTF-8 */
    uint64_t address;
    uint64_t bytes;
} frame_module;

/* Whether arguments[*i] is an option for names, --symbols FOLDERS or --methods FILE; *i is then its value. */
bool frame_names_option(frame_names *names, int count, char **arguments, int *i);

/* Reads the file of methods. Returns false, after printing the reason, if it cannot be read. */
bool frame_names_begin(frame_names *names);

/* The stacks whose frames are to be named; frames are return addresses. */
typedef struct frame_stacks {
    const void *context; /* passed to the functions */
    uint32_t count;      /* of stacks */
    const uint64_t *(*frames)(const void *context, uint32_t stack, uint32_t *count);
    /* Returns false if the frame is in no module. */
    bool (*module_of)(const void *context, uint64_t frame, frame_module *module);
} frame_stacks;

/* Finds the names of all of these. What cannot be found has no name; images that are not those of the process are
 * reported, each once. Frames of an earlier call are not asked for again. */
void frame_names_resolve(frame_names *names, const frame_stacks *stacks);

/* "host.exe!make", "host.exe!export+0x1234" if that is only the nearest name, "Program.Main"; NULL if it has none. */
const char *frame_names_find(const frame_names *names, uint64_t frame);

void frame_names_free(frame_names *names);

#endif
