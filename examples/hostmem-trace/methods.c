/* Methods of a managed program. See methods.h. */
#include "methods.h"

#include <stdlib.h>
#include <string.h>

#include "live_map.h"
#include "utf8.h"

enum {
    MOST_BLOCK = 64 << 20, /* bytes of a block; the runtime writes at most 100 KiB */
    MOST_TEXT = 1024,      /* UTF-16 units of a name that are looked at */
    TAG_NULL = 1,
    TAG_BEGIN_OBJECT = 5,
    TAG_END_OBJECT = 6,
    TRACE_OBJECT_BYTES = 48,
    METHOD_LOAD_VERBOSE = 143, /* of the runtime's provider; MethodDCStartVerbose of its rundown */
    METHOD_END_VERBOSE = 144   /* MethodUnloadVerbose; MethodDCEndVerbose. All four have the same fields. */
};

/* Bits of the first byte of an event's header, in the order of what follows. */
enum {
    HAS_METADATA_ID = 1,
    HAS_SEQUENCE = 2,
    HAS_THREAD_ID = 4,
    HAS_STACK_ID = 8,
    HAS_ACTIVITY_ID = 16,
    HAS_RELATED_ID = 32,
    HAS_PAYLOAD_SIZE = 128
};

/* Bytes that are read from the beginning. After a read beyond their end everything is 0. */
typedef struct cursor {
    const unsigned char *at;
    size_t left;
    bool is_bad;
} cursor;

typedef struct nettrace {
    FILE *file;
    methods_found *found;
    void *context;
    live_map method_events; /* the ids of the descriptions of events that are about methods */
    unsigned char *block;
    size_t block_bytes;
    bool was_stopped; /* by found */
} nettrace;

static const unsigned char *take(cursor *cursor, size_t bytes)
{
    const unsigned char *taken = cursor->at;

    if (bytes > cursor->left) {
        cursor->is_bad = true;
        cursor->left = 0;
        return NULL;
    }
    cursor->at += bytes;
    cursor->left -= bytes;
    return taken;
}

static uint64_t fixed(cursor *cursor, unsigned bytes)
{
    const unsigned char *from = take(cursor, bytes);
    uint64_t value = 0;

    while (from && bytes--)
        value = value << 8 | from[bytes];
    return value;
}

/* A number in groups of seven bits, the lowest first. */
static uint64_t variable(cursor *cursor)
{
    uint64_t value = 0;
    unsigned shift = 0, byte;

    do {
        byte = (unsigned)fixed(cursor, 1);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    return value;
}

/* ---- Texts: UTF-16 with a final 0 ---- */

static size_t put_utf8(uint32_t character, char *bytes)
{
    if (character < 0x80) {
        bytes[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        bytes[0] = (char)(0xc0 | character >> 6);
        bytes[1] = (char)(0x80 | (character & 0x3f));
        return 2;
    }
    if (character < 0x10000) {
        bytes[0] = (char)(0xe0 | character >> 12);
        bytes[1] = (char)(0x80 | (character >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (character & 0x3f));
        return 3;
    }
    bytes[0] = (char)(0xf0 | character >> 18);
    bytes[1] = (char)(0x80 | (character >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (character >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (character & 0x3f));
    return 4;
}

/* Takes a text, and appends its beginning as UTF-8 to `length` bytes. A surrogate without its partner comes out as
 * bytes that are not valid. Returns the new length. */
static size_t take_text(cursor *cursor, char text[4 * MOST_TEXT], size_t length)
{
    uint32_t high = 0, unit;

    while ((unit = (uint32_t)fixed(cursor, 2)) != 0) {
        bool is_pair = high && unit >= 0xdc00 && unit < 0xe000;
        if (length + 7 > 4 * MOST_TEXT)
            continue;
        if (is_pair)
            unit = 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
        else if (high)
            length += put_utf8(high, text + length);
        high = !is_pair && unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
        if (!high)
            length += put_utf8(unit, text + length);
    }
    return length;
}

/* ---- Events ---- */

/* The payload of an event that describes others: which of them are about methods. */
static bool read_description(nettrace *nettrace, cursor payload)
{
    static const char providers[] = "Microsoft-Windows-DotNETRuntime";
    char provider[4 * MOST_TEXT];
    uint64_t id = fixed(&payload, 4);
    size_t length = take_text(&payload, provider, 0);
    uint64_t event = fixed(&payload, 4);

    /* The rundown's provider has the same name with "Rundown" after it. */
    if (payload.is_bad || length < sizeof(providers) - 1 || memcmp(provider, providers, sizeof(providers) - 1) != 0 ||
        (event != METHOD_LOAD_VERBOSE && event != METHOD_END_VERBOSE))
        return true;
    return live_map_put(&nettrace->method_events, &(live_entry){.address = id});
}

static bool read_method(nettrace *nettrace, cursor payload)
{
    char text[4 * MOST_TEXT + 1], name[METHODS_NAME];
    uint64_t address;
    uint32_t bytes;
    size_t length;

    take(&payload, 16); /* the ids of the method and its module */
    address = fixed(&payload, 8);
    bytes = (uint32_t)fixed(&payload, 4);
    take(&payload, 8); /* token, flags */
    length = take_text(&payload, text, 0);
    if (length && length + 1 < sizeof(text))
        text[length++] = '.';
    length = take_text(&payload, text, length);
    if (payload.is_bad || !bytes || !length)
        return true;
    utf8_printable(text, length, name, sizeof(name));
    nettrace->was_stopped = !nettrace->found(nettrace->context, address, bytes, name);
    return !nettrace->was_stopped;
}

/* A block of events. Their headers leave out what is as in the event before. */
static bool read_events(nettrace *nettrace, cursor block, bool are_descriptions)
{
    uint64_t metadata_id = 0, payload_bytes = 0;
    size_t header_bytes = (size_t)fixed(&block, 2);
    bool is_compressed = fixed(&block, 2) & 1;

    if (!is_compressed || header_bytes < 4)
        return false;
    take(&block, header_bytes - 4);
    while (block.left) {
        unsigned flags = (unsigned)fixed(&block, 1);
        cursor payload;
        if (flags & HAS_METADATA_ID)
            metadata_id = variable(&block);
        if (flags & HAS_SEQUENCE) {
            variable(&block);
            variable(&block);
            variable(&block);
        }
        if (flags & HAS_THREAD_ID)
            variable(&block);
        if (flags & HAS_STACK_ID)
            variable(&block);
        variable(&block); /* the time since the event before */
        take(&block, (flags & HAS_ACTIVITY_ID ? 16u : 0u) + (flags & HAS_RELATED_ID ? 16u : 0u));
        if (flags & HAS_PAYLOAD_SIZE)
            payload_bytes = variable(&block);
        payload.at = take(&block, payload_bytes <= block.left ? (size_t)payload_bytes : SIZE_MAX);
        if (block.is_bad)
            return false;
        payload.left = (size_t)payload_bytes;
        payload.is_bad = false;
        if (are_descriptions ? !read_description(nettrace, payload)
                             : live_map_find(&nettrace->method_events, 0, metadata_id & 0x7fffffff) &&
                                   !read_method(nettrace, payload))
            return false;
    }
    return true;
}

/* ---- Objects ---- */

static bool read_bytes(nettrace *nettrace, void *bytes, size_t count)
{
    return fread(bytes, 1, count, nettrace->file) == count;
}

/* 0 at the end of the file, too. */
static uint32_t read_number(nettrace *nettrace)
{
    unsigned char bytes[4] = {0};
    cursor all = {.at = bytes, .left = sizeof(bytes)};

    return read_bytes(nettrace, bytes, sizeof(bytes)) ? (uint32_t)fixed(&all, 4) : 0;
}

/* The size of a block, and its content, which begins at a multiple of four. Returns false at the end of the file, and
 * with is_bad for an impossible size or without memory. */
static bool read_block(nettrace *nettrace, cursor *block)
{
    uint32_t size = read_number(nettrace);
    size_t padding = (size_t)(-ftell(nettrace->file) & 3);
    unsigned char skipped[4];

    block->is_bad = size > MOST_BLOCK;
    if (block->is_bad || feof(nettrace->file) || !read_bytes(nettrace, skipped, padding))
        return false;
    if (size > nettrace->block_bytes) {
        unsigned char *larger = realloc(nettrace->block, size);
        block->is_bad = !larger;
        if (!larger)
            return false;
        nettrace->block = larger;
        nettrace->block_bytes = size;
    }
    block->at = nettrace->block;
    block->left = size;
    return read_bytes(nettrace, nettrace->block, size);
}

typedef enum step { NEXT, END, DAMAGED } step;

static step read_content(nettrace *nettrace, const char *type)
{
    cursor block;

    if (!strcmp(type, "Trace")) {
        unsigned char skipped[TRACE_OBJECT_BYTES];
        return read_bytes(nettrace, skipped, sizeof(skipped)) ? NEXT : END;
    }
    if (!read_block(nettrace, &block))
        return block.is_bad ? DAMAGED : END;
    if (strcmp(type, "EventBlock") != 0 && strcmp(type, "MetadataBlock") != 0)
        return NEXT; /* stacks, or what later versions have */
    return read_events(nettrace, block, type[0] == 'M') ? NEXT : DAMAGED;
}

/* Begin, begin, null, version and minimum version of its type, the type's name, end, content, end. */
static step read_object(nettrace *nettrace)
{
    unsigned char tags[2], end = 0;
    char type[32] = "";
    uint32_t length;
    step step;

    if (!read_bytes(nettrace, tags, 1) || tags[0] == TAG_NULL)
        return END;
    if (tags[0] != TAG_BEGIN_OBJECT)
        return DAMAGED;
    if (!read_bytes(nettrace, tags, sizeof(tags)))
        return END;
    if (tags[0] != TAG_BEGIN_OBJECT || tags[1] != TAG_NULL)
        return DAMAGED;
    read_number(nettrace);
    read_number(nettrace);
    length = read_number(nettrace);
    if (length >= sizeof(type))
        return DAMAGED;
    if (!read_bytes(nettrace, type, length) || !read_bytes(nettrace, &end, 1))
        return END;
    if (end != TAG_END_OBJECT)
        return DAMAGED;
    step = read_content(nettrace, type);
    if (step != NEXT || !read_bytes(nettrace, &end, 1))
        return step == NEXT ? END : step;
    return end == TAG_END_OBJECT ? NEXT : DAMAGED;
}

bool methods_read(FILE *file, methods_found *found, void *context, char problem[METHODS_PROBLEM])
{
    static const char beginning[] = "Nettrace\x14\0\0\0!FastSerialization.1";
    char bytes[sizeof(beginning) - 1];
    nettrace nettrace = {.file = file, .found = found, .context = context};
    step step = NEXT;

    *problem = 0;
    if (!read_bytes(&nettrace, bytes, sizeof(bytes)) || memcmp(bytes, beginning, sizeof(bytes)) != 0) {
        snprintf(problem, METHODS_PROBLEM, "it is not a .nettrace file of version 4");
        return false;
    }
    while (step == NEXT)
        step = read_object(&nettrace);
    if (step == DAMAGED && !nettrace.was_stopped)
        snprintf(problem, METHODS_PROBLEM, "it is damaged near byte %ld", ftell(file));
    live_map_free(&nettrace.method_events);
    free(nettrace.block);
    return step == END;
}
