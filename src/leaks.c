/* The report: one line for all, one for each origin. */
#include "leaks.h"

#include <string.h>

#include "origins.h"
#include "output.h"

/* The end of a longer name of a file says most. */
#define LONGEST_NAME 256

/* Of a stack: the innermost, in no more room than such a name takes. */
#define MOST_FRAMES 15

typedef struct report {
    hostmem_line_writer *write;
    void *context;
} report;

static void write_blocks(hostmem_output *output, UINT64 blocks)
{
    hostmem_output_number(output, blocks);
    hostmem_output_words(output, blocks == 1 ? " block" : " blocks");
}

static void write_site(hostmem_output *output, const hostmem_origin *origin)
{
    const char *name = *origin->file ? origin->file : "(no file)";
    SIZE_T length = strlen(name);
    if (length > LONGEST_NAME) {
        hostmem_output_words(output, "...");
        name += length - LONGEST_NAME;
    }
    hostmem_output_foreign(output, name, FALSE);
    hostmem_output_byte(output, ':');
    if (origin->line < 0)
        hostmem_output_byte(output, '-');
    hostmem_output_number(output, origin->line < 0 ? 0 - (UINT64)origin->line : (UINT64)origin->line);
}

static void write_hex(hostmem_output *output, UINT_PTR value)
{
    unsigned shift = (unsigned)sizeof value * 8;
    while (shift > 4 && !(value >> (shift - 4)))
        shift -= 4;
    for (; shift; shift -= 4)
        hostmem_output_byte(output, "0123456789abcdef"[value >> (shift - 4) & 15]);
}

static void write_stack(hostmem_output *output, const hostmem_origin *origin)
{
    UINT32 i;
    hostmem_output_words(output, "a sample for ");
    hostmem_output_number(output, origin->estimated_bytes);
    hostmem_output_words(output, " bytes, called from");
    for (i = 0; i < origin->frame_count && i < MOST_FRAMES; i++) {
        hostmem_output_byte(output, ' ');
        write_hex(output, (UINT_PTR)origin->frames[i]);
    }
    if (i < origin->frame_count)
        hostmem_output_words(output, " ...");
}

static void write_place(hostmem_output *output, const hostmem_origin *origin)
{
    if (origin->kind == HOSTMEM_ORIGIN_UNKNOWN) {
        hostmem_output_words(output, "unknown origin");
        return;
    }
    if (origin->kind == HOSTMEM_ORIGIN_STACK)
        write_stack(output, origin);
    else
        write_site(output, origin);
    hostmem_output_words(output, ", the oldest from ");
    hostmem_output_number(output, origin->oldest_ms / 1000);
    hostmem_output_words(output, " s ago");
}

static BOOL report_origin(void *context, const hostmem_origin *origin)
{
    report *to = context;
    char line[LONGEST_NAME + 160];
    hostmem_output output = {line, 0};
    hostmem_output_size_in(&output, origin->live_bytes, 12);
    hostmem_output_words(&output, " in ");
    write_blocks(&output, origin->live_blocks);
    hostmem_output_words(&output, ": ");
    write_place(&output, origin);
    *output.at = 0;
    to->write(to->context, line);
    return TRUE;
}

/* what: what becomes of one block, and of several. */
static void report_sum(const report *to, const hostmem_origins *origins, const char *const what[2])
{
    char line[160];
    hostmem_output output = {line, 0};
    UINT64 blocks = 0, bytes = 0;
    UINT32 i;
    for (i = 0; i < origins->count; i++) {
        blocks += origins->sums[i].blocks;
        bytes += origins->sums[i].bytes;
    }
    hostmem_output_words(&output, "hostmem: ");
    write_blocks(&output, blocks);
    hostmem_output_words(&output, what[blocks != 1]);
    hostmem_output_number(&output, bytes);
    hostmem_output_words(&output, " bytes:");
    *output.at = 0;
    if (blocks)
        to->write(to->context, line);
}

/* NULL: there was no memory to collect them. */
static bool report_origins(hostmem_origins *origins, report *to, const char *const what[2])
{
    if (!origins)
        return false;
    report_sum(to, origins, what);
    hostmem_origins_visit(origins, report_origin, to);
    hostmem_origins_free(origins);
    return true;
}

static const char *const held[] = {" is still held, ", " are still held, "};
static const char *const left[] = {" is left in a heap that goes, ", " are left in a heap that goes, "};

bool hostmem_leaks_report(hostmem_core *core, hostmem_line_writer *write, void *context)
{
    report to = {write, context};
    return report_origins(hostmem_origins_collect(core), &to, held);
}

/* Others may be gone in the middle of what the sink would use. */
static bool somebody_listens(hostmem_core *core)
{
    return core->leak_sink && !core->os->process_is_ending(core->os);
}

void hostmem_leaks_tell(hostmem_core *core)
{
    hostmem_os *os = core->os;
    UINT32 last_error = os->get_last_error(os);
    if (somebody_listens(core))
        hostmem_leaks_report(core, core->leak_sink, core->leak_context);
    os->set_last_error(os, last_error);
}

void hostmem_leaks_tell_of_heap(hostmem_core *core, hostmem_heap *heap)
{
    hostmem_os *os = core->os;
    UINT32 last_error = os->get_last_error(os);
    report to = {core->leak_sink, core->leak_context};
    if (somebody_listens(core))
        report_origins(hostmem_origins_collect_heap(core, heap), &to, left);
    os->set_last_error(os, last_error);
}
