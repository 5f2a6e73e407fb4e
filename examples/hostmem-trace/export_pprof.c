/* pprof's profile.proto. Messages may stand in any order, so strings and frames are written when they are first
 * needed. */
#include "export_formats.h"
#include "gzip.h"
#include "proto.h"

/* Numbers of fields. */
enum { PROFILE_TYPE = 1, PROFILE_SAMPLE, PROFILE_MAPPING, PROFILE_LOCATION, PROFILE_FUNCTION, PROFILE_STRING };
enum { PROFILE_TIME = 9, PROFILE_DURATION, PROFILE_DEFAULT_TYPE = 14 };

typedef struct profile {
    gzip gzip;
    uint64_t strings; /* number written */
    live_map numbers; /* of frames: the ids of their location and function */
    const digest *digest;
} profile;

/* Values are int64. */
static uint64_t not_negative(uint64_t value)
{
    return value <= INT64_MAX ? value : INT64_MAX;
}

static void put(profile *profile, unsigned field, const proto *message)
{
    proto whole;

    whole.length = 0;
    proto_message(&whole, field, message);
    gzip_write(&profile->gzip, whole.bytes, whole.length);
}

/* Returns the index of the string in the table. */
static uint64_t put_string(profile *profile, const char *text)
{
    proto whole;

    whole.length = 0;
    proto_text(&whole, PROFILE_STRING, text);
    gzip_write(&profile->gzip, whole.bytes, whole.length);
    return profile->strings++;
}

static void put_number(profile *profile, unsigned field, uint64_t value)
{
    proto whole;

    whole.length = 0;
    proto_number(&whole, field, value);
    gzip_write(&profile->gzip, whole.bytes, whole.length);
}

/* With the names of Go's heap profiles, which pprof knows. */
static void put_types(profile *profile)
{
    static const char *const types[EXPORT_VALUES] = {"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"};
    uint64_t counts = put_string(profile, "count"), bytes = put_string(profile, "bytes");

    for (int i = 0; i < EXPORT_VALUES; i++) {
        uint64_t name = put_string(profile, types[i]);
        proto type;
        type.length = 0;
        proto_number(&type, 1, name);
        proto_number(&type, 2, i == EXPORT_BLOCKS || i == EXPORT_LEFT_BLOCKS ? counts : bytes);
        put(profile, PROFILE_TYPE, &type);
        if (i == EXPORT_LEFT_BYTES)
            put_number(profile, PROFILE_DEFAULT_TYPE, name);
    }
}

static void put_mappings(profile *profile)
{
    const origins *origins = &profile->digest->origins;
    const live_entry *module = live_map_at_or_above(&origins->modules, 0, 0);

    while (module) {
        uint64_t name = put_string(profile, origins->module_names[module->value]);
        proto mapping;
        mapping.length = 0;
        proto_number(&mapping, 1, module->value + 1);
        proto_number(&mapping, 2, module->address);
        proto_number(&mapping, 3, module->address + module->size);
        proto_number(&mapping, 5, name);
        proto_number(&mapping, 7, 1); /* has_functions: pprof need not look for symbols */
        put(profile, PROFILE_MAPPING, &mapping);
        module = module->address < UINT64_MAX ? live_map_at_or_above(&origins->modules, 0, module->address + 1) : NULL;
    }
}

static void put_frame(profile *profile, uint64_t id, export_frame frame)
{
    const origins *origins = &profile->digest->origins;
    const origin *site = frame.type == EXPORT_ORIGIN && frame.key ? origins_find(origins, frame.key) : NULL;
    const live_entry *module = frame.type == EXPORT_ADDRESS ? live_map_around(&origins->modules, 0, frame.key) : NULL;
    char text[NAME_TEXT];
    uint64_t name = put_string(profile, export_frame_name(profile->digest, frame, text));
    proto function, line, location;

    function.length = line.length = location.length = 0;
    proto_number(&function, 1, id);
    proto_number(&function, 2, name);
    /* No system_name: if both names are equal, pprof removes parameters and type arguments from them, and overloads
     * become one (findings/pprof_same_names.sh). */
    if (site && site->name)
        proto_number(&function, 4, put_string(profile, site->name));
    put(profile, PROFILE_FUNCTION, &function);
    proto_number(&line, 1, id);
    if (site && site->name)
        proto_number(&line, 2, (uint64_t)(int64_t)site->line);
    proto_number(&location, 1, id);
    if (module)
        proto_number(&location, 2, module->value + 1);
    if (frame.type == EXPORT_ADDRESS)
        proto_number(&location, 3, frame.key);
    proto_message(&location, 4, &line);
    put(profile, PROFILE_LOCATION, &location);
}

static bool put_stack(profile *profile, const export_stack *stack)
{
    uint64_t ids[EXPORT_MAX_FRAMES], values[EXPORT_VALUES];
    proto sample;

    for (uint32_t i = 0; i < stack->count; i++) {
        bool is_new;
        ids[i] = export_frame_number(&profile->numbers, stack->frames[i], &is_new);
        if (!ids[i])
            return false;
        if (is_new)
            put_frame(profile, ids[i], stack->frames[i]);
    }
    for (int i = 0; i < EXPORT_VALUES; i++)
        values[i] = not_negative(stack->values[i]);
    sample.length = 0;
    proto_packed(&sample, 1, ids, stack->count);
    proto_packed(&sample, 2, values, EXPORT_VALUES);
    put(profile, PROFILE_SAMPLE, &sample);
    return true;
}

bool export_pprof(FILE *out, const hostmem_trace_file_header *header, const digest *digest)
{
    static profile profile; /* too large for some stacks */
    bool is_good = true;

    profile.digest = digest;
    gzip_begin(&profile.gzip, out);
    put_string(&profile, ""); /* the first one */
    put_types(&profile);
    put_number(&profile, PROFILE_TIME, trace_start_nanoseconds(header));
    put_number(&profile, PROFILE_DURATION, trace_nanoseconds(header, digest->tally.last_ticks));
    put_mappings(&profile);
    for (uint32_t i = 0; is_good && i < digest->usage.places.count; i++) {
        export_stack stack;
        export_stack_get(digest, i, &stack);
        is_good = !stack.count || put_stack(&profile, &stack);
    }
    gzip_end(&profile.gzip);
    live_map_free(&profile.numbers);
    return is_good;
}
