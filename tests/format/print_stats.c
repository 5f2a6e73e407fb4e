/* print_stats text|json|openmetrics|prometheus [several]: prints figures in that format, all different; with
 * "several" those of three instances, the last of which has an old version, no limit and no name. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <string.h>

#include <hostmem/hostmem.h>

#include "numbered_stats.h"

static HRESULT write_figures(hostmem_stats_format format, BOOL several, char *text, SIZE_T bytes)
{
    static const char name[] = "a \"name\" \\ \xc3\xa4\n";
    const hostmem_stats stats = numbered_stats();
    hostmem_stats old = numbered_stats();
    const hostmem_named_stats instances[] = {{&stats, name}, {&stats, "another"}, {&old, NULL}};
    old.size = offsetof(hostmem_stats, waits);
    old.limit_bytes = 0;
    return several ? hostmem_format_all_stats(instances, 3, format, text, bytes, NULL)
                   : hostmem_format_stats(&stats, format, name, text, bytes, NULL);
}

int main(int count, char **arguments)
{
    static const char *const names[] = {"text", "json", "openmetrics", "prometheus"};
    static char text[1 << 17];
    BOOL several = count == 3 && !strcmp(arguments[2], "several");
    int format;
    for (format = 0; format < 4; format++) {
        if ((count == 2 || several) && !strcmp(arguments[1], names[format])) {
            if (write_figures((hostmem_stats_format)format, several, text, sizeof text) != S_OK)
                return 1;
            _setmode(_fileno(stdout), _O_BINARY);
            fputs(text, stdout);
            return fflush(stdout) ? 1 : 0;
        }
    }
    return 2;
}
