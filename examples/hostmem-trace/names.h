/* Names of the Windows headers for numbers in traces. Does not need those headers. */
#ifndef TRACE_NAMES_H
#define TRACE_NAMES_H

#include <stdint.h>

/* Buffer size for any of these texts. */
enum { NAME_TEXT = 320 };

/* "VirtualAlloc"; for the kinds that this version knows, HOSTMEM_TRACE_VIRTUAL_ALLOC to HOSTMEM_TRACE_NAMED. */
const char *name_of_event(uint8_t what);

/* "task", "app domain", "process"; "" for HOSTMEM_TRACE_NO_LEVEL, "level 7" for unknown levels. */
const char *name_of_level(uint8_t level, char text[NAME_TEXT]);

/* "low", "neutral", "high", or the number. */
const char *name_of_available(uint32_t value, char text[NAME_TEXT]);

/* "open", "closed", "latched", "closed and latched", or the number. */
const char *name_of_closed(uint32_t value, char text[NAME_TEXT]);

/* Who refused, by hostmem_trace_event.type: "budget", "Windows", or the number. */
const char *name_of_refuser(uint32_t type, char text[NAME_TEXT]);

/* "loader heaps": what HOSTMEM_TRACE_NAMED says memory is for; "kind 9" for unknown ones. */
const char *name_of_kind(uint32_t value, char text[NAME_TEXT]);

/* "E_OUTOFMEMORY"; "WIN32 487" for results made from a Win32 error; otherwise hexadecimal. */
const char *name_of_result(uint32_t result, char text[NAME_TEXT]);

/* "MEM_COMMIT|MEM_RESERVE", "PAGE_READWRITE|PAGE_GUARD", "MALLOC_THREADSAFE"; unknown bits follow in hexadecimal.
 * "0" if no bit is set. */
const char *name_of_memory_type(uint32_t type, char text[NAME_TEXT]);
const char *name_of_protection(uint32_t protect, char text[NAME_TEXT]);
const char *name_of_malloc_type(uint32_t type, char text[NAME_TEXT]);

/* "1.5 MiB"; below one KiB whole bytes. */
const char *name_of_size(uint64_t bytes, char text[NAME_TEXT]);

/* "12 us", "1.5 ms", "1.234 s" */
const char *name_of_time(double microseconds, char text[NAME_TEXT]);

/* "1,234,567" */
const char *name_of_number(uint64_t number, char text[NAME_TEXT]);

#endif
