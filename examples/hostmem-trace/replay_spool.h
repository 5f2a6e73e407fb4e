/* Copies standard input to a file, because a replay reads its trace twice. */
#ifndef TRACE_REPLAY_SPOOL_H
#define TRACE_REPLAY_SPOOL_H

#include <stdbool.h>

enum { REPLAY_SPOOL_PATH = 1024 };

/* Copies standard input to a new temporary file and writes the file's name to path in UTF-8. Returns false after
 * printing the reason, and leaves no file. */
bool replay_spool(char path[REPLAY_SPOOL_PATH]);

void replay_spool_remove(const char *path);

#endif
