/* Passes items on. See digest.h. */
#include "digest.h"

void digest_add(digest *digest, const trace_item *item)
{
    tally_add(&digest->tally, item);
    origins_add(&digest->origins, item);
    if (item->kind == TRACE_ITEM_EVENT)
        usage_add_event(&digest->usage, item->as.event);
}

void digest_free(digest *digest)
{
    usage_free(&digest->usage);
    origins_free(&digest->origins);
}
