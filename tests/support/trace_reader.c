/* See trace_reader.h. No state. */
#include "trace_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace_packed.h"

typedef struct reader {
    const unsigned char *at;
    const unsigned char *end;
    uint64_t sequence;
    trace_content *content;
    UINT32 round_events; /* events read before the current round */
    UINT32 round_sites;
    UINT32 round_modules;
    UINT32 round_threads;
} reader;

static BOOL wrong(trace_content *content, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(content->mistake, sizeof content->mistake, format, arguments);
    va_end(arguments);
    return FALSE;
}

static void *append(void *array, UINT32 *count, SIZE_T size, const void *element)
{
    char *grown = array;
    if (!(*count & (*count - 1)))
        grown = realloc(array, (*count ? 2 * (SIZE_T)*count : 1) * size);
    if (!grown)
        abort();
    memcpy(grown + *count * size, element, size);
    ++*count;
    return grown;
}

/* ---- Records ---- */

/* Fields that some kinds of events have. */
enum {
    HAS_TYPE = 1,
    HAS_PROTECT = 2,
    HAS_VALUE = 4,
    HAS_ADDRESS = 8,
    HAS_SIZE = 16,
    HAS_OUT = 32,
    HAS_ORIGIN = 64,
    HAS_LEVEL = 128,
    SUCCEEDS = 256
};

static const unsigned fields[] = {
    [HOSTMEM_TRACE_VIRTUAL_ALLOC] = HAS_ADDRESS | HAS_SIZE | HAS_TYPE | HAS_PROTECT | HAS_LEVEL | HAS_OUT | HAS_ORIGIN,
    [HOSTMEM_TRACE_VIRTUAL_FREE] = HAS_ADDRESS | HAS_SIZE | HAS_TYPE,
    [HOSTMEM_TRACE_VIRTUAL_QUERY] = HAS_ADDRESS | HAS_SIZE | HAS_OUT,
    [HOSTMEM_TRACE_VIRTUAL_PROTECT] = HAS_ADDRESS | HAS_SIZE | HAS_PROTECT | HAS_VALUE,
    [HOSTMEM_TRACE_CREATE_MALLOC] = HAS_TYPE | HAS_OUT,
    [HOSTMEM_TRACE_ALLOC] = HAS_ADDRESS | HAS_SIZE | HAS_LEVEL | HAS_OUT | HAS_ORIGIN,
    [HOSTMEM_TRACE_DEBUG_ALLOC] = HAS_ADDRESS | HAS_SIZE | HAS_LEVEL | HAS_OUT | HAS_ORIGIN,
    [HOSTMEM_TRACE_FREE] = HAS_ADDRESS | HAS_OUT,
    [HOSTMEM_TRACE_HEAP_RELEASED] = HAS_ADDRESS | SUCCEEDS,
    [HOSTMEM_TRACE_GET_MEMORY_LOAD] = HAS_VALUE | HAS_OUT,
    [HOSTMEM_TRACE_REGISTER_CALLBACK] = HAS_ADDRESS,
    [HOSTMEM_TRACE_NEEDS_ADDRESS_SPACE] = HAS_ADDRESS | HAS_SIZE,
    [HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE] = HAS_ADDRESS | HAS_SIZE,
    [HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE] = HAS_ADDRESS | SUCCEEDS,
    [HOSTMEM_TRACE_NOTIFICATION] = HAS_VALUE | SUCCEEDS,
    [HOSTMEM_TRACE_WAITED] = HAS_SIZE | HAS_LEVEL | HAS_VALUE,
    [HOSTMEM_TRACE_LIMIT] = HAS_SIZE,
    [HOSTMEM_TRACE_CLOSED] = HAS_VALUE | SUCCEEDS,
    [HOSTMEM_TRACE_REFUSED] = HAS_SIZE | HAS_TYPE | HAS_LEVEL | HAS_VALUE,
    [HOSTMEM_TRACE_NAMED] = HAS_ADDRESS | HAS_SIZE | HAS_VALUE | SUCCEEDS,
};

static BOOL check_event(reader *self, const hostmem_trace_event *event)
{
    trace_content *content = self->content;
    unsigned may;
    if (!event->what || event->what >= sizeof fields / sizeof *fields)
        return wrong(content, "an event of kind %u", event->what);
    may = fields[event->what];
    if ((event->type && !(may & HAS_TYPE)) || (event->protect && !(may & HAS_PROTECT)) ||
        (event->value && !(may & HAS_VALUE)) || (event->address && !(may & HAS_ADDRESS)) ||
        (event->size && !(may & HAS_SIZE)) || (event->out && !(may & HAS_OUT)) ||
        (event->origin && !(may & HAS_ORIGIN)) || (event->result && (may & SUCCEEDS)))
        return wrong(content, "an event of kind %u with a field that it has not", event->what);
    if (event->level != HOSTMEM_TRACE_NO_LEVEL && (!(may & HAS_LEVEL) || event->level > 2))
        return wrong(content, "an event of kind %u with level %u", event->what, event->level);
    if (event->result && event->out && event->what != HOSTMEM_TRACE_FREE)
        return wrong(content, "an event of kind %u that failed, and has given something", event->what);
    if (event->flags & ~HOSTMEM_TRACE_INJECTED)
        return wrong(content, "an event with flags %#x", event->flags);
    if (event->what == HOSTMEM_TRACE_REFUSED &&
        (!(event->result >> 31) || !event->value ||
         (event->type != HOSTMEM_TRACE_BY_BUDGET && event->type != HOSTMEM_TRACE_BY_SYSTEM)))
        return wrong(content, "a refusal by %u", event->type);
    if (!event->thread || event->ticks < content->header.start_ticks)
        return wrong(content, "an event of kind %u without a thread, or from before the start", event->what);
    return TRUE;
}

static BOOL read_event(reader *self, const hostmem_trace_event *event)
{
    trace_content *content = self->content;
    UINT32 round = content->sample_count, count = content->event_count;
    if (!check_event(self, event))
        return FALSE;
    if (round >= 2 && event->ticks <= content->samples[round - 2].ticks)
        content->late++;
    content->events = append(content->events, &content->event_count, sizeof *event, event);
    content->rounds = append(content->rounds, &count, sizeof round, &round);
    return TRUE;
}

static BOOL site_is_known(const trace_content *content, uint64_t id)
{
    UINT32 i;
    for (i = 0; i < content->site_count; i++) {
        if (content->sites[i].id == id)
            return TRUE;
    }
    return FALSE;
}

/* The record that ends a round. */
static BOOL read_sample(reader *self, const hostmem_trace_sample *sample)
{
    trace_content *content = self->content;
    UINT32 i;
    if (sample->reserved)
        return wrong(content, "a sample whose reserved field is set");
    if (sample->ticks <
        (content->sample_count ? content->samples[content->sample_count - 1].ticks : content->header.start_ticks))
        return wrong(content, "samples are not in order");
    if (content->event_count - self->round_events > HOSTMEM_TRACE_MAX_ROUND)
        return wrong(content, "a round of %u events", content->event_count - self->round_events);
    for (i = self->round_events; i < content->event_count; i++) {
        if (content->events[i].origin && !site_is_known(content, content->events[i].origin))
            return wrong(content, "an event refers to a site that is not there");
    }
    content->samples = append(content->samples, &content->sample_count, sizeof *sample, sample);
    self->round_events = content->event_count;
    self->round_sites = content->site_count;
    self->round_modules = content->module_count;
    self->round_threads = content->thread_count;
    return TRUE;
}

static BOOL read_region(reader *self, const hostmem_trace_region *region)
{
    trace_content *content = self->content;
    BOOL committed = region->state == MEM_COMMIT;
    if (content->sample_count || content->event_count)
        return wrong(content, "a region after the beginning");
    if ((!committed && (region->state != MEM_RESERVE || region->protect)) || region->reserved || !region->size ||
        region->address < region->allocation_address || (committed && !region->protect) ||
        (region->kind != HOSTMEM_TRACE_PAGES && region->kind != HOSTMEM_TRACE_VIEW))
        return wrong(content, "an invalid region");
    content->regions = append(content->regions, &content->region_count, sizeof *region, region);
    return TRUE;
}

static BOOL read_end(reader *self, const hostmem_trace_end *end)
{
    trace_content *content = self->content;
    if (end->reserved || end->events_written != content->event_count || self->round_events != content->event_count)
        return wrong(content, "the end tells of %llu events; there are %u", (unsigned long long)end->events_written,
                     content->event_count);
    content->end = *end;
    content->ended = TRUE;
    return TRUE;
}

static BOOL read_site(reader *self, const unsigned char *payload, UINT32 left, UINT32 *length)
{
    trace_content *content = self->content;
    hostmem_trace_site record;
    trace_site site;
    UINT32 i;
    if (left < sizeof record)
        return wrong(content, "a block of sites ends in the middle of one");
    memcpy(&record, payload, sizeof record);
    *length = (UINT32)sizeof record + (record.name_bytes + 7) / 8 * 8;
    if (!record.id || record.name_bytes > HOSTMEM_TRACE_MAX_NAME || *length > left || site_is_known(content, record.id))
        return wrong(content, "a site that is invalid, or is there twice");
    for (i = (UINT32)sizeof record + record.name_bytes; i < *length; i++) {
        if (payload[i])
            return wrong(content, "a site's name is not followed by zeroes");
    }
    site = (trace_site){
        .id = record.id, .line = record.line, .name = calloc(1, record.name_bytes + 1), .round = content->sample_count};
    if (!site.name)
        abort();
    memcpy(site.name, payload + sizeof record, record.name_bytes);
    content->sites = append(content->sites, &content->site_count, sizeof site, &site);
    return TRUE;
}

static BOOL read_stack(reader *self, const unsigned char *payload, UINT32 left, UINT32 *length)
{
    trace_content *content = self->content;
    hostmem_trace_stack record;
    trace_site stack = {.name = calloc(1, 1), .round = content->sample_count};
    if (!stack.name)
        abort();
    memcpy(&record, payload, left < sizeof record ? left : sizeof record);
    *length = (UINT32)(sizeof record + record.frame_count * sizeof(uint64_t));
    if (left < sizeof record || !record.id || !record.frame_count || record.frame_count > HOSTMEM_TRACE_MAX_FRAMES ||
        *length > left || record.reserved || site_is_known(content, record.id)) {
        free(stack.name);
        return wrong(content, "a stack that is invalid, or is there twice");
    }
    stack.id = record.id;
    stack.frame_count = record.frame_count;
    memcpy(stack.frames, payload + sizeof record, record.frame_count * sizeof(uint64_t));
    content->sites = append(content->sites, &content->site_count, sizeof stack, &stack);
    return TRUE;
}

static BOOL read_module(reader *self, const unsigned char *payload, UINT32 left, UINT32 *length)
{
    trace_content *content = self->content;
    hostmem_trace_module record;
    trace_module module = {0};
    UINT32 i;
    if (left < sizeof record)
        return wrong(content, "a block of modules ends in the middle of one");
    memcpy(&record, payload, sizeof record);
    *length = (UINT32)sizeof record + (record.name_bytes + 7) / 8 * 8;
    if (!record.size || record.reserved || record.name_bytes >= sizeof module.name || *length > left)
        return wrong(content, "an invalid module");
    for (i = 0; i < content->module_count; i++) {
        if (content->modules[i].address == record.address)
            return wrong(content, "a module is there twice");
    }
    module.address = record.address;
    module.size = record.size;
    memcpy(module.name, payload + sizeof record, record.name_bytes);
    content->modules = append(content->modules, &content->module_count, sizeof module, &module);
    return TRUE;
}

/* A name is only there again if it is another one. */
static BOOL read_thread(reader *self, const unsigned char *payload, UINT32 left, UINT32 *length)
{
    trace_content *content = self->content;
    hostmem_trace_thread record;
    trace_thread thread = {.round = content->sample_count};
    UINT32 i;
    if (left < sizeof record)
        return wrong(content, "a block of threads ends in the middle of one");
    memcpy(&record, payload, sizeof record);
    *length = (UINT32)sizeof record + (record.name_bytes + 7) / 8 * 8;
    if (!record.id || record.name_bytes >= sizeof thread.name || *length > left)
        return wrong(content, "an invalid thread");
    for (i = (UINT32)sizeof record + record.name_bytes; i < *length; i++) {
        if (payload[i])
            return wrong(content, "a thread's name is not followed by zeroes");
    }
    thread.id = record.id;
    memcpy(thread.name, payload + sizeof record, record.name_bytes);
    for (i = content->thread_count; i && content->threads[i - 1].id != thread.id; i--)
        ;
    if (i ? !strcmp(content->threads[i - 1].name, thread.name) : !*thread.name)
        return wrong(content, "a thread has the same name again, or had none");
    content->threads = append(content->threads, &content->thread_count, sizeof thread, &thread);
    return TRUE;
}

/* ---- Packed records ---- */

/* As many as there are, up to the sample, which must be the last. */
static BOOL read_packed_record(reader *self, trace_packed *packed, UINT32 *length)
{
    unsigned kind = trace_packed_kind(packed);
    union {
        hostmem_trace_event event;
        hostmem_trace_sample sample;
        unsigned char stack[TRACE_PACKED_STACK];
    } record;
    if (kind == HOSTMEM_TRACE_BLOCK_EVENTS)
        return trace_packed_event(packed, &record.event) && read_event(self, &record.event);
    if (kind == HOSTMEM_TRACE_BLOCK_SAMPLES)
        return trace_packed_sample(packed, &record.sample) && packed->left == 0 && read_sample(self, &record.sample);
    return kind == HOSTMEM_TRACE_BLOCK_STACKS && trace_packed_stack(packed, record.stack, length) &&
           read_stack(self, record.stack, *length, length);
}

static BOOL read_packed(reader *self, const hostmem_trace_block_header *header, const unsigned char *payload)
{
    static trace_packed packed; /* used on the main thread only */
    UINT32 length = 0;
    if (header->record_bytes)
        return wrong(self->content, "a packed block says that all records are alike");
    trace_packed_begin(&packed, payload, header->payload_bytes, header->record_count);
    while (packed.left) {
        if (!read_packed_record(self, &packed, &length))
            return *self->content->mistake ? FALSE
                                           : wrong(self->content, "record %u before the end of packed block %llu",
                                                   packed.left, (unsigned long long)self->sequence);
    }
    return trace_packed_end(&packed) || wrong(self->content, "a packed block is not filled with zeroes");
}

/* ---- Blocks ---- */

static BOOL read_alike(reader *self, const hostmem_trace_block_header *header, const unsigned char *payload,
                       UINT32 size)
{
    UINT32 i;
    if (header->record_bytes != size || header->payload_bytes != header->record_count * size)
        return wrong(self->content, "a block of kind %u has records of %u bytes", header->kind, header->record_bytes);
    for (i = 0; i < header->record_count; i++, payload += size) {
        union {
            hostmem_trace_region region;
            hostmem_trace_end end;
        } record;
        memcpy(&record, payload, size);
        if (!(header->kind == HOSTMEM_TRACE_BLOCK_REGIONS ? read_region(self, &record.region)
                                                          : read_end(self, &record.end)))
            return FALSE;
    }
    return header->kind == HOSTMEM_TRACE_BLOCK_REGIONS || header->record_count == 1 ||
           wrong(self->content, "more than one record in a block of kind %u", header->kind);
}

typedef BOOL record_reader(reader *self, const unsigned char *payload, UINT32 left, UINT32 *length);

/* Records of different lengths. */
static BOOL read_differing(reader *self, const hostmem_trace_block_header *header, const unsigned char *payload)
{
    record_reader *read = header->kind == HOSTMEM_TRACE_BLOCK_SITES     ? read_site
                          : header->kind == HOSTMEM_TRACE_BLOCK_MODULES ? read_module
                                                                        : read_thread;
    UINT32 left = header->payload_bytes, length = 0, i;
    if (header->record_bytes)
        return wrong(self->content, "a block of kind %u says that all are alike", header->kind);
    for (i = 0; i < header->record_count; i++, payload += length, left -= length) {
        if (!read(self, payload, left, &length))
            return FALSE;
    }
    return !left || wrong(self->content, "a block of kind %u has something after the last", header->kind);
}

static BOOL read_payload(reader *self, const hostmem_trace_block_header *header, const unsigned char *payload)
{
    switch (header->kind) {
    case HOSTMEM_TRACE_BLOCK_PACKED:
        return read_packed(self, header, payload);
    case HOSTMEM_TRACE_BLOCK_REGIONS:
        return read_alike(self, header, payload, sizeof(hostmem_trace_region));
    case HOSTMEM_TRACE_BLOCK_END:
        return read_alike(self, header, payload, sizeof(hostmem_trace_end));
    case HOSTMEM_TRACE_BLOCK_SITES:
    case HOSTMEM_TRACE_BLOCK_MODULES:
    case HOSTMEM_TRACE_BLOCK_THREADS:
        return read_differing(self, header, payload);
    default:
        return wrong(self->content, "a block of kind %u", header->kind);
    }
}

/* *whole: there was a complete block. */
static BOOL read_block(reader *self, BOOL *whole)
{
    hostmem_trace_block_header header;
    trace_content *content = self->content;
    SIZE_T left = (SIZE_T)(self->end - self->at);
    const unsigned char *payload;
    *whole = FALSE;
    if (left < sizeof header)
        return TRUE;
    memcpy(&header, self->at, sizeof header);
    if (header.magic != HOSTMEM_TRACE_BLOCK_MAGIC ||
        header.header_crc != hostmem_trace_crc(&header, offsetof(hostmem_trace_block_header, header_crc)))
        return wrong(content, "the header of block %llu is damaged", (unsigned long long)self->sequence);
    if (header.sequence != self->sequence || !header.record_count || header.payload_bytes % 8 ||
        header.payload_bytes > HOSTMEM_TRACE_MAX_PAYLOAD || content->ended)
        return wrong(content, "the header of block %llu is invalid", (unsigned long long)self->sequence);
    if (left - sizeof header < header.payload_bytes)
        return TRUE;
    payload = self->at + sizeof header;
    if (header.payload_crc != hostmem_trace_crc(payload, header.payload_bytes))
        return wrong(content, "block %llu is damaged", (unsigned long long)self->sequence);
    self->at = payload + header.payload_bytes;
    self->sequence++;
    *whole = TRUE;
    return read_payload(self, &header, payload);
}

static BOOL read_header(reader *self)
{
    hostmem_trace_file_header *header = &self->content->header;
    if (self->end - self->at < (ptrdiff_t)sizeof *header)
        return wrong(self->content, "there is no header");
    memcpy(header, self->at, sizeof *header);
    self->at += sizeof *header;
    if (memcmp(header->magic, HOSTMEM_TRACE_MAGIC, sizeof header->magic) || header->major != HOSTMEM_TRACE_MAJOR ||
        header->minor != HOSTMEM_TRACE_MINOR || header->header_bytes != sizeof *header || header->reserved ||
        header->crc != hostmem_trace_crc(header, offsetof(hostmem_trace_file_header, crc)))
        return wrong(self->content, "the file's header is damaged");
    if (!header->ticks_per_second || !header->page_bytes || (header->page_bytes & (header->page_bytes - 1)) ||
        !header->granularity || header->granularity % header->page_bytes || header->pointer_bytes != sizeof(void *))
        return wrong(self->content, "the file's header is invalid");
    return TRUE;
}

static void forget_unfinished_round(reader *self)
{
    trace_content *content = self->content;
    content->event_count = self->round_events;
    content->module_count = self->round_modules;
    content->thread_count = self->round_threads;
    while (content->site_count > self->round_sites)
        free(content->sites[--content->site_count].name);
}

BOOL trace_read(const void *data, SIZE_T bytes, trace_content *content)
{
    reader self = {.at = data, .end = (const unsigned char *)data + bytes, .content = content};
    BOOL whole = TRUE;
    memset(content, 0, sizeof *content);
    if (!read_header(&self))
        return FALSE;
    while (whole) {
        if (!read_block(&self, &whole))
            return FALSE;
    }
    if (content->ended && self.at != self.end)
        return wrong(content, "something follows the end");
    forget_unfinished_round(&self);
    return TRUE;
}

void trace_free(trace_content *content)
{
    while (content->site_count)
        free(content->sites[--content->site_count].name);
    free(content->events);
    free(content->rounds);
    free(content->samples);
    free(content->regions);
    free(content->sites);
    free(content->modules);
    free(content->threads);
    memset(content, 0, sizeof *content);
}

typedef struct dated {
    hostmem_trace_event event;
    UINT32 round;
} dated;

static int by_time(const void *left, const void *right)
{
    uint64_t one = ((const dated *)left)->event.ticks, other = ((const dated *)right)->event.ticks;
    return one < other ? -1 : one > other;
}

void trace_sort(trace_content *content)
{
    dated *all = malloc((content->event_count ? content->event_count : 1) * sizeof *all);
    UINT32 i;
    if (!all)
        abort();
    for (i = 0; i < content->event_count; i++)
        all[i] = (dated){content->events[i], content->rounds[i]};
    qsort(all, content->event_count, sizeof *all, by_time);
    for (i = 0; i < content->event_count; i++) {
        content->events[i] = all[i].event;
        content->rounds[i] = all[i].round;
    }
    free(all);
}
