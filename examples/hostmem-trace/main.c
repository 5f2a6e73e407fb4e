/* hostmem-trace: the main program. Chooses the command; README.md shows what each prints. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "input.h"

static const struct command {
    const char *name;
    int (*run)(int count, char **arguments);
} commands[] = {
    {"summary", summary_run}, {"csv", csv_run},     {"report", report_run}, {"diff", diff_run},
    {"export", export_run},   {"watch", watch_run}, {"replay", replay_run},
};

static void print_help(void)
{
    puts("Usage: hostmem-trace summary FILE\n"
         "       hostmem-trace csv FILE [-o OUT]\n"
         "       hostmem-trace report FILE -o PAGE.html | --follow [--port PORT]\n"
         "       hostmem-trace diff A B [--threshold SIZE] [--json | --html] [-o OUT]\n"
         "       hostmem-trace export --to FORMAT FILE [-o OUT] [--value VALUE]\n"
         "       hostmem-trace watch FILE [--once]\n"
         "       hostmem-trace replay FILE [--dll PATH] [--times]\n"
         "\n"
         "Reads a trace that hostmem has recorded (hostmem_trace_start, HOSTMEM_TRACE), or is\n"
         "recording still. FILE, A or B may be - for standard input, OUT and PAGE.html - for\n"
         "standard output.\n"
         "\n"
         "  summary       the process, what it called and how often that failed, peaks, the\n"
         "                largest allocations, and where most memory came from\n"
         "  csv           every event as a row of names and numbers, with its time in\n"
         "                microseconds since the start, to OUT or standard output\n"
         "  report        a page for a browser: memory over time, the address space as a\n"
         "                map, sizes and lifetimes, where memory came from, what failed\n"
         "    --follow    serves the page to browsers on this computer while the trace is\n"
         "                recorded, until Ctrl+C\n"
         "    --port PORT  at http://127.0.0.1:PORT/; any free port if not given\n"
         "  diff          what grew from trace A to trace B: figures, and the blocks that were\n"
         "                left, by origin, call path and size; what grew most comes first\n"
         "    --threshold SIZE  only what grew by more than SIZE, such as 64K or 16M; 0 if not\n"
         "                given\n"
         "    --json      all figures, origins, call paths and sizes as JSON\n"
         "    --html      the same as a page for a browser\n"
         "  export        the trace in the format of another tool, to OUT or standard output:\n"
         "                pprof, speedscope: blocks by origin and call path; collapsed: the\n"
         "                same as lines for flame graph tools; perfetto: figures and events\n"
         "                over time; csv, jsonl: a row or a line of JSON for every event\n"
         "    --value VALUE  what collapsed counts: left-bytes (if not given), left-blocks,\n"
         "                bytes, blocks\n"
         "  watch         follows a trace while it is recorded, until its end or Ctrl+C: in a\n"
         "                terminal a screen of figures with their course, elsewhere a line for\n"
         "                each second of the trace\n"
         "    --once      prints the figures as they are now\n"
         "  replay        makes the recorded calls again, in the order of time, on one thread,\n"
         "                on a new manager of hostmem with the trace's limit, and compares the\n"
         "                results and figures; on Windows only. It takes the memory that the\n"
         "                traced process took.\n"
         "    --dll PATH  on the manager that a DLL makes (hostmem_conformance_create)\n"
         "    --times     and prints how long each kind of call took\n"
         "  --symbols FOLDERS  of summary, report, diff, export and watch: names for stacks,\n"
         "                from the process's EXE and DLL files in these folders (with\n"
         "                semicolons between them) and their debug information\n"
         "  --methods FILE  the same: names of managed methods, from a .nettrace file\n"
         "  --help        print this\n"
         "\n"
         "Exit codes: 0 all of the trace was read; 1 a file cannot be opened, read or\n"
         "written, or is no trace; 2 the command line is wrong; 3 the end of the trace is\n"
         "missing, and what there is has been read; 4 the trace is damaged, and what lies\n"
         "before that place has been read; 5 results of the replay are not those recorded, or\n"
         "diff found growth.");
}

static int run(int count, char **arguments)
{
    if (count == 2 && !strcmp(arguments[1], "--help")) {
        print_help();
        return TRACE_EXIT_OK;
    }
    for (size_t i = 0; count > 1 && i < sizeof(commands) / sizeof(*commands); i++)
        if (!strcmp(arguments[1], commands[i].name))
            return commands[i].run(count - 2, arguments + 2);
    if (count > 1)
        trace_complain("unknown command: %s (--help lists them)", arguments[1]);
    else
        trace_complain("a command is needed (--help lists them)");
    return TRACE_EXIT_USAGE;
}

#ifdef _WIN32
#include <windows.h>

/* Arguments as UTF-8, whatever the code page is. */
int wmain(int count, WCHAR **wide)
{
    char **arguments = calloc((size_t)count + 1, sizeof(*arguments));
    int status = TRACE_EXIT_FAILED, made = 0;

    for (; arguments && made < count; made++) {
        int bytes = WideCharToMultiByte(CP_UTF8, 0, wide[made], -1, NULL, 0, NULL, NULL);
        arguments[made] = bytes > 0 ? malloc((size_t)bytes) : NULL;
        if (!arguments[made])
            break;
        WideCharToMultiByte(CP_UTF8, 0, wide[made], -1, arguments[made], bytes, NULL, NULL);
    }
    if (arguments && made == count)
        status = run(count, arguments);
    else
        trace_complain("there is not enough memory to begin");
    for (int i = 0; i < made; i++)
        free(arguments[i]);
    free(arguments);
    return status;
}
#else
int main(int count, char **arguments)
{
    return run(count, arguments);
}
#endif
