/* The sums are in a table of the library's own, because collecting them must not allocate from the memory that is
 * accounted for. */
#include "report/origins.h"

#include "core_state.h"

#include <stddef.h>

typedef struct collection {
    hmi_core *core;
    hmi_origins *origins;
    UINT64 blocks, bytes, page_bytes; /* with an origin */
} collection;

static void add_block(void *context, const hmi_site *site, SIZE_T size, UINT64 age_ms)
{
    collection *to = context;
    hmi_origin_sum *sum = &to->origins->sums[site->number < to->origins->count ? site->number : 0];
    if (sum == to->origins->sums)
        return; /* The site is newer than the table; its block is counted as one without an origin. */
    sum->site = site;
    sum->blocks++;
    sum->bytes += size;
    if (site->frame_count)
        sum->estimated_bytes += hmi_sampler_estimate(&to->core->sampler, size);
    if (sum->oldest_ms < age_ms)
        sum->oldest_ms = age_ms;
    to->blocks++;
    to->bytes += size;
}

static void add_page(void *context, UINT_PTR page, const hmi_site *stack, SIZE_T commit_bytes)
{
    collection *to = context;
    hmi_ledger *ledger = &to->core->ledger;
    hmi_origin_sum *sum;
    UINT64 size = ledger->page_size;
    /* A stack may be newer than the table; an entry may be of a commit that has not succeeded yet. */
    if (stack->number >= to->origins->count || !hmi_atomic_bitmap_test(&ledger->committed, page))
        return;
    sum = &to->origins->sums[stack->number];
    sum->site = stack;
    sum->page_bytes += size;
    /* Each page of a commit stands for as many bytes. */
    sum->estimated_page_bytes += hmi_sampler_estimate(&to->core->sampler, commit_bytes) / (commit_bytes / size);
    to->page_bytes += size;
}

static UINT64 less(UINT64 all, UINT64 part)
{
    return part < all ? all - part : 0;
}

static hmi_origins *make_table(hmi_core *core, UINT32 count)
{
    hostmem_os *os = core->os;
    SIZE_T bytes = offsetof(hmi_origins, sums) + count * sizeof(hmi_origin_sum);
    hmi_origins *origins;
    void *table;
    bytes = (bytes + core->info.page_size - 1) & ~(core->info.page_size - 1);
    if (os->table_reserve(os, bytes, &table))
        return NULL;
    if (os->table_commit(os, table, bytes)) {
        os->table_release(os, table, bytes);
        return NULL;
    }
    origins = table;
    origins->os = os;
    origins->table_bytes = bytes;
    origins->count = count;
    return origins;
}

hmi_origins *hmi_origins_collect(hmi_core *core)
{
    collection to = {core, make_table(core, hmi_sites_count(&core->sites) + 1), 0, 0, 0};
    hmi_quota_cache *cache = core->quota_cache;
    if (!to.origins)
        return NULL;
    hmi_records_for_each(&core->records, add_block, &to);
    to.origins->sums[0].blocks = less(hmi_quota_cache_used_blocks(cache), to.blocks);
    to.origins->sums[0].bytes = less(hmi_quota_cache_used_bytes(cache, HMI_BLOCKS), to.bytes);
    if (core->ledger.origins.on) {
        hmi_page_origins_for_each(&core->ledger.origins, add_page, &to);
        to.origins->sums[0].page_bytes = less(hmi_quota_cache_used_bytes(cache, HMI_PAGES), to.page_bytes);
    }
    return to.origins;
}

static void add_block_of_heap(void *context, void *block, SIZE_T size, hmi_record record)
{
    collection *to = context;
    hmi_records *records = &to->core->records;
    const hmi_site *site = hmi_records_site(records, record);
    UINT64 blocks = to->blocks;
    (void)block;
    if (site)
        add_block(to, site, size, hmi_records_age(records, record));
    if (to->blocks == blocks) {
        to->origins->sums[0].blocks++;
        to->origins->sums[0].bytes += size;
    }
}

hmi_origins *hmi_origins_collect_heap(hmi_core *core, hmi_heap *heap)
{
    collection to = {core, make_table(core, hmi_sites_count(&core->sites) + 1), 0, 0, 0};
    if (to.origins)
        hmi_heap_for_each_block(heap, add_block_of_heap, &to);
    return to.origins;
}

void hmi_origins_free(hmi_origins *origins)
{
    origins->os->table_release(origins->os, origins, origins->table_bytes);
}

hostmem_origin hmi_origins_describe(const hmi_origin_sum *sum)
{
    const hmi_site *site = sum->site;
    hostmem_origin origin = {
        .size = sizeof origin,
        .kind = HOSTMEM_ORIGIN_UNKNOWN,
        .id = (UINT_PTR)site,
        .file = "",
        .live_blocks = sum->blocks,
        .live_bytes = sum->bytes,
        .oldest_ms = sum->oldest_ms,
        .estimated_bytes = sum->bytes,
        .live_page_bytes = sum->page_bytes,
        .estimated_page_bytes = sum->page_bytes,
    };
    if (site && site->frame_count) {
        origin.kind = HOSTMEM_ORIGIN_STACK;
        origin.frame_count = site->frame_count;
        origin.frames = hmi_site_frames(site);
        origin.estimated_bytes = sum->estimated_bytes;
        origin.estimated_page_bytes = sum->estimated_page_bytes;
    } else if (site) {
        origin.kind = HOSTMEM_ORIGIN_SITE;
        origin.file = site->file;
        origin.line = site->line;
    }
    return origin;
}

static INT64 grown_bytes(const hmi_origin_sum *sum)
{
    return (INT64)(sum->bytes - sum->former_bytes);
}

static INT64 grown_page_bytes(const hmi_origin_sum *sum)
{
    return (INT64)(sum->page_bytes - sum->former_page_bytes);
}

static INT64 grown_in_all(const hmi_origin_sum *sum)
{
    return grown_bytes(sum) + grown_page_bytes(sum);
}

static INT64 grown_blocks(const hmi_origin_sum *sum)
{
    return (INT64)(sum->blocks - sum->former_blocks);
}

/* Shellsort: in place, without recursion. Sorts by growth, which is the size if nothing is compared. */
static void sort(hmi_origin_sum *sums, UINT32 count)
{
    UINT32 gap, i, at;
    for (gap = count / 2; gap; gap = gap == 2 ? 1 : gap * 5 / 11) {
        for (i = gap; i < count; i++) {
            hmi_origin_sum sum = sums[i];
            for (at = i; at >= gap && grown_in_all(&sums[at - gap]) < grown_in_all(&sum); at -= gap)
                sums[at] = sums[at - gap];
            sums[at] = sum;
        }
    }
}

bool hmi_origins_visit(hmi_origins *origins, hostmem_origin_visitor *visitor, void *context)
{
    UINT32 i;
    sort(origins->sums, origins->count);
    for (i = 0; i < origins->count; i++) {
        hostmem_origin origin = hmi_origins_describe(&origins->sums[i]);
        if ((origin.live_blocks || origin.live_page_bytes) && !visitor(context, &origin))
            return false;
    }
    return true;
}

void hmi_origins_compare(hmi_origins *origins, const hmi_origins *former)
{
    UINT32 i;
    for (i = 0; i < former->count && i < origins->count; i++) {
        hmi_origin_sum *sum = &origins->sums[i];
        sum->site = former->sums[i].site ? former->sums[i].site : sum->site;
        sum->former_blocks = former->sums[i].blocks;
        sum->former_bytes = former->sums[i].bytes;
        sum->former_page_bytes = former->sums[i].page_bytes;
    }
}

bool hmi_origins_visit_growth(hmi_origins *origins, hostmem_growth_visitor *visitor, void *context)
{
    UINT32 i;
    sort(origins->sums, origins->count);
    for (i = 0; i < origins->count; i++) {
        const hmi_origin_sum *sum = &origins->sums[i];
        const hostmem_origin origin = hmi_origins_describe(sum);
        const hostmem_growth grown = {sizeof grown,         0, &origin, grown_blocks(sum), grown_bytes(sum),
                                      grown_page_bytes(sum)};
        if ((grown.blocks || grown.bytes || grown.page_bytes) && !visitor(context, &grown))
            return false;
    }
    return true;
}
