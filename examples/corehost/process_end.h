/* The end of the process, however it comes. */
#ifndef COREHOST_PROCESS_END_H
#define COREHOST_PROCESS_END_H

/* Has function called once, at the end of the process by ExitProcess, which is how Environment.Exit ends it: no
 * other thread runs any more then. Not where the process is terminated, as by an exception that nobody catches, and
 * under Wine only where the thread that calls this ends it. */
void process_end_call(void (*function)(void));

#endif
