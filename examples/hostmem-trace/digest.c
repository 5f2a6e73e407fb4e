/* Passes items on. See digest.h. */
#include "digest.h"

static uint32_t origin_of(void *context, uint64_t id)
{
    return usage_add_commit(&((digest *)context)->usage, id);
}

static void committed(void *context, uint32_t origin, uint64_t bytes)
{
    usage_take_pages(&((digest *)context)->usage, origin, bytes);
}

static void decommitted(void *context, uint32_t origin, uint64_t bytes)
{
    usage_give_back_pages(&((digest *)context)->usage, origin, bytes);
}

void digest_begin(digest *digest, const hostmem_trace_file_header *header)
{
    report_pages_init(&digest->pages, header,
                      (report_pages_listener){
                          .context = digest, .origin = origin_of, .committed = committed, .decommitted = decommitted});
    digest->tally.last_ticks = header->start_ticks; /* before the first event nothing lasts any time */
}

void digest_add(digest *digest, const hostmem_trace_item *item)
{
    tally_add(&digest->tally, item);
    origins_add(&digest->origins, item);
    if (item->kind == HOSTMEM_TRACE_ITEM_EVENT) {
        usage_add_event(&digest->usage, item->as.event);
        digest->pages_lost |= !report_pages_event(&digest->pages, item->ticks, item->as.event);
    } else if (item->kind == HOSTMEM_TRACE_ITEM_REGION) {
        digest->pages_lost |= !report_pages_region(&digest->pages, item->as.region);
    }
}

void digest_free(digest *digest)
{
    report_pages_destroy(&digest->pages);
    usage_free(&digest->usage);
    origins_free(&digest->origins);
}
