/* Parses the command line; the text of --help. See options.h. */
#include "options.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

void options_print_help(void)
{
    puts("Usage: corehost [--limit SIZE] [--trace FILE] [--metrics FILE] [--fault RULES]\n"
         "                [--sample SIZE] [--counters NAME] [--runtime FOLDER] APP.dll [ARGUMENT...]\n"
         "\n"
         "Runs a .NET program on a runtime of .NET 8 or later with hostmem as its memory\n"
         "manager, and prints what the manager saw on standard error.\n"
         "\n"
         "  --limit SIZE      how much memory the runtime may take: 512M, 2GiB, ... (default: no limit)\n"
         "  --trace FILE      write down every call for memory; %p in FILE is the process id\n"
         "  --metrics FILE    write the figures there for a text-file collector of Prometheus\n"
         "  --counters NAME   show the figures as performance counters of Windows, as \\hostmem(NAME)\\...;\n"
         "                    %p in NAME is the process id (hostmem.man must be registered: lodctr /m)\n"
         "  --fault RULES     faults to inject, to see how the program handles them:\n"
         "                    \"level=task nth=100; method=VirtualAlloc share=0.1% level=task\"\n"
         "  --sample SIZE     record a call stack for every so many bytes of heap blocks, for the trace\n"
         "  --runtime FOLDER  where coreclr.dll and the framework's assemblies are (default: the\n"
         "                    program's folder; if they are not there, what hostfxr finds)\n"
         "  --help            print this\n"
         "\n"
         "Names of managed methods for the stacks in FILE: with these environment variables the\n"
         "runtime writes run.nettrace, for hostmem-trace's option --methods:\n"
         "  DOTNET_EnableEventPipe=1\n"
         "  DOTNET_EventPipeConfig=Microsoft-Windows-DotNETRuntime:0x30:5\n"
         "  DOTNET_EventPipeOutputPath=run.nettrace\n"
         "\n"
         "The exit code is the program's. 125: the command line is wrong; 126: the runtime\n"
         "could not run it; 127: there is no runtime.");
}

static BOOL read_option(int count, WCHAR **arguments, int *at, options *out)
{
    const WCHAR *name = arguments[*at];
    const WCHAR *value;

    if (!wcscmp(name, L"--help"))
        return out->help = TRUE;
    if (!settings_have(name) && wcscmp(name, L"--runtime"))
        return settings_complain("unknown option ", name);
    if (*at + 1 == count)
        return settings_complain("a value is missing after ", name);
    value = arguments[++*at];
    if (settings_have(name))
        return settings_read(&out->settings, name, value);
    out->runtime = value;
    return TRUE;
}

BOOL options_read(int count, WCHAR **arguments, options *out)
{
    int at;

    memset(out, 0, sizeof(*out));
    /* Everything after the program belongs to it, even if it begins with a dash. */
    for (at = 1; at < count && arguments[at][0] == L'-'; at++)
        if (!read_option(count, arguments, &at, out))
            return FALSE;
    if (at == count)
        return out->help || settings_complain("APP.dll is needed", NULL);
    out->program = arguments[at];
    out->arguments = arguments + at + 1;
    out->argument_count = count - at - 1;
    return TRUE;
}
