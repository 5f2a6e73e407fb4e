/* Prints tables and error messages. See report.h. */
#include "report.h"

#include <corerror.h>

enum { SIZE_TEXT = 32 };

/* "1.5 MiB"; below one KiB whole bytes. */
static const char *size_text(UINT64 bytes, char text[SIZE_TEXT])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    int unit = 0;

    /* From here on the value would be printed as 1024.0. */
    while (value >= 1023.95) {
        value /= 1024;
        unit++;
    }
    snprintf(text, SIZE_TEXT, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return text;
}

static void print_row(FILE *out, const char *label, UINT64 bytes)
{
    char text[SIZE_TEXT];

    fprintf(out, "  %-24s%12s\n", label, size_text(bytes, text));
}

static void print_row_with_peak(FILE *out, const char *label, UINT64 bytes, UINT64 peak)
{
    char text[SIZE_TEXT], peak_text[SIZE_TEXT];

    fprintf(out, "  %-24s%12s%12s\n", label, size_text(bytes, text), size_text(peak, peak_text));
}

static void print_counts(FILE *out, const char *label, const UINT64 counts[3])
{
    fprintf(out, "  %-24s%12lu%12lu%12lu\n", label, (unsigned long)counts[0], (unsigned long)counts[1],
            (unsigned long)counts[2]);
}

/* What a modern runtime uses its memory for; nothing for others. */
static void print_kinds(FILE *out, const hostmem_stats *stats)
{
    static const struct {
        int kind;
        const char *label;
    } rows[] = {
        {HOSTMEM_KIND_OBJECTS, "collector's heap"}, {HOSTMEM_KIND_TABLES, "collector's tables"},
        {HOSTMEM_KIND_LOADER, "loader heaps"},      {HOSTMEM_KIND_CODE, "code"},
        {HOSTMEM_KIND_BLOCKS, "native blocks"},     {HOSTMEM_KIND_LIBRARIES, "other libraries"},
        {HOSTMEM_KIND_INVOKED, "P/Invoked"},        {HOSTMEM_KIND_OTHER, "other pages"},
    };
    UINT64 sum = 0;
    size_t i;

    for (i = 0; i < HOSTMEM_KINDS; i++)
        sum += stats->kind_bytes[i];
    if (!sum)
        return;
    fprintf(out, "Used for\n");
    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        print_row(out, rows[i].label, stats->kind_bytes[rows[i].kind]);
}

void report_memory(FILE *out, const hostmem_stats *stats)
{
    char blocks[SIZE_TEXT];

    snprintf(blocks, sizeof(blocks), "heap, %lu blocks", (unsigned long)stats->heap_blocks);
    fprintf(out, "%-26s%12s%12s\n", "The manager's figures", "now", "peak");
    print_row(out, "address space", stats->reserved_bytes);
    print_row_with_peak(out, "committed", stats->committed_bytes, stats->peak_committed_bytes);
    print_row(out, "  of that, executable", stats->executable_bytes);
    print_row(out, blocks, stats->heap_bytes);
    print_row_with_peak(out, "committed and heap", stats->used_bytes, stats->peak_used_bytes);
    print_row(out, "mapped files", stats->mapped_bytes);
    if (stats->limit_bytes) {
        print_row(out, "limit", stats->limit_bytes);
        print_row(out, "over the limit", stats->overdraft_bytes);
    } else {
        fprintf(out, "  %-24s%12s\n", "limit", "none");
    }
    print_kinds(out, stats);
    fprintf(out, "%-26s%12s%12s%12s\n", "Requests", "task", "app domain", "process");
    print_counts(out, "refused", stats->refused);
    print_counts(out, "waited for memory", stats->waits);
    fprintf(out, "%-26s%12s%12s%12s\n", "Notifications", "Low", "Neutral", "High");
    print_counts(out, "sent", stats->notifications);
}

void report_faults(FILE *out, const hostmem_fault_count *counts, UINT32 count)
{
    UINT32 i;

    if (count)
        fprintf(out, "%-26s%12s%12s\n", "Injected faults", "matched", "failed");
    for (i = 0; i < count; i++)
        fprintf(out, "  rule %-19lu%12lu%12lu\n", (unsigned long)i + 1, (unsigned long)counts[i].matched,
                (unsigned long)counts[i].injected);
}

/* Explains the errors that a user of this program can fix; NULL for others. */
static const char *meaning(HRESULT hr)
{
    switch (hr) {
    case CLR_E_SHIM_RUNTIMELOAD:
        return "no such CLR on this machine";
    case COR_E_TYPELOAD:
        return "the assembly has no such type";
    case COR_E_MISSINGMETHOD:
        return "the type has no such method: public static int, with one string";
    case COR_E_FORMAT:
        return "the method cannot read its argument";
    case COR_E_ARGUMENTOUTOFRANGE:
        return "the method does not accept its argument";
    case COR_E_BADIMAGEFORMAT:
        return "not an assembly for this CLR and processor";
    case HOST_E_CLRNOTAVAILABLE:
        return "the CLR cannot run code";
    case E_OUTOFMEMORY:
        return "out of memory";
    case E_ACCESSDENIED:
        return "too late, or done before";
    default:
        return hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) ? "file not found" : NULL;
    }
}

void report_failure(const char *call, HRESULT hr)
{
    const char *text = meaning(hr);

    fprintf(stderr, "%s: %s failed with 0x%08lX%s%s\n", host_name, call, (unsigned long)hr, text ? ": " : "",
            text ? text : "");
}

BOOL report_success(const char *call, HRESULT hr)
{
    if (FAILED(hr))
        report_failure(call, hr);
    return SUCCEEDED(hr);
}

void report_trace(FILE *out, const hostmem_trace_status *status)
{
    fprintf(out, "Trace: %llu events, %llu dropped\n", (unsigned long long)status->events,
            (unsigned long long)status->dropped);
}
