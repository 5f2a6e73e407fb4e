/* Reads texts, each as a line with its length in bytes and then the bytes, and writes them as a JSON array, for
 * test_json.py. */
#include <stdio.h>
#include <stdlib.h>

#include "report_json.h"

int main(void)
{
    static char text[1 << 16];
    report_json json = {.file = stdout};
    unsigned length;
    report_json_open(&json, NULL, '[');
    while (scanf("%u", &length) == 1) {
        if (getchar() != '\n' || length > sizeof text || fread(text, 1, length, stdin) != length)
            return EXIT_FAILURE;
        report_json_text(&json, NULL, text, length);
    }
    report_json_close(&json, ']');
    return EXIT_SUCCESS;
}
