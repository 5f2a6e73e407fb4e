/* A function for the end of the process. */
#ifndef COREHOST_PROCESS_END_H
#define COREHOST_PROCESS_END_H

/* Registers a function to be called once when ExitProcess ends the process, as Environment.Exit does: no other
 * thread runs any more then. It is not called if the process is terminated, for example by an unhandled exception,
 * and under Wine only if the thread that calls this ends the process. */
void process_end_call(void (*function)(void));

#endif
