/* See file_name.h. */
#include "file_name.h"

const char *file_name_of(const char *path, size_t bytes)
{
    const char *name = path + bytes;

    while (name > path && name[-1] != '\\' && name[-1] != '/')
        name--;
    return name;
}
