/* The rounds of a trace, on its own thread. Only this file reads the event buffer and writes the output; everything
 * else that it uses is atomic, except for the last figures: another thread leaves them, and says so in last_state.
 * Checked against ARM's memory model: relaxed are a counter, and figures that are written into samples. */
#include "trace/trace_writer.h"
#include "core_state.h"

#include <string.h>

#include "report/regions.h"
#include "report/statistics.h"

/* How long the thread sleeps first. Then it sleeps longer, up to the interval. */
#define FIRST_SLEEP_MS 10u
/* How long the end of a trace waits for a thread that is recording an event, each time. */
#define LAST_WAIT_MS 10u
/* After this time the name of a thread is asked for again. */
#define NAMES_MS 1000u
/* How often it waits. */
#define LAST_WAITS 5
/* How often figures are read until they are equal to those of the reading before. */
#define FIGURES_READINGS 8

/* ---- Start ---- */

static void write_file_header(hmi_trace_writer *writer)
{
    const hmi_core *core = writer->core;
    hostmem_trace_file_header header = {
        .major = HOSTMEM_TRACE_MAJOR,
        .minor = HOSTMEM_TRACE_MINOR,
        .header_bytes = sizeof header,
        .ticks_per_second = core->os->ticks_per_second(core->os),
        .start_ticks = writer->start_ticks,
        .start_time = writer->start_time,
        .process_id = core->os->process_id(core->os),
        .pointer_bytes = sizeof(void *),
        .page_bytes = (uint32_t)core->info.page_size,
        .granularity = (uint32_t)core->info.granularity,
    };
    memcpy(header.magic, HOSTMEM_TRACE_MAGIC, sizeof header.magic);
    header.crc = hostmem_trace_crc(&header, offsetof(hostmem_trace_file_header, crc));
    hmi_trace_output_write(&writer->output, &header, sizeof header);
}

static BOOL write_region(void *context, const hostmem_region *region)
{
    hmi_trace_writer *writer = context;
    hostmem_trace_region *record = hmi_trace_output_add(&writer->output, HOSTMEM_TRACE_BLOCK_REGIONS, sizeof *record,
                                                        true);
    record->address = (UINT_PTR)region->base;
    record->size = region->bytes;
    record->allocation_address = (UINT_PTR)region->allocation_base;
    record->state = region->state;
    record->protect = region->protect;
    record->kind = region->kind == HOSTMEM_REGION_VIEW ? HOSTMEM_TRACE_VIEW : HOSTMEM_TRACE_PAGES;
    return TRUE;
}

/* ---- Names of threads ---- */

/* The place of a thread, a free one, or the one that has been idle for longest. NULL: all are in use. */
static hmi_trace_thread *place_of(hmi_trace_writer *writer, UINT32 id)
{
    UINT32 first = id * 0x9e3779b1u >> 24, i;
    hmi_trace_thread *found = NULL;
    for (i = 0; i < HMI_TRACE_THREAD_WAYS; i++) {
        hmi_trace_thread *thread = &writer->threads[(first + i) % HMI_TRACE_THREADS];
        if (thread->id == id)
            return thread;
        if (!thread->has_new_events && (!found || (found->id && (!thread->id || thread->asked_ms < found->asked_ms))))
            found = thread;
    }
    return found;
}

static void note_thread(hmi_trace_writer *writer, UINT32 id)
{
    hmi_trace_thread *thread = place_of(writer, id);
    if (!thread)
        return;
    if (thread->id != id)
        *thread = (hmi_trace_thread){.id = id};
    thread->has_new_events = true;
}

/* A thread that lives and has no name has the id of the one with the name that the trace has, or gave its name up. */
static void write_thread_name(hmi_trace_writer *writer, hmi_trace_thread *thread)
{
    hostmem_os *os = writer->core->os;
    char name[HMI_TRACE_THREAD_NAME];
    UINT32 bytes = os->thread_name(os, thread->id, name, sizeof name), crc;
    hostmem_trace_thread *record;
    if (bytes == HMI_NO_THREAD)
        return;
    crc = bytes ? hostmem_trace_crc(name, bytes) : 0;
    if (crc == thread->name_crc)
        return;
    record = hmi_trace_output_add(&writer->output, HOSTMEM_TRACE_BLOCK_THREADS,
                                  (UINT32)sizeof *record + (bytes + 7) / 8 * 8, false);
    *record = (hostmem_trace_thread){thread->id, bytes};
    memcpy(record + 1, name, bytes);
    thread->name_crc = crc;
}

/* Threads often get their names after their first requests, and change them, so the system is asked again for those
 * with events, and at the end for all. */
static void write_thread_names(hmi_trace_writer *writer, bool is_last)
{
    UINT64 now = writer->core->os->now_ms(writer->core->os);
    unsigned i;
    for (i = 0; i < HMI_TRACE_THREADS; i++) {
        hmi_trace_thread *thread = &writer->threads[i];
        bool is_due = thread->has_new_events && (!thread->asked_ms || now - thread->asked_ms >= NAMES_MS);
        if (!thread->id || (!is_last && !is_due))
            continue;
        thread->has_new_events = false;
        thread->asked_ms = now;
        write_thread_name(writer, thread);
    }
}

/* ---- A round ---- */

/* Adds the site of an event to this round, if the file does not have it yet. */
static void refer_to(hmi_trace_writer *writer, hmi_site *site)
{
    if (site->trace == writer->number)
        return;
    site->trace = writer->number;
    site->unwritten = writer->unwritten;
    writer->unwritten = site;
}

static void write_event(void *context, const hostmem_trace_event *event)
{
    hmi_trace_writer *writer = context;
    if (event->ticks < writer->start_ticks)
        return; /* recorded in an earlier trace by a thread that was slow */
    hmi_trace_output_add_event(&writer->output, event);
    note_thread(writer, event->thread);
    /* Not one atomic step, because only this thread writes it; other threads read it. */
    atomic_store_explicit(&writer->collected, atomic_load_explicit(&writer->collected, memory_order_relaxed) + 1,
                          memory_order_relaxed);
    if (event->origin)
        refer_to(writer, (hmi_site *)(UINT_PTR)event->origin);
}

static void write_site(hmi_trace_writer *writer, const hmi_site *site)
{
    SIZE_T length = strlen(site->file);
    hostmem_trace_site *record;
    if (length > HOSTMEM_TRACE_MAX_NAME)
        length = HOSTMEM_TRACE_MAX_NAME;
    record = hmi_trace_output_add(&writer->output, HOSTMEM_TRACE_BLOCK_SITES,
                                  (UINT32)(sizeof *record + (length + 7) / 8 * 8), false);
    record->id = (UINT_PTR)site;
    record->line = site->line;
    record->name_bytes = (uint32_t)length;
    memcpy(record + 1, site->file, length);
}

static bool module_is_known(const hmi_trace_writer *writer, UINT_PTR address)
{
    const hmi_trace_known *module = writer->modules;
    while (module && address - module->base >= module->size)
        module = module->next;
    return module != NULL;
}

static void forget_modules(hmi_trace_writer *writer)
{
    while (writer->modules) {
        hmi_trace_known *module = writer->modules;
        writer->modules = module->next;
        writer->core->os->object_free(writer->core->os, module);
    }
}

/* Frames outside of modules, and in modules that there is no memory to record, stay addresses. */
static void write_module_of(hmi_trace_writer *writer, const void *frame)
{
    hostmem_os *os = writer->core->os;
    hmi_os_module *module = &writer->module;
    hostmem_trace_module *record;
    hmi_trace_known *known;
    if (module_is_known(writer, (UINT_PTR)frame) || os->find_module(os, frame, module))
        return;
    known = os->object_alloc(os, sizeof *known);
    if (!known)
        return;
    *known = (hmi_trace_known){writer->modules, module->base, module->size};
    writer->modules = known;
    record = hmi_trace_output_add(&writer->output, HOSTMEM_TRACE_BLOCK_MODULES,
                                  (UINT32)sizeof *record + (module->path_bytes + 7) / 8 * 8, false);
    record->address = module->base;
    record->size = module->size;
    record->name_bytes = module->path_bytes;
    memcpy(record + 1, module->path, module->path_bytes);
}

static void write_stack(hmi_trace_writer *writer, const hmi_site *site)
{
    const hostmem_trace_stack stack = {.id = (UINT_PTR)site, .frame_count = site->frame_count};
    void *const *frames = hmi_site_frames(site);
    uint64_t addresses[HOSTMEM_TRACE_MAX_FRAMES];
    UINT32 i;
    for (i = 0; i < site->frame_count; i++) {
        write_module_of(writer, frames[i]);
        addresses[i] = (UINT_PTR)frames[i];
    }
    hmi_trace_output_add_stack(&writer->output, &stack, addresses);
}

static void write_sites(hmi_trace_writer *writer)
{
    for (; writer->unwritten; writer->unwritten = writer->unwritten->unwritten) {
        if (writer->unwritten->frame_count)
            write_stack(writer, writer->unwritten);
        else
            write_site(writer, writer->unwritten);
    }
}

/* The bytes at which a zone of the budget begins; 0 without a limit. */
static uint64_t edge(const hostmem_stats *stats, hostmem_budget *budget, hmi_zone zone)
{
    return stats->limit_bytes ? atomic_load_explicit(&budget->edge_bytes[zone], memory_order_relaxed) : 0;
}

/* A thread may lose the processor between two steps, and others go on. If two readings are equal, the figures were
 * those at the time between them. If they never are, the last ones are the nearest. */
static void read_figures(hmi_core *core, hmi_trace_figures *figures)
{
    hostmem_stats before = {.size = sizeof before};
    int readings = FIGURES_READINGS;
    figures->stats = before;
    hmi_statistics_read(core, &before);
    do {
        figures->ticks = core->os->ticks(core->os);
        hmi_statistics_read(core, &figures->stats);
        if (!memcmp(&before, &figures->stats, sizeof before))
            return;
        before = figures->stats;
    } while (--readings);
}

void hmi_trace_writer_read_last_figures(hmi_trace_writer *writer)
{
    UINT32 none = HMI_TRACE_FIGURES_NONE;
    if (!atomic_compare_exchange_strong(&writer->last_state, &none, HMI_TRACE_FIGURES_BEING_READ))
        return;
    read_figures(writer->core, &writer->last_figures);
    atomic_store(&writer->last_state, HMI_TRACE_FIGURES_READ);
}

/* The figures of the round's sample. When the last ones are there, what this round has read is too late; but the round
 * before may have read its figures after them, while events were still recorded. */
static void choose_figures(hmi_trace_writer *writer)
{
    hmi_trace_figures now;
    read_figures(writer->core, &now);
    if (atomic_load(&writer->last_state) != HMI_TRACE_FIGURES_READ)
        writer->figures = now;
    else if (writer->last_figures.ticks >= writer->figures.ticks)
        writer->figures = writer->last_figures;
}

static void write_sample(hmi_trace_writer *writer)
{
    hostmem_budget *budget = writer->core->budget;
    const hostmem_stats *stats = &writer->figures.stats;
    hostmem_trace_sample sample = {.ticks = writer->figures.ticks};
    unsigned i;
    sample.events_dropped = hmi_trace_writer_dropped(writer);
    sample.reserved_bytes = stats->reserved_bytes;
    sample.committed_bytes = stats->committed_bytes;
    sample.executable_bytes = stats->executable_bytes;
    sample.mapped_bytes = stats->mapped_bytes;
    sample.heap_bytes = stats->heap_bytes;
    sample.heap_blocks = stats->heap_blocks;
    sample.used_bytes = stats->used_bytes;
    sample.limit_bytes = stats->limit_bytes;
    sample.low_bytes = edge(stats, budget, HMI_ZONE_LOW);
    sample.neutral_bytes = edge(stats, budget, HMI_ZONE_ELEVATED);
    sample.high_bytes = edge(stats, budget, HMI_ZONE_NORMAL);
    sample.overdraft_bytes = stats->overdraft_bytes;
    sample.peak_committed_bytes = stats->peak_committed_bytes;
    sample.peak_used_bytes = stats->peak_used_bytes;
    sample.address_reserve_bytes = stats->address_reserve_bytes;
    for (i = 0; i < 3; i++) {
        sample.refused[i] = stats->refused[i];
        sample.notifications[i] = stats->notifications[i];
    }
    hmi_trace_output_add_sample(&writer->output, &sample);
}

/* Returns the number of events. */
static uint32_t write_round(hmi_trace_writer *writer, bool is_last)
{
    uint32_t found;
    /* Before the events are collected, which may take as long as the disk does: a sample's figures must be those of its
     * ticks. */
    choose_figures(writer);
    found = hmi_event_buffer_collect(writer->event_buffer, write_event, writer);
    write_sites(writer);
    write_thread_names(writer, is_last);
    write_sample(writer);
    return found;
}

/* ---- What was named before the trace ---- */

/* Returns whether there is room for more in the round. */
static bool write_name(hmi_trace_writer *writer, UINT_PTR address, SIZE_T size, UINT32 kind)
{
    const hostmem_trace_event event = {.ticks = writer->start_ticks,
                                       .thread = writer->core->os->thread_id(writer->core->os),
                                       .what = HOSTMEM_TRACE_NAMED,
                                       .level = HOSTMEM_TRACE_NO_LEVEL,
                                       .value = kind,
                                       .address = address,
                                       .size = size};
    if (kind != HOSTMEM_KIND_OTHER)
        write_event(writer, &event);
    return atomic_load_explicit(&writer->collected, memory_order_relaxed) < HOSTMEM_TRACE_MAX_ROUND;
}

static void write_names_of(hmi_trace_writer *writer, hmi_extent_table *extents)
{
    hmi_core *core = writer->core;
    UINT_PTR start = 0;
    SIZE_T length;
    while (hmi_extent_table_next(extents, start, &start, &length) &&
           write_name(writer, start, length, hmi_kinds_get(&core->kinds, start)))
        start += core->ledger.granularity;
}

/* In a round of their own. */
static void write_names(hmi_trace_writer *writer)
{
    hmi_core *core = writer->core;
    unsigned i;
    if (!hmi_kinds_are_known(&core->kinds))
        return;
    choose_figures(writer);
    for (i = 0; i < HMI_NAMED_HEAPS; i++) {
        UINT32 kind;
        UINT_PTR id = hmi_kinds_heap_at(&core->kinds, i, &kind);
        write_name(writer, id, 0, id ? kind : HOSTMEM_KIND_OTHER);
    }
    write_names_of(writer, &core->ledger.reservations);
    write_names_of(writer, &core->ledger.views);
    write_sample(writer);
}

/* ---- The end ---- */

static uint64_t incomplete(hmi_trace_writer *writer)
{
    uint64_t now = hmi_event_buffer_incomplete(writer->event_buffer);
    return now > writer->incomplete_before ? now - writer->incomplete_before : 0;
}

static void write_end(hmi_trace_writer *writer)
{
    hostmem_os *os = writer->core->os;
    hostmem_trace_end *end;
    int waits = LAST_WAITS;
    write_round(writer, true);
    while (incomplete(writer) && waits--) {
        os->wait(os, atomic_load(&writer->event), 0, LAST_WAIT_MS);
        write_round(writer, false);
    }
    end = hmi_trace_output_add(&writer->output, HOSTMEM_TRACE_BLOCK_END, sizeof *end, true);
    end->ticks = os->ticks(os);
    end->events_written = atomic_load(&writer->output.events);
    end->events_dropped = hmi_trace_writer_dropped(writer) + incomplete(writer);
    hmi_trace_output_flush(&writer->output);
}

static bool has_failed(hmi_trace_writer *writer)
{
    return FAILED(atomic_load(&writer->output.error));
}

/* Whether a round found half of what the buffer holds. Then the next one follows at once. After others the thread
 * sleeps until the buffer wakes it or a sample is due: each round opens, writes and closes the file, which takes as
 * long as thousands of events. */
static bool is_many(const hmi_trace_writer *writer, uint32_t found)
{
    return found >= hmi_event_buffer_capacity(writer->event_buffer) / 2;
}

void hmi_trace_writer_run(hmi_trace_writer *writer)
{
    hostmem_os *os = writer->core->os;
    UINT32 sleep_ms = FIRST_SLEEP_MS;
    memset(writer->threads, 0, sizeof writer->threads);
    write_file_header(writer);
    hmi_regions_visit(writer->core, write_region, writer);
    write_names(writer);
    while (!atomic_load(&writer->stop)) {
        bool found_many = is_many(writer, write_round(writer, false));
        if (has_failed(writer))
            break;
        hmi_trace_output_yield(&writer->output);
        if (found_many || atomic_load(&writer->stop))
            continue;
        if (sleep_ms > writer->interval_ms)
            sleep_ms = writer->interval_ms;
        os->wait(os, atomic_load(&writer->event), 0, sleep_ms);
        sleep_ms *= 2;
    }
    if (has_failed(writer))
        hmi_events_end_trace(writer->core->events);
    else
        write_end(writer);
    forget_modules(writer);
}

uint64_t hmi_trace_writer_dropped(hmi_trace_writer *writer)
{
    uint64_t dropped = hmi_event_buffer_dropped(writer->event_buffer) - atomic_load(&writer->dropped_before);
    if (has_failed(writer))
        dropped += atomic_load(&writer->collected) - atomic_load(&writer->output.events);
    return dropped;
}
