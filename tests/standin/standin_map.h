/* Files that the CLR maps itself and only reports to the manager. */
#ifndef STANDIN_MAP_H
#define STANDIN_MAP_H

#include "standin_check.h"

/* Maps a system file: first at an address that is in use, which fails, so that the manager is asked to free address
 * space, then anywhere. Reads it, unmaps it and reports that. */
void standin_map_file(standin_check *check);

#endif
