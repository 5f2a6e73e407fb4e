/* Records that are differences from those before them in their block. See unpack.h and hostmem/trace_format.h. */
#include "unpack.h"

#include <string.h>

/* The order of an event's fields, and of the bits of its mask. */
enum { OUT, SIZE, ADDRESS, THREAD, ORIGIN, VALUE, TYPE, PROTECT, LEVEL, FLAGS, RESULT };

_Static_assert(RESULT + 1 == UNPACK_FIELDS, "all fields");

/* The number of a sample's figures: all but ticks. */
enum { FIGURES = sizeof(hostmem_trace_sample) / sizeof(uint64_t) - 1 };

static bool refuse(trace_unpack *unpack, const char *mistake)
{
    unpack->mistake = mistake;
    return false;
}

void hmi_trace_unpack_begin(trace_unpack *unpack, const unsigned char *payload, uint32_t bytes)
{
    unpack->at = payload;
    unpack->end = payload + bytes;
    unpack->mistake = NULL;
    unpack->ticks = 0;
    unpack->thread = 0;
    memset(unpack->is_known, 0, sizeof(unpack->is_known));
    unpack->stack = (hostmem_trace_stack){0};
}

/* ---- Numbers ---- */

static bool get_long_number(trace_unpack *unpack, uint64_t *out)
{
    uint64_t number = 0;

    for (unsigned shift = 0; unpack->at < unpack->end; shift += 7) {
        unsigned char byte = *unpack->at++;
        if (shift == 63 && byte > 1)
            return refuse(unpack, "a packed number is too large");
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = number;
            return true;
        }
    }
    return refuse(unpack, "a packed record extends beyond its block");
}

static inline bool get_number(trace_unpack *unpack, uint64_t *out)
{
    if (unpack->at < unpack->end && *unpack->at < 0x80) {
        *out = *unpack->at++;
        return true;
    }
    return get_long_number(unpack, out);
}

/* Adds a difference to a number. */
static inline bool add_difference(trace_unpack *unpack, uint64_t *number)
{
    uint64_t coded;

    if (!get_number(unpack, &coded))
        return false;
    *number += coded >> 1 ^ (0 - (coded & 1));
    return true;
}

/* What a later minor version has added. */
static bool skip_numbers(trace_unpack *unpack, uint64_t mask)
{
    for (uint64_t ignored; mask; mask >>= 1)
        if (mask & 1 && !get_number(unpack, &ignored))
            return false;
    return true;
}

/* ---- Records ---- */

unsigned hmi_trace_unpack_kind(trace_unpack *unpack)
{
    if (unpack->at == unpack->end)
        refuse(unpack, "a block has fewer records than its header says");
    else if (*unpack->at)
        return HOSTMEM_TRACE_BLOCK_EVENTS;
    else if (unpack->end - unpack->at > 1 && unpack->at[1] == HOSTMEM_TRACE_BLOCK_SAMPLES)
        return HOSTMEM_TRACE_BLOCK_SAMPLES;
    else if (unpack->end - unpack->at > 1 && unpack->at[1] == HOSTMEM_TRACE_BLOCK_STACKS)
        return HOSTMEM_TRACE_BLOCK_STACKS;
    else
        refuse(unpack, "a packed record has no kind");
    return 0;
}

/* Whether the fields are not larger than those of an event. */
static bool fields_fit(const uint64_t *fields)
{
    return (fields[THREAD] | fields[VALUE] | fields[TYPE] | fields[PROTECT] | fields[RESULT]) <= UINT32_MAX &&
           fields[LEVEL] <= UINT8_MAX && fields[FLAGS] <= UINT16_MAX;
}

bool hmi_trace_unpack_event(trace_unpack *unpack, hostmem_trace_event *event)
{
    uint8_t what = *unpack->at++;
    uint64_t *fields = unpack->fields[what], mask, bits;
    /* Two that are read as one would wait until those just written have reached the cache. */
    const volatile uint64_t *each = fields;

    if (!unpack->is_known[what]) {
        memset(fields, 0, sizeof(unpack->fields[what]));
        unpack->is_known[what] = true;
    }
    if (!get_number(unpack, &mask) || !add_difference(unpack, &unpack->ticks))
        return false;
    fields[THREAD] = unpack->thread;
    bits = mask & ((1u << UNPACK_FIELDS) - 1);
    for (unsigned i = 0; bits; i++, bits >>= 1)
        if (bits & 1 && !add_difference(unpack, &fields[i]))
            return false;
    if (!skip_numbers(unpack, mask >> UNPACK_FIELDS))
        return false;
    if (!fields_fit(fields))
        return refuse(unpack, "a field of a packed event is too large");
    unpack->thread = fields[THREAD];
    *event = (hostmem_trace_event){
        .ticks = unpack->ticks,
        .thread = (uint32_t)fields[THREAD],
        .what = what,
        .level = (uint8_t)fields[LEVEL],
        .flags = (uint16_t)fields[FLAGS],
        .result = (uint32_t)fields[RESULT],
        .type = (uint32_t)fields[TYPE],
        .protect = (uint32_t)fields[PROTECT],
        .value = (uint32_t)fields[VALUE],
        .address = each[ADDRESS],
        .size = each[SIZE],
        .out = each[OUT],
        .origin = each[ORIGIN],
    };
    return true;
}

bool hmi_trace_unpack_sample(trace_unpack *unpack, hostmem_trace_sample *sample)
{
    uint64_t figures[FIGURES] = {0}, mask;

    unpack->at += 2;
    if (!get_number(unpack, &mask) || !add_difference(unpack, &unpack->ticks))
        return false;
    for (unsigned i = 0; i < FIGURES; i++)
        if (mask >> i & 1 && !get_number(unpack, &figures[i]))
            return false;
    if (!skip_numbers(unpack, mask >> FIGURES))
        return false;
    sample->ticks = unpack->ticks;
    memcpy((char *)sample + sizeof(sample->ticks), figures, sizeof(figures));
    return true;
}

bool hmi_trace_unpack_stack(trace_unpack *unpack)
{
    uint32_t before = unpack->stack.frame_count;
    uint64_t frames[HOSTMEM_TRACE_MAX_FRAMES], count, same, frame;

    unpack->at += 2;
    if (!add_difference(unpack, &unpack->stack.id) || !get_number(unpack, &count) || !get_number(unpack, &same))
        return false;
    if (count > HOSTMEM_TRACE_MAX_FRAMES)
        return refuse(unpack, "a stack has too many frames");
    if (same > count || same > before)
        return refuse(unpack, "a packed stack has frames of one that is not there");
    memcpy(frames + (count - same), unpack->frames + (before - same), (size_t)same * sizeof(*frames));
    frame = same ? frames[count - same] : 0;
    for (uint64_t i = count - same; i--;) {
        if (!add_difference(unpack, &frame))
            return false;
        frames[i] = frame;
    }
    memcpy(unpack->frames, frames, (size_t)count * sizeof(*frames));
    unpack->stack.frame_count = (uint32_t)count;
    return true;
}
