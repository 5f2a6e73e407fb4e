/* Writes the figures as a table for people: the important ones always, the others if they are not 0. */
#include "report/figures.h"
#include "report/format.h"

#define LABEL_WIDTH 26
#define COLUMN_WIDTH 12

static void end_line(hmi_output *output)
{
    hmi_output_byte(output, '\n');
}

static void write_label(hmi_output *output, const char *label)
{
    SIZE_T start = output->length;
    hmi_output_words(output, label);
    hmi_output_pad(output, start, LABEL_WIDTH);
}

static void write_heading(hmi_output *output, const char *label, const char *const *columns, unsigned count)
{
    write_label(output, label);
    for (; count; count--, columns++) {
        SIZE_T length = 0;
        while ((*columns)[length])
            length++;
        hmi_output_pad(output, output->length, COLUMN_WIDTH - length);
        hmi_output_words(output, *columns);
    }
    end_line(output);
}

static void write_bytes(hmi_output *output, const char *label, UINT64 bytes)
{
    write_label(output, label);
    hmi_output_size_in(output, bytes, COLUMN_WIDTH);
    end_line(output);
}

/* Structs of older versions lack some of the peaks. */
static void write_now_and_peak(hmi_output *output, UINT64 bytes, UINT64 peak)
{
    hmi_output_size_in(output, bytes, COLUMN_WIDTH);
    if (peak >= bytes && peak)
        hmi_output_size_in(output, peak, COLUMN_WIDTH);
    end_line(output);
}

static void write_bytes_with_peak(hmi_output *output, const char *label, UINT64 bytes, UINT64 peak)
{
    write_label(output, label);
    write_now_and_peak(output, bytes, peak);
}

static void write_counts(hmi_output *output, const char *label, const UINT64 *counts, unsigned count)
{
    write_label(output, label);
    while (count--)
        hmi_output_number_in(output, *counts++, COLUMN_WIDTH);
    end_line(output);
}

static BOOL any(const UINT64 *counts, unsigned count)
{
    while (count--) {
        if (*counts++)
            return TRUE;
    }
    return FALSE;
}

static void write_counts_if_any(hmi_output *output, const char *label, const UINT64 *counts, unsigned count)
{
    if (any(counts, count))
        write_counts(output, label, counts, count);
}

static void write_memory(hmi_output *output, const hostmem_stats *stats)
{
    SIZE_T start;
    write_bytes_with_peak(output, "  address space", stats->reserved_bytes, stats->peak_reserved_bytes);
    write_bytes_with_peak(output, "  committed", stats->committed_bytes, stats->peak_committed_bytes);
    write_bytes_with_peak(output, "    of that, executable", stats->executable_bytes, stats->peak_executable_bytes);
    start = output->length;
    hmi_output_words(output, "  heap, ");
    hmi_output_number(output, stats->heap_blocks);
    hmi_output_words(output, " blocks");
    hmi_output_pad(output, start, LABEL_WIDTH);
    write_now_and_peak(output, stats->heap_bytes, stats->peak_heap_bytes);
    if (stats->heaps)
        write_counts(output, "    in heaps", &stats->heaps, 1);
    write_bytes_with_peak(output, "  committed and heap", stats->used_bytes, stats->peak_used_bytes);
    write_bytes_with_peak(output, "  mapped files", stats->mapped_bytes, stats->peak_mapped_bytes);
    if (stats->largest_free_bytes)
        write_bytes(output, "  largest free range", stats->largest_free_bytes);
    if (stats->address_reserve_bytes)
        write_bytes(output, "  address space in reserve", stats->address_reserve_bytes);
    if (stats->limit_bytes) {
        write_bytes(output, "  limit", stats->limit_bytes);
        write_bytes(output, "  over the limit", stats->overdraft_bytes);
    } else {
        write_label(output, "  limit");
        hmi_output_words(output, "        none\n");
    }
}

/* Only of a modern runtime. */
static void write_kinds(hmi_output *output, const hostmem_stats *stats)
{
    static const char *const labels[HOSTMEM_KINDS] = {
        [HOSTMEM_KIND_OTHER] = "  other pages",
        [HOSTMEM_KIND_OBJECTS] = "  collector's heap",
        [HOSTMEM_KIND_TABLES] = "  collector's tables",
        [HOSTMEM_KIND_LOADER] = "  loader heaps",
        [HOSTMEM_KIND_CODE] = "  code",
        [HOSTMEM_KIND_BLOCKS] = "  native blocks",
        [HOSTMEM_KIND_LIBRARIES] = "  other libraries",
        [HOSTMEM_KIND_INVOKED] = "  P/Invoked",
    };
    unsigned kind;
    if (!any(stats->kind_bytes, HOSTMEM_KINDS))
        return;
    hmi_output_words(output, "Used for\n");
    for (kind = 1; kind <= HOSTMEM_KINDS; kind++) /* others last */
        write_bytes(output, labels[kind % HOSTMEM_KINDS], stats->kind_bytes[kind % HOSTMEM_KINDS]);
}

static void write_requests(hmi_output *output, const hostmem_stats *stats)
{
    static const char *const columns[] = {"task", "app domain", "process"};
    static const char *const labels[HOSTMEM_REFUSAL_RESULTS] = {
        [HOSTMEM_REFUSAL_TIMEOUT] = "    after a wait",
        [HOSTMEM_REFUSAL_ABANDONED] = "    by the shutdown",
        [HOSTMEM_REFUSAL_FAIL_FAST] = "    for good",
        [HOSTMEM_REFUSAL_UNAVAILABLE] = "  CLR unavailable",
    };
    unsigned result;
    write_heading(output, "Requests", columns, 3);
    write_counts(output, "  refused", stats->refused, 3);
    write_counts_if_any(output, "    by the budget", stats->refused_by[HOSTMEM_REFUSER_BUDGET], 3);
    write_counts_if_any(output, "    by Windows", stats->refused_by[HOSTMEM_REFUSER_SYSTEM], 3);
    if (stats->last_system_error)
        write_counts(output, "      its last error", &stats->last_system_error, 1);
    for (result = HOSTMEM_REFUSAL_TIMEOUT; result < HOSTMEM_REFUSAL_RESULTS; result++)
        write_counts_if_any(output, labels[result], stats->refusals[result], 3);
    write_counts(output, "  waited for memory", stats->waits, 3);
    write_counts_if_any(output, "    milliseconds", stats->wait_ms, 3);
    write_counts_if_any(output, "  failed on purpose", stats->injected, 3);
}

static void write_calls(hmi_output *output, const hostmem_stats *stats)
{
    unsigned method;
    if (!any(stats->calls, HOSTMEM_CALL_METHODS))
        return;
    hmi_output_words(output, "Calls\n");
    for (method = 0; method < HOSTMEM_CALL_METHODS; method++) {
        SIZE_T start = output->length;
        if (!stats->calls[method])
            continue;
        hmi_output_words(output, "  ");
        hmi_output_words(output, hmi_method_names[method]);
        hmi_output_pad(output, start, LABEL_WIDTH + COLUMN_WIDTH); /* some names are longer than a label */
        hmi_output_number_in(output, stats->calls[method], COLUMN_WIDTH);
        end_line(output);
    }
}

void hmi_format_text(hmi_output *output, const hmi_format_subject *subject)
{
    static const char *const now_and_peak[] = {"now", "peak"}, *const kinds[] = {"Low", "Neutral", "High"};
    const hostmem_stats *stats = subject->stats;
    if (subject->name) {
        hmi_output_foreign(output, subject->name, FALSE);
        end_line(output);
    }
    write_heading(output, "Memory", now_and_peak, 2);
    write_memory(output, stats);
    write_kinds(output, stats);
    write_requests(output, stats);
    write_heading(output, "Notifications", kinds, 3);
    write_counts(output, "  sent", stats->notifications, 3);
    write_calls(output, stats);
    if (stats->lock_failures)
        write_counts(output, "Not locked", &stats->lock_failures, 1);
    if (stats->numa_misses)
        write_counts(output, "Not on the wanted node", &stats->numa_misses, 1);
    if (stats->latched)
        hmi_output_words(output, "Latched: a request that the process needed was refused.\n");
    if (stats->clr_unavailable)
        hmi_output_words(output, "The CLR was declared unavailable.\n");
}
