/* Passes each item to the parts that need it.
 *
 * The figures over time come from the events, because samples are far apart. Samples say what existed before the
 * trace began, and correct the figures after lost events. A sample taken while calls are running differs by those
 * calls, and on a busy machine a call may be stopped for longer than the time between two samples: so a difference
 * is corrected only when it persists. */
#include "report_model.h"

#include <stdlib.h>

static void reservation_ended(void *context, const report_reservation *reservation, uint64_t ticks);
static void reservation_mistaken(void *context, const report_reservation *reservation);
static bool pages_changed(void *context, uint64_t start, uint64_t end, uint32_t old, uint32_t state);
static uint32_t page_origin(void *context, uint64_t id);
static void pages_committed(void *context, uint32_t origin, uint64_t bytes);
static void pages_decommitted(void *context, uint32_t origin, uint64_t bytes);

report_model *report_model_create(const hostmem_trace_file_header *header)
{
    report_model *model = calloc(1, sizeof *model);
    if (!model)
        return NULL;
    model->header = *header;
    if (!header->ticks_per_second)
        model->header.ticks_per_second = 1;
    report_timeline_init(&model->timeline);
    report_marks_init(&model->marks);
    report_pages_init(&model->pages, &model->header,
                      (report_pages_listener){.context = model,
                                              .changed = pages_changed,
                                              .ended = reservation_ended,
                                              .mistaken = reservation_mistaken,
                                              .origin = page_origin,
                                              .committed = pages_committed,
                                              .decommitted = pages_decommitted});
    model->header.page_bytes = (uint32_t)model->pages.page_bytes;
    model->header.granularity = (uint32_t)model->pages.granularity;
    model->pages.kinds = &model->kinds;
    report_space_init(&model->space, &model->pages, model->header.granularity);
    if (!report_origins_init(&model->origins)) {
        report_model_destroy(model);
        return NULL;
    }
    return model;
}

void report_model_destroy(report_model *model)
{
    if (!model)
        return;
    report_origins_destroy(&model->origins);
    report_space_destroy(&model->space);
    live_blocks_free(&model->blocks);
    kinds_free(&model->kinds);
    thread_names_free(&model->threads);
    report_pages_destroy(&model->pages);
    free(model);
}

static uint64_t nanoseconds(const report_model *model, uint64_t ticks)
{
    return (uint64_t)((double)ticks / (double)model->header.ticks_per_second * 1e9);
}

static bool pages_changed(void *context, uint64_t start, uint64_t end, uint32_t old, uint32_t state)
{
    report_model *model = context;
    return report_space_changed(&model->space, start, end, old, state);
}

static uint32_t page_origin(void *context, uint64_t id)
{
    return report_origins_commit(&((report_model *)context)->origins, id);
}

static void pages_committed(void *context, uint32_t origin, uint64_t bytes)
{
    report_origins_take_pages(&((report_model *)context)->origins, origin, bytes);
}

static void pages_decommitted(void *context, uint32_t origin, uint64_t bytes)
{
    report_origins_give_back_pages(&((report_model *)context)->origins, origin, bytes);
}

static void reservation_ended(void *context, const report_reservation *reservation, uint64_t ticks)
{
    report_model *model = context;
    /* What is left at the end has no lifetime yet, and the start of what is older than the trace is not known. */
    if (!model->ended && !reservation->is_view && !reservation->is_older)
        report_histogram_add(&model->histograms[REPORT_LIVES_RESERVED], nanoseconds(model, ticks - reservation->since),
                             reservation->size);
    report_space_ended(&model->space, reservation, ticks, model->ended);
}

/* It was counted from the start of the trace. Its pages have no state any more. */
static void reservation_mistaken(void *context, const report_reservation *reservation)
{
    report_model *model = context;
    const int64_t committed = (int64_t)reservation->committed;
    const int64_t by[REPORT_FIGURES] = {-committed, 0, -committed};
    report_timeline_add(&model->timeline, by);
    report_space_forget(&model->space, reservation->base, reservation->base + reservation->size);
}

static void forget(report_model *model, const live_entry *block)
{
    model->heap_bytes -= block->size;
    kinds_add(&model->kinds, (uint32_t)block->value, 0 - block->size);
    report_origins_give_back(&model->origins, (uint32_t)block->origin, block->size);
    report_histogram_add(&model->histograms[REPORT_LIVES_BLOCKS], nanoseconds(model, model->now - block->ticks),
                         block->size);
}

static void free_block(report_model *model, uint64_t heap, uint64_t address)
{
    live_entry block;
    if (live_blocks_remove(&model->blocks, heap, address, &block))
        forget(model, &block);
}

static void free_heap(report_model *model, uint64_t heap)
{
    live_entry block;
    while (live_blocks_release(&model->blocks, heap, &block))
        forget(model, &block);
}

static void take_block(report_model *model, const hostmem_trace_event *event)
{
    live_entry block = {.owner = event->address,
                        .address = event->out,
                        .size = event->size,
                        .ticks = model->now,
                        .origin = report_origins_find(&model->origins, event->origin),
                        .value = kinds_of_heap(&model->kinds, event->address)};
    live_entry before;
    live_added added = live_blocks_add(&model->blocks, &block, &before);
    report_histogram_add(&model->histograms[REPORT_SIZES_BLOCKS], event->size, event->size);
    if (added == LIVE_NO_ROOM)
        return;
    if (added == LIVE_REPLACED)
        forget(model, &before);
    model->heap_bytes += block.size;
    kinds_add(&model->kinds, (uint32_t)block.value, block.size);
    report_origins_take(&model->origins, (uint32_t)block.origin, block.size);
}

static bool follow(report_model *model, const hostmem_trace_event *event)
{
    bool succeeded = !event->result;
    switch (event->what) {
    case HOSTMEM_TRACE_VIRTUAL_ALLOC:
        if (succeeded && (event->type & 0x2000u || !event->address)) /* MEM_RESERVE */
            report_histogram_add(&model->histograms[REPORT_SIZES_RESERVED], event->size, event->size);
        if (succeeded && event->type & 0x1000u) /* MEM_COMMIT */
            report_histogram_add(&model->histograms[REPORT_SIZES_COMMITTED], event->size, event->size);
        break;
    case HOSTMEM_TRACE_ALLOC:
    case HOSTMEM_TRACE_DEBUG_ALLOC:
        if (succeeded)
            take_block(model, event);
        return true;
    case HOSTMEM_TRACE_FREE:
        if (succeeded)
            free_block(model, event->address, event->out);
        return true;
    case HOSTMEM_TRACE_HEAP_RELEASED:
        free_heap(model, event->address);
        return true;
    case HOSTMEM_TRACE_LIMIT:
        if (succeeded)
            model->moment.limits.limit = event->size;
        return true;
    default:
        break;
    }
    return report_pages_event(&model->pages, model->now, event);
}

static uint64_t not_below_zero(uint64_t bytes)
{
    return (int64_t)bytes > 0 ? bytes : 0;
}

/* Shows the sum of the events with corrections. Others may share the budget, so used may be more than this
 * instance's memory. */
static void show(report_model *model)
{
    uint64_t *figures = model->moment.figures;
    figures[REPORT_COMMITTED] = not_below_zero(report_pages_committed(&model->pages) +
                                               (uint64_t)model->offset[REPORT_COMMITTED]);
    figures[REPORT_HEAP] = not_below_zero(model->heap_bytes + (uint64_t)model->offset[REPORT_HEAP]);
    figures[REPORT_USED] = not_below_zero(figures[REPORT_COMMITTED] + figures[REPORT_HEAP] +
                                          (uint64_t)model->offset[REPORT_USED]);
    report_timeline_set(&model->timeline, model->now, &model->moment);
}

/* What existed at the start of the trace. */
static void begin(report_model *model)
{
    uint64_t now = model->now;
    if (model->timeline.columns.used)
        return;
    model->now = 0;
    show(model);
    model->now = now;
}

static bool add_event(report_model *model, const hostmem_trace_event *event)
{
    begin(model);
    report_space_advance(&model->space, model->now);
    report_origins_advance(&model->origins, model->now);
    report_calls_add(&model->calls, model->now, event->what, event->result);
    report_marks_add(&model->marks, model->now, event);
    if (!follow(model, event))
        return false;
    kinds_event(&model->kinds, event);
    show(model);
    report_timeline_count_call(&model->timeline);
    return true;
}

static int64_t lesser(int64_t a, int64_t b)
{
    if ((a < 0) != (b < 0) || !a || !b)
        return 0;
    return a < 0 ? (a > b ? a : b) : (a < b ? a : b);
}

/* A difference that all samples of one second agree on is corrected. */
static void make_good(report_model *model, int figure, int64_t difference)
{
    report_difference *lasting = &model->lasting[figure];
    int64_t agreed = lasting->samples ? lesser(difference, lasting->bytes) : 0;
    if (!agreed)
        *lasting = (report_difference){.bytes = difference, .since = model->now};
    else
        lasting->bytes = agreed;
    lasting->samples++;
    if (lasting->samples < 4 || model->now - lasting->since < model->header.ticks_per_second)
        return;
    model->offset[figure] += lasting->bytes;
    *lasting = (report_difference){0};
}

/* Pages from before the trace are known from regions; blocks, and what others use of the budget, are not. */
static void add_sample(report_model *model, const hostmem_trace_sample *sample)
{
    const uint64_t should_be[REPORT_FIGURES] = {
        sample->committed_bytes - report_pages_committed(&model->pages),
        sample->heap_bytes - model->heap_bytes,
        sample->used_bytes - sample->committed_bytes - sample->heap_bytes,
    };
    const report_limits limits = {sample->limit_bytes, sample->low_bytes, sample->neutral_bytes, sample->high_bytes};
    bool is_first = !model->sample_count++;
    bool has_lost = sample->events_dropped != model->dropped;
    begin(model);
    for (int i = 0; i < REPORT_FIGURES; i++) {
        int64_t difference = (int64_t)(should_be[i] - (uint64_t)model->offset[i]);
        if (has_lost || (is_first && i != REPORT_COMMITTED)) {
            model->offset[i] += difference;
            difference = 0;
        }
        make_good(model, i, difference);
    }
    if (is_first) {
        const int64_t back[REPORT_FIGURES] = {model->offset[REPORT_COMMITTED], model->offset[REPORT_HEAP],
                                              model->offset[REPORT_COMMITTED] + model->offset[REPORT_HEAP] +
                                                  model->offset[REPORT_USED]};
        report_timeline_add(&model->timeline, back);
        report_timeline_limit(&model->timeline, &limits);
    }
    model->moment.limits = limits;
    model->dropped = sample->events_dropped;
    show(model);
}

bool report_model_add(report_model *model, const hostmem_trace_item *item)
{
    bool is_good = true;
    if (item->kind == HOSTMEM_TRACE_ITEM_EVENT || item->kind == HOSTMEM_TRACE_ITEM_SAMPLE ||
        item->kind == HOSTMEM_TRACE_ITEM_END) {
        uint64_t start = model->header.start_ticks;
        uint64_t ticks = item->ticks > start ? item->ticks - start : 0;
        if (model->now < ticks)
            model->now = ticks;
    }
    switch (item->kind) {
    case HOSTMEM_TRACE_ITEM_EVENT:
        model->late += item->late;
        is_good = add_event(model, item->as.event);
        break;
    case HOSTMEM_TRACE_ITEM_SAMPLE:
        add_sample(model, item->as.sample);
        break;
    case HOSTMEM_TRACE_ITEM_REGION:
        is_good = report_pages_region(&model->pages, item->as.region);
        break;
    case HOSTMEM_TRACE_ITEM_SITE:
        is_good = report_origins_site(&model->origins, item->as.site, item->name, item->name_bytes);
        break;
    case HOSTMEM_TRACE_ITEM_STACK:
        is_good = report_origins_stack(&model->origins, item->as.stack, item->frames);
        break;
    case HOSTMEM_TRACE_ITEM_MODULE:
        is_good = report_origins_module(&model->origins, item->as.module, item->name, item->name_bytes);
        break;
    case HOSTMEM_TRACE_ITEM_THREAD:
        thread_names_add(&model->threads, item); /* without memory its number is shown */
        break;
    case HOSTMEM_TRACE_ITEM_END:
        model->dropped = item->as.end->events_dropped;
        break;
    }
    return is_good;
}

void report_model_end(report_model *model)
{
    model->ended = true;
    model->began = model->timeline.columns.used != 0;
    report_origins_advance(&model->origins, model->now);
    report_timeline_end(&model->timeline, model->now);
    report_pages_end(&model->pages, model->now);
    report_space_end(&model->space, model->now);
}

void report_model_resume(report_model *model)
{
    model->ended = false;
    if (!model->began)
        report_timeline_init(&model->timeline); /* what was there before the trace is not known yet */
    report_space_resume(&model->space);
}
