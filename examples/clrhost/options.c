/* Parses the command line; the text of --help. See options.h. */
#include "options.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

static const WCHAR version_4[] = L"v4.0.30319";
static const WCHAR version_2[] = L"v2.0.50727";

void options_print_help(void)
{
    puts("Usage: clrhost [--limit SIZE] [--wait MS] [--fault RULES] [--trace FILE]\n"
         "               [--sample SIZE] [--metrics FILE] [--counters NAME] [--clr VERSION]\n"
         "               [--stand-in]\n"
         "               ASSEMBLY TYPE METHOD [ARGUMENT]\n"
         "\n"
         "Hosts the .NET Framework CLR with hostmem as its memory manager, calls\n"
         "\"public static int METHOD(string)\" of TYPE in ASSEMBLY, and prints what it\n"
         "returned and what the memory manager saw.\n"
         "\n"
         "  --limit SIZE    how much memory the CLR may take: 512M, 2GiB, ... (default: no limit)\n"
         "  --wait MS       how long a task that is refused memory waits for it first (default: 0)\n"
         "  --fault RULES   faults to inject, to see how the method handles them:\n"
         "                  \"method=VirtualAlloc level=task nth=100; method=Alloc share=0.1%\"\n"
         "  --trace FILE    write down every call for memory; %p in FILE is the process id\n"
         "  --sample SIZE   record a call stack for every so many bytes of heap blocks, for the trace\n"
         "  --metrics FILE  write the figures there for a text-file collector of Prometheus,\n"
         "                  with the file's name, without its ending, as their label\n"
         "  --counters NAME show the figures as performance counters of Windows, as\n"
         "                  \\hostmem(NAME)\\...; hostmem.man must be registered (lodctr /m)\n"
         "  --clr VERSION   v4.0.30319 (default) or v2.0.50727\n"
         "  --stand-in      run against a stand-in for the CLR, which has its programs built in:\n"
         "                  Trees Run [DEPTH[,THREADS]], Trees Exhaust [MEGABYTES];\n"
         "                  ASSEMBLY is not opened then\n"
         "  --help          print this\n"
         "\n"
         "Exit codes: 0 the method ran; 1 the run failed; 2 the command line is wrong;\n"
         "3 there is no such CLR on this machine.");
}

static BOOL read_milliseconds(const WCHAR *text, UINT32 *ms)
{
    WCHAR *end;
    unsigned long long number = wcstoull(text, &end, 10);

    *ms = (UINT32)number;
    return iswdigit(*text) && !*end && number <= MAXUINT32;
}

/* Reads the option at *at and moves *at to its value, if it has one. */
static BOOL read_option(int count, WCHAR **arguments, int *at, options *out)
{
    const WCHAR *name = arguments[*at];
    const WCHAR *value;

    if (!wcscmp(name, L"--stand-in"))
        return out->stand_in = TRUE;
    if (!wcscmp(name, L"--help"))
        return out->help = TRUE;
    if (!settings_have(name) && wcscmp(name, L"--wait") && wcscmp(name, L"--clr"))
        return settings_complain("unknown option ", name);
    if (*at + 1 == count)
        return settings_complain("a value is missing after ", name);
    value = arguments[++*at];
    if (settings_have(name))
        return settings_read(&out->settings, name, value);
    if (!wcscmp(name, L"--wait"))
        return read_milliseconds(value, &out->settings.wait_ms) ||
               settings_complain("not a number of milliseconds: ", value);
    out->clr = value;
    return !wcscmp(value, version_4) || !wcscmp(value, version_2) ||
           settings_complain("not a version of the CLR: ", value);
}

BOOL options_read(int count, WCHAR **arguments, options *out)
{
    const WCHAR **places[] = {&out->assembly, &out->type, &out->method, &out->argument};
    int place = 0;

    memset(out, 0, sizeof(*out));
    out->clr = version_4;
    for (int at = 1; at < count; at++) {
        /* Everything after the assembly belongs to the managed program, even if it begins with a dash. */
        if (!place && arguments[at][0] == L'-') {
            if (!read_option(count, arguments, &at, out))
                return FALSE;
        } else if (place == sizeof(places) / sizeof(*places)) {
            return settings_complain("one argument too many: ", arguments[at]);
        } else {
            *places[place++] = arguments[at];
        }
    }
    return out->help || out->method || settings_complain("ASSEMBLY, TYPE and METHOD are needed", NULL);
}
