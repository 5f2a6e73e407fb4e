/* Standard input as a file: a replay reads its trace twice. */
#ifndef TRACE_REPLAY_SPOOL_H
#define TRACE_REPLAY_SPOOL_H

#include <stdbool.h>

enum { REPLAY_SPOOL_PATH = 1024 };

/* Copies standard input to its end to a new temporary file, whose name path receives in UTF-8. False, having said why;
 * there is no file then. */
bool replay_spool(char path[REPLAY_SPOOL_PATH]);

void replay_spool_remove(const char *path);

#endif
