/* Structs that begin with their size, and grow at their end from version to version. */
#ifndef HMI_BASE_SIZED_H
#define HMI_BASE_SIZED_H

#include <string.h>
#include <windows.h>

/* Copies as much of a struct of ours as its reader knows, who has set the size that it begins with; what only the
 * reader knows becomes 0. */
static inline void hmi_sized_write(void *to, const void *from, UINT32 bytes)
{
    UINT32 size;
    memcpy(&size, to, sizeof size);
    memcpy((char *)to + sizeof size, (const char *)from + sizeof size, (size < bytes ? size : bytes) - sizeof size);
    if (size > bytes)
        memset((char *)to + bytes, 0, size - bytes);
}

#endif
