/* Passes items on. See digest.h. */
#include "digest.h"

void digest_add(digest *digest, const hostmem_trace_item *item)
{
    tally_add(&digest->tally, item);
    origins_add(&digest->origins, item);
    if (item->kind == HOSTMEM_TRACE_ITEM_EVENT)
        usage_add_event(&digest->usage, item->as.event);
}

void digest_free(digest *digest)
{
    usage_free(&digest->usage);
    origins_free(&digest->origins);
}
