/* Structs whose first member is their size in bytes, and to which later versions add members at the end. */
#ifndef HMI_BASE_SIZED_H
#define HMI_BASE_SIZED_H

#include <string.h>
#include <windows.h>

/* Copies from, a struct of this version with bytes bytes, to a caller's struct that may be of another version. The
 * caller has set the size at the beginning of *to; that size is kept, and at most that many bytes are written. Members
 * that only the caller's version has become 0. */
static inline void hmi_sized_write(void *to, const void *from, UINT32 bytes)
{
    UINT32 size;
    memcpy(&size, to, sizeof size);
    memcpy((char *)to + sizeof size, (const char *)from + sizeof size, (size < bytes ? size : bytes) - sizeof size);
    if (size > bytes)
        memset((char *)to + bytes, 0, size - bytes);
}

#endif
