/* The pages before and after the data, made from page/ by page.cmake during the build. */
#ifndef HOSTMEM_TRACE_REPORT_PAGE_H
#define HOSTMEM_TRACE_REPORT_PAGE_H

#include <stddef.h>

extern const unsigned char report_page_before[]; /* the data */
extern const size_t report_page_before_bytes;
extern const unsigned char report_page_after[];
extern const size_t report_page_after_bytes;

extern const unsigned char diff_page_before[];
extern const size_t diff_page_before_bytes;
extern const unsigned char diff_page_after[];
extern const size_t diff_page_after_bytes;

#endif
