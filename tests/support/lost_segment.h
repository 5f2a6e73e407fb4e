/* On a busy machine a 32-bit thread under Wine 8.0 sometimes loses the segment that FS selects, where its thread block
 * is. The next instruction that reads through FS then faults, in Wine's code or in the program's, and the program ends.
 * By the time the fault is reported the segment is there again, so a test program's first exception handler repeats the
 * instruction and says so on standard error, a thousand times at most. Suspensions make it likelier: it happens about
 * once in a thousand of them. */
#ifndef HOSTMEM_TESTS_LOST_SEGMENT_H
#define HOSTMEM_TESTS_LOST_SEGMENT_H

#include <stdbool.h>
#include <windows.h>

/* Whether a fault is of this kind: a general protection fault (reported as a read of FFFFFFFF) at an instruction with
 * the prefix FS, with the right selector in FS. No such instruction of a program without this damage faults so. */
bool lost_segment_is(const EXCEPTION_RECORD *fault, const CONTEXT *context);

#endif
