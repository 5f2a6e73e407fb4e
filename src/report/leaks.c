/* Writes the report: one line for the total, and one for each origin. */
#include "report/leaks.h"
#include "core_state.h"

#include <string.h>

#include "report/origins.h"
#include "base/output.h"

/* Of longer file names only the end is written. */
#define MAX_NAME 256

/* Of stacks only the innermost frames are written, so that the line is no longer than with such a name. */
#define MAX_FRAMES 15

typedef struct report {
    hostmem_line_writer *write;
    void *context;
} report;

static void write_blocks(hmi_output *output, UINT64 blocks)
{
    hmi_output_number(output, blocks);
    hmi_output_words(output, blocks == 1 ? " block" : " blocks");
}

static void write_site(hmi_output *output, const hostmem_origin *origin)
{
    const char *name = *origin->file ? origin->file : "(no file)";
    SIZE_T length = strlen(name);
    if (length > MAX_NAME) {
        hmi_output_words(output, "...");
        name += length - MAX_NAME;
    }
    hmi_output_foreign(output, name, FALSE);
    hmi_output_byte(output, ':');
    if (origin->line < 0)
        hmi_output_byte(output, '-');
    hmi_output_number(output, origin->line < 0 ? 0 - (UINT64)origin->line : (UINT64)origin->line);
}

static void write_hex(hmi_output *output, UINT_PTR value)
{
    unsigned shift = (unsigned)sizeof value * 8;
    while (shift > 4 && !(value >> (shift - 4)))
        shift -= 4;
    for (; shift; shift -= 4)
        hmi_output_byte(output, "0123456789abcdef"[value >> (shift - 4) & 15]);
}

static void write_stack(hmi_output *output, const hostmem_origin *origin)
{
    UINT32 i;
    hmi_output_words(output, "a sample for ");
    hmi_output_number(output, origin->estimated_bytes);
    hmi_output_words(output, " bytes, called from");
    for (i = 0; i < origin->frame_count && i < MAX_FRAMES; i++) {
        hmi_output_byte(output, ' ');
        write_hex(output, (UINT_PTR)origin->frames[i]);
    }
    if (i < origin->frame_count)
        hmi_output_words(output, " ...");
}

static void write_place(hmi_output *output, const hostmem_origin *origin)
{
    if (origin->kind == HOSTMEM_ORIGIN_UNKNOWN) {
        hmi_output_words(output, "unknown origin");
        return;
    }
    if (origin->kind == HOSTMEM_ORIGIN_STACK)
        write_stack(output, origin);
    else
        write_site(output, origin);
    hmi_output_words(output, ", the oldest from ");
    hmi_output_number(output, origin->oldest_ms / 1000);
    hmi_output_words(output, " s ago");
}

static BOOL report_origin(void *context, const hostmem_origin *origin)
{
    report *to = context;
    char line[MAX_NAME + 160];
    hmi_output output = hmi_output_begin(line, sizeof line);
    if (!origin->live_blocks) /* it has pages only */
        return TRUE;
    hmi_output_size_in(&output, origin->live_bytes, 12);
    hmi_output_words(&output, " in ");
    write_blocks(&output, origin->live_blocks);
    hmi_output_words(&output, ": ");
    write_place(&output, origin);
    to->write(to->context, line);
    return TRUE;
}

/* what: what is said about one block, and about several. */
static void report_sum(const report *to, const hmi_origins *origins, const char *const what[2])
{
    char line[160];
    hmi_output output = hmi_output_begin(line, sizeof line);
    UINT64 blocks = 0, bytes = 0;
    UINT32 i;
    for (i = 0; i < origins->count; i++) {
        blocks += origins->sums[i].blocks;
        bytes += origins->sums[i].bytes;
    }
    hmi_output_words(&output, "hostmem: ");
    write_blocks(&output, blocks);
    hmi_output_words(&output, " (");
    hmi_output_number(&output, bytes);
    hmi_output_words(&output, bytes == 1 ? " byte) " : " bytes) ");
    hmi_output_words(&output, what[blocks != 1]);
    hmi_output_byte(&output, ':');
    if (blocks)
        to->write(to->context, line);
}

/* origins NULL: there was no memory to collect them. */
static bool report_origins(hmi_origins *origins, report *to, const char *const what[2])
{
    if (!origins)
        return false;
    report_sum(to, origins, what);
    hmi_origins_visit(origins, report_origin, to);
    hmi_origins_free(origins);
    return true;
}

static const char *const held[] = {"is still allocated", "are still allocated"};
static const char *const left[] = {"leaked in a released heap", "leaked in a released heap"};

bool hmi_leaks_report(hmi_core *core, hostmem_line_writer *write, void *context)
{
    report to = {write, context};
    return report_origins(hmi_origins_collect(core), &to, held);
}

/* Not while the process is ending: threads may have been ended inside of functions that the sink would call. */
static bool has_listener(hmi_core *core)
{
    return core->leak_sink && !core->os->process_is_ending(core->os);
}

void hmi_leaks_tell(hmi_core *core)
{
    hostmem_os *os = core->os;
    UINT32 last_error = os->get_last_error(os);
    if (has_listener(core))
        hmi_leaks_report(core, core->leak_sink, core->leak_context);
    os->set_last_error(os, last_error);
}

hmi_origins *hmi_leaks_collect_heap(hmi_core *core, hmi_heap *heap)
{
    hostmem_os *os = core->os;
    UINT32 last_error = os->get_last_error(os);
    hmi_origins *leaked = has_listener(core) ? hmi_origins_collect_heap(core, heap) : NULL;
    os->set_last_error(os, last_error);
    return leaked;
}

void hmi_leaks_tell_of_heap(hmi_core *core, hmi_origins *leaked)
{
    hostmem_os *os = core->os;
    UINT32 last_error = os->get_last_error(os);
    report to = {core->leak_sink, core->leak_context};
    report_origins(leaked, &to, left);
    os->set_last_error(os, last_error);
}
