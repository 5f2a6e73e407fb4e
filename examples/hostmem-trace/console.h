/* The terminal, without the differences between systems: its size, a screen that is drawn again and again, time, and
 * Ctrl+C. */
#ifndef TRACE_CONSOLE_H
#define TRACE_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

/* Prepares standard output for UTF-8 and, if takes_screen, for console_home. Ctrl+C then only makes
 * console_is_interrupted true. */
void console_begin(bool takes_screen);

/* Gives the terminal back as it was. */
void console_end(void);

/* What is printed next begins at the top; console_clear_rest removes what is left of the last screen below it. Each
 * line ends with console_end_line. */
void console_home(void);
void console_end_line(void);
void console_clear_rest(void);

/* In characters, as they are now; 80 by 24 if standard output is not a terminal. */
void console_size(uint32_t *width, uint32_t *height);

bool console_is_interrupted(void);

/* From any moment on; never goes backward. */
uint64_t console_milliseconds(void);

void console_sleep(uint32_t milliseconds);

#endif
