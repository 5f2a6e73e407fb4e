/* Only differences are written: most events are like the last one of their kind, and happen soon after another. */
#include "trace/trace_pack.h"

#include <string.h>

enum { THREAD = 3 }; /* the place of this field */

static unsigned char *put_number(unsigned char *to, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *to++ = (unsigned char)(number | 0x80);
    *to++ = (unsigned char)number;
    return to;
}

/* A small difference in either direction makes a small number. */
static unsigned char *put_difference(unsigned char *to, uint64_t before, uint64_t now)
{
    uint64_t difference = now - before;
    return put_number(to, difference << 1 ^ (0 - (difference >> 63)));
}

static unsigned char *put_ticks(hmi_trace_pack *pack, unsigned char *to, uint64_t ticks)
{
    to = put_difference(to, pack->ticks, ticks);
    pack->ticks = ticks;
    return to;
}

size_t hmi_trace_pack_event(hmi_trace_pack *pack, unsigned char *to, const hostmem_trace_event *event)
{
    const uint64_t now[HMI_TRACE_PACK_FIELDS] = {event->out,    event->size,  event->address, event->thread,
                                                 event->origin, event->value, event->type,    event->protect,
                                                 event->level,  event->flags, event->result};
    uint64_t *before = pack->fields[event->what];
    unsigned char *at = to;
    unsigned mask = 0, i;
    before[THREAD] = pack->thread;
    pack->thread = event->thread;
    for (i = 0; i < HMI_TRACE_PACK_FIELDS; i++)
        mask |= (unsigned)(now[i] != before[i]) << i;
    *at++ = event->what;
    at = put_number(at, mask);
    at = put_ticks(pack, at, event->ticks);
    for (i = 0; mask >> i; i++) {
        if (mask >> i & 1)
            at = put_difference(at, before[i], now[i]);
    }
    memcpy(before, now, sizeof now);
    return (size_t)(at - to);
}

size_t hmi_trace_pack_sample(hmi_trace_pack *pack, unsigned char *to, const hostmem_trace_sample *sample)
{
    enum { FIGURES = sizeof *sample / sizeof(uint64_t) - 1 }; /* all but ticks */
    uint64_t figures[FIGURES];
    unsigned char *at = to;
    uint32_t mask = 0;
    unsigned i;
    memcpy(figures, (const char *)sample + sizeof sample->ticks, sizeof figures);
    for (i = 0; i < FIGURES; i++)
        mask |= (uint32_t)(figures[i] != 0) << i;
    *at++ = 0;
    *at++ = HOSTMEM_TRACE_BLOCK_SAMPLES;
    at = put_number(at, mask);
    at = put_ticks(pack, at, sample->ticks);
    for (i = 0; i < FIGURES; i++) {
        if (figures[i])
            at = put_number(at, figures[i]);
    }
    return (size_t)(at - to);
}

/* The number of outermost frames in which a stack is like the last one. */
static uint32_t count_same(const hmi_trace_pack *pack, const uint64_t *frames, uint32_t frame_count)
{
    uint32_t before = pack->stack.frame_count, same = 0;
    while (same < before && same < frame_count && frames[frame_count - 1 - same] == pack->frames[before - 1 - same])
        same++;
    return same;
}

size_t hmi_trace_pack_stack(hmi_trace_pack *pack, unsigned char *to, const hostmem_trace_stack *stack,
                            const uint64_t *frames)
{
    uint32_t same = count_same(pack, frames, stack->frame_count), i;
    unsigned char *at = to;
    *at++ = 0;
    *at++ = HOSTMEM_TRACE_BLOCK_STACKS;
    at = put_difference(at, pack->stack.id, stack->id);
    at = put_number(at, stack->frame_count);
    at = put_number(at, same);
    for (i = stack->frame_count - same; i--;)
        at = put_difference(at, i + 1 < stack->frame_count ? frames[i + 1] : 0, frames[i]);
    pack->stack = *stack;
    memcpy(pack->frames, frames, stack->frame_count * sizeof *frames);
    return (size_t)(at - to);
}
