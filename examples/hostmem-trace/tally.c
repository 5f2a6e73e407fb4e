/* Counting. See tally.h. */
#include "tally.h"

static bool failed(uint32_t result)
{
    return result >> 31;
}

/* Results that do not fit are in the total only. */
static void count_result(tally_result results[TALLY_RESULTS], uint32_t *count, uint32_t result)
{
    uint32_t at = 0;

    while (at < *count && results[at].result != result)
        at++;
    if (at == TALLY_RESULTS)
        return;
    if (at == *count)
        results[(*count)++] = (tally_result){.result = result};
    results[at].number++;
}

static void add_refusal(tally *tally, const hostmem_trace_event *event)
{
    uint32_t by = event->type - HOSTMEM_TRACE_BY_BUDGET;

    if (by < 2)
        tally->refused_by[by][event->level < 3 ? event->level : 3]++;
    if (event->type == HOSTMEM_TRACE_BY_SYSTEM)
        count_result(tally->errors, &tally->error_count, event->value);
}

bool tally_is_request(const hostmem_trace_event *event)
{
    return event->what == HOSTMEM_TRACE_VIRTUAL_ALLOC || event->what == HOSTMEM_TRACE_ALLOC ||
           event->what == HOSTMEM_TRACE_DEBUG_ALLOC;
}

static void add_event(tally *tally, const hostmem_trace_event *event)
{
    tally_kind *kind = &tally->kinds[event->what];

    tally->events++;
    kind->number++;
    kind->injected += (event->flags & HOSTMEM_TRACE_INJECTED) != 0;
    if (event->what == HOSTMEM_TRACE_NOTIFICATION)
        tally->notifications[event->value < 4 ? event->value : 0]++;
    if (event->what == HOSTMEM_TRACE_WAITED) {
        tally->wait_ms += event->value;
        tally->waits_ended_well += !failed(event->result);
        if (event->value > tally->longest_wait_ms)
            tally->longest_wait_ms = event->value;
    }
    if (event->what == HOSTMEM_TRACE_REFUSED) {
        add_refusal(tally, event); /* the failed call's own event follows */
        return;
    }
    if (!failed(event->result))
        return;
    kind->failed++;
    count_result(kind->results, &kind->result_count, event->result);
    if (tally_is_request(event))
        tally->refused[event->level < 3 ? event->level : 3]++;
}

static void see(tally_peak *peak, uint64_t now, uint64_t ticks)
{
    if (now > peak->most)
        *peak = (tally_peak){now, ticks};
}

static void add_sample(tally *tally, const hostmem_trace_sample *sample)
{
    tally->samples++;
    tally->last = *sample;
    tally->dropped = sample->events_dropped;
    see(&tally->reserved, sample->reserved_bytes, sample->ticks);
    see(&tally->committed, sample->committed_bytes, sample->ticks);
    see(&tally->executable, sample->executable_bytes, sample->ticks);
    see(&tally->mapped, sample->mapped_bytes, sample->ticks);
    see(&tally->heap, sample->heap_bytes, sample->ticks);
    see(&tally->blocks, sample->heap_blocks, sample->ticks);
    see(&tally->used, sample->used_bytes, sample->ticks);
    see(&tally->overdraft, sample->overdraft_bytes, sample->ticks);
    see(&tally->limit, sample->limit_bytes, sample->ticks);
}

void tally_add(tally *tally, const hostmem_trace_item *item)
{
    if (item->ticks > tally->last_ticks)
        tally->last_ticks = item->ticks;
    if (item->kind == HOSTMEM_TRACE_ITEM_EVENT)
        add_event(tally, item->as.event);
    else if (item->kind == HOSTMEM_TRACE_ITEM_SAMPLE)
        add_sample(tally, item->as.sample);
    else if (item->kind == HOSTMEM_TRACE_ITEM_END)
        tally->dropped = item->as.end->events_dropped;
}
