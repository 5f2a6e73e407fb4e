/* The terminal, without the differences between systems: its size, a screen that is drawn again and again, time, and
 * Ctrl+C. */
#ifndef TRACE_CONSOLE_H
#define TRACE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Prepares standard output for UTF-8. wants_screen: standard output is a terminal, and console_home is to be used.
 * Returns whether there is such a screen. Ctrl+C then only makes console_is_interrupted true. */
bool console_begin(bool wants_screen);

/* Shows what was on the terminal before; what is printed then stays there. */
void console_leave_screen(void);

/* Gives the terminal back as it was. */
void console_end(void);

/* The next line is the first of the screen. console_clear_rest removes what is left of the last screen below the lines
 * that were printed since. Without a screen lines are only printed. */
void console_home(void);
void console_line(const char *text, size_t bytes);
void console_clear_rest(void);

/* In characters, as they are now; 80 by 24 if standard output is not a terminal. */
void console_size(uint32_t *width, uint32_t *height);

bool console_is_interrupted(void);

/* From any moment on; never goes backward. */
uint64_t console_milliseconds(void);

void console_sleep(uint32_t milliseconds);

#endif
