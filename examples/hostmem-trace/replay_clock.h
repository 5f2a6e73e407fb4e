/* The finest clock available, for the duration of a call: the processor's counter where there is one. */
#ifndef TRACE_REPLAY_CLOCK_H
#define TRACE_REPLAY_CLOCK_H

#include <stdint.h>

uint64_t replay_clock(void);

/* Nanoseconds in a tick, measured between the first call of replay_clock_begin and now. */
void replay_clock_begin(void);
double replay_clock_nanoseconds(void);

#endif
