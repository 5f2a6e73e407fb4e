/* Files that the CLR maps by itself and only announces to the manager. */
#ifndef STANDIN_MAP_H
#define STANDIN_MAP_H

#include "standin_check.h"

/* Maps a system file: first where something else is, which fails and makes the manager be asked for room, then
 * anywhere; reads it, unmaps it and says so. */
void standin_map_file(standin_check *check);

#endif
