/* A program that reads a trace with the library hostmem_trace_reader alone: prints how many items of each kind there
 * are, the bytes that were allocated, and how the file ends. */
#include <hostmem/trace_reader.h>
#include <inttypes.h>
#include <stdio.h>

int main(int count, char **arguments)
{
    static const char *const endings[] = {"reading", "complete", "cut off", "damaged"};
    unsigned items[HOSTMEM_TRACE_ITEM_END + 1] = {0};
    uint64_t bytes = 0;
    hostmem_trace_problem problem;
    hostmem_trace_reader *reader = count == 2 ? hostmem_trace_reader_open(arguments[1], &problem) : NULL;
    hostmem_trace_item item;

    if (!reader)
        return fprintf(stderr, "%s\n", count == 2 ? problem.text : "usage: read_trace FILE"), 1;
    while (hostmem_trace_reader_next(reader, &item)) {
        items[item.kind]++;
        if (item.kind == HOSTMEM_TRACE_ITEM_EVENT && !item.as.event->result &&
            (item.as.event->what == HOSTMEM_TRACE_ALLOC || item.as.event->what == HOSTMEM_TRACE_DEBUG_ALLOC))
            bytes += item.as.event->size;
    }
    printf("process %" PRIu32
           ": %u events, %u samples, %u regions, %u sites, %u stacks, %u modules, %u threads, %u end; "
           "%" PRIu64 " bytes; %s%s%s\n",
           hostmem_trace_reader_header(reader)->process_id, items[HOSTMEM_TRACE_ITEM_EVENT],
           items[HOSTMEM_TRACE_ITEM_SAMPLE], items[HOSTMEM_TRACE_ITEM_REGION], items[HOSTMEM_TRACE_ITEM_SITE],
           items[HOSTMEM_TRACE_ITEM_STACK], items[HOSTMEM_TRACE_ITEM_MODULE], items[HOSTMEM_TRACE_ITEM_THREAD],
           items[HOSTMEM_TRACE_ITEM_END], bytes, endings[hostmem_trace_reader_ending(reader)],
           *hostmem_trace_reader_problem(reader)->text ? ": " : "", hostmem_trace_reader_problem(reader)->text);
    hostmem_trace_reader_close(reader);
    return 0;
}
