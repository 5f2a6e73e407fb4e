/* See trace_packed.h. */
#include "trace_packed.h"

#include <string.h>

void trace_packed_begin(trace_packed *packed, const unsigned char *payload, UINT32 bytes, UINT32 records)
{
    memset(packed, 0, sizeof *packed);
    packed->at = payload;
    packed->end = payload + bytes;
    packed->left = records;
}

static uint64_t number(trace_packed *packed)
{
    uint64_t value = 0;
    unsigned i;
    for (i = 0; i < 10 && packed->at < packed->end; i++) {
        unsigned byte = *packed->at++;
        value |= (uint64_t)(byte & 127) << 7 * i;
        if (byte < 128) {
            packed->bad |= (i && !byte) || (i == 9 && byte > 1);
            return value;
        }
    }
    packed->bad = TRUE;
    return 0;
}

static uint64_t add_difference(trace_packed *packed, uint64_t before)
{
    uint64_t coded = number(packed);
    return coded % 2 ? before - coded / 2 - 1 : before + coded / 2;
}

/* A field that has changed, if its bit is set. */
static uint64_t change(trace_packed *packed, uint64_t bit, uint64_t before, uint64_t most)
{
    uint64_t now;
    if (!bit)
        return before;
    now = add_difference(packed, before);
    packed->bad |= now == before || now > most;
    return now;
}

unsigned trace_packed_kind(const trace_packed *packed)
{
    if (packed->end - packed->at < 2)
        return 0;
    if (packed->at[0])
        return packed->at[0] <= HOSTMEM_TRACE_NAMED ? HOSTMEM_TRACE_BLOCK_EVENTS : 0;
    return packed->at[1] == HOSTMEM_TRACE_BLOCK_SAMPLES || packed->at[1] == HOSTMEM_TRACE_BLOCK_STACKS ? packed->at[1]
                                                                                                       : 0;
}

BOOL trace_packed_event(trace_packed *packed, hostmem_trace_event *event)
{
    uint8_t what = *packed->at++;
    uint64_t mask = number(packed);
    *event = packed->kinds[what];
    event->what = what;
    event->ticks = packed->ticks = add_difference(packed, packed->ticks);
    event->out = change(packed, mask & 1, event->out, UINT64_MAX);
    event->size = change(packed, mask & 2, event->size, UINT64_MAX);
    event->address = change(packed, mask & 4, event->address, UINT64_MAX);
    event->thread = packed->thread = (uint32_t)change(packed, mask & 8, packed->thread, UINT32_MAX);
    event->origin = change(packed, mask & 16, event->origin, UINT64_MAX);
    event->value = (uint32_t)change(packed, mask & 32, event->value, UINT32_MAX);
    event->type = (uint32_t)change(packed, mask & 64, event->type, UINT32_MAX);
    event->protect = (uint32_t)change(packed, mask & 128, event->protect, UINT32_MAX);
    event->level = (uint8_t)change(packed, mask & 256, event->level, UINT8_MAX);
    event->flags = (uint16_t)change(packed, mask & 512, event->flags, UINT16_MAX);
    event->result = (uint32_t)change(packed, mask & 1024, event->result, UINT32_MAX);
    packed->kinds[what] = *event;
    packed->left--;
    return !packed->bad && mask < 2048;
}

BOOL trace_packed_sample(trace_packed *packed, hostmem_trace_sample *sample)
{
    uint64_t words[sizeof *sample / sizeof(uint64_t)] = {0}, mask;
    unsigned i;
    packed->at += 2;
    mask = number(packed);
    words[0] = packed->ticks = add_difference(packed, packed->ticks);
    for (i = 1; i < sizeof words / sizeof *words; i++, mask >>= 1) {
        if (mask & 1) {
            words[i] = number(packed);
            packed->bad |= !words[i];
        }
    }
    memcpy(sample, words, sizeof *sample);
    packed->left--;
    return !packed->bad && !mask;
}

BOOL trace_packed_stack(trace_packed *packed, unsigned char *record, UINT32 *length)
{
    hostmem_trace_stack *stack = &packed->stack;
    uint64_t frames[HOSTMEM_TRACE_MAX_FRAMES], count, same, outer = 0;
    UINT32 i;
    packed->at += 2;
    stack->id = add_difference(packed, stack->id);
    count = number(packed);
    same = number(packed);
    if (packed->bad || count > HOSTMEM_TRACE_MAX_FRAMES || same > count || same > stack->frame_count)
        return FALSE;
    for (i = 0; i < count; i++) {
        outer = i < same ? packed->frames[stack->frame_count - 1 - i] : add_difference(packed, outer);
        frames[count - 1 - i] = outer;
        packed->bad |= i == same && i < stack->frame_count && outer == packed->frames[stack->frame_count - 1 - i];
    }
    stack->frame_count = (UINT32)count;
    memcpy(packed->frames, frames, (SIZE_T)count * sizeof *frames);
    memcpy(record, stack, sizeof *stack);
    memcpy(record + sizeof *stack, frames, (SIZE_T)count * sizeof *frames);
    *length = (UINT32)(sizeof *stack + count * sizeof *frames);
    packed->left--;
    return !packed->bad;
}

BOOL trace_packed_end(const trace_packed *packed)
{
    const unsigned char *at;
    if (packed->end - packed->at >= 8)
        return FALSE;
    for (at = packed->at; at < packed->end; at++) {
        if (*at)
            return FALSE;
    }
    return TRUE;
}
