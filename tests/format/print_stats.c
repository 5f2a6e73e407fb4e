/* print_stats text|json|openmetrics|prometheus: prints figures in that form, each of them another number. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <string.h>

#include <hostmem/hostmem.h>

#include "numbered_stats.h"

int main(int count, char **arguments)
{
    static const char *const names[] = {"text", "json", "openmetrics", "prometheus"};
    static char text[65536];
    hostmem_stats stats = numbered_stats();
    int format;
    for (format = 0; format < 4; format++) {
        if (count == 2 && !strcmp(arguments[1], names[format])) {
            if (hostmem_format_stats(&stats, (hostmem_stats_format)format, "a \"name\" \\ \xc3\xa4\n", text,
                                     sizeof text, NULL) != S_OK)
                return 1;
            _setmode(_fileno(stdout), _O_BINARY);
            fputs(text, stdout);
            return fflush(stdout) ? 1 : 0;
        }
    }
    return 2;
}
