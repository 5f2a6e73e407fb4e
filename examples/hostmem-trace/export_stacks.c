/* Stacks from origins. See export_stacks.h. */
#include "export_stacks.h"

const char *const export_value_names[EXPORT_VALUES] = {"blocks", "bytes", "left-blocks", "left-bytes"};

void export_stack_get(const digest *digest, uint32_t index, export_stack *stack)
{
    const usage_origin *usage = &digest->usage.origins[index];
    const origin *known = usage->id ? origins_find(&digest->origins, usage->id) : NULL;

    stack->count = 0;
    if (!usage_shows(&digest->usage, usage))
        return;
    stack->frames[stack->count++] = (export_frame){.type = EXPORT_ORIGIN, .key = usage->id};
    for (uint32_t i = 0; known && i < known->frame_count; i++) {
        stack->frames[i] = (export_frame){.type = EXPORT_ADDRESS, .key = known->frames[i]};
        stack->count = i + 1;
    }
    if (digest->usage.has_page_origins)
        stack->frames[stack->count++] = (export_frame){.type = EXPORT_MEMORY, .key = usage->is_pages};
    stack->values[EXPORT_BLOCKS] = usage->is_pages ? 0 : usage->blocks;
    stack->values[EXPORT_BYTES] = usage->bytes;
    stack->values[EXPORT_LEFT_BLOCKS] = usage->live_blocks;
    stack->values[EXPORT_LEFT_BYTES] = usage->live_bytes;
}

const char *export_frame_name(const digest *digest, export_frame frame, char text[NAME_TEXT])
{
    if (frame.type == EXPORT_MEMORY)
        return frame.key ? "committed pages" : "heap blocks";
    if (frame.type == EXPORT_ADDRESS)
        return origins_frame(&digest->origins, frame.key, text);
    origins_text(&digest->origins, frame.key, text);
    return *text ? text : "not known";
}

uint64_t export_frame_number(live_map *numbers, export_frame frame, bool *is_new)
{
    const live_entry key = {.owner = (uint64_t)frame.type, .address = frame.key, .value = (uint64_t)numbers->count + 1};
    const live_entry *known = live_map_find(numbers, key.owner, key.address);

    *is_new = !known;
    if (known)
        return known->value;
    return live_map_put(numbers, &key) ? key.value : 0;
}
