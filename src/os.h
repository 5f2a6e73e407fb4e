/* What the library needs of the operating system, as a table of functions: os_win32.c is the real one, tests and fault
 * injection put others in its place. This is the boundary: above it nobody calls Win32 or reads the thread's last error.
 *
 * Functions that can fail return a Win32 error code, 0 for success, and write their out parameters only then. Sizes
 * are bytes. virtual_* and heap_* have the meaning, rounding and errors of the Win32 functions of the same name.
 * Any function may be called from any thread, and with other threads suspended inside any other. */
#ifndef HOSTMEM_SRC_OS_H
#define HOSTMEM_SRC_OS_H

#include <windows.h>

typedef struct hostmem_os hostmem_os;

typedef struct hostmem_os_info {
    SIZE_T page_size;           /* a power of two */
    SIZE_T granularity;         /* of reservations: a power of two, a multiple of page_size */
    UINT_PTR highest_address;   /* the last byte a program can use */
} hostmem_os_info;

typedef struct hostmem_os_memory {
    UINT32 load_percent;        /* of physical memory, 0 to 100 */
    UINT64 total_physical;
    UINT64 available_physical;
} hostmem_os_memory;

struct hostmem_os {
    /* Constant for the life of the table. */
    void (*get_info)(hostmem_os *os, hostmem_os_info *info);

    /* The pages that callers get. */
    UINT32 (*virtual_alloc)(hostmem_os *os, void *address, SIZE_T size, UINT32 type, UINT32 protect, void **out);
    UINT32 (*virtual_free)(hostmem_os *os, void *address, SIZE_T size, UINT32 type);
    UINT32 (*virtual_query)(hostmem_os *os, const void *address, void *buffer, SIZE_T length, SIZE_T *written);
    UINT32 (*virtual_protect)(hostmem_os *os, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect);

    /* The blocks that callers get. options: HEAP_CREATE_ENABLE_EXECUTE and HEAP_NO_SERIALIZE, of the whole heap. */
    UINT32 (*heap_create)(hostmem_os *os, UINT32 options, void **heap);
    void (*heap_destroy)(hostmem_os *os, void *heap);
    UINT32 (*heap_alloc)(hostmem_os *os, void *heap, SIZE_T size, void **out);
    UINT32 (*heap_free)(hostmem_os *os, void *heap, void *block);

    /* The library's own tables: address space that is committed piecemeal and reads as zero. Commits may repeat. */
    UINT32 (*table_reserve)(hostmem_os *os, SIZE_T size, void **out);
    UINT32 (*table_commit)(hostmem_os *os, void *address, SIZE_T size);
    void (*table_release)(hostmem_os *os, void *address, SIZE_T size);

    /* The library's own objects, zeroed. object_alloc gives NULL when there is no memory. */
    void *(*object_alloc)(hostmem_os *os, SIZE_T size);
    void (*object_free)(hostmem_os *os, void *object);

    UINT32 (*memory_status)(hostmem_os *os, hostmem_os_memory *status);

    /* The calling thread's last error. */
    UINT32 (*get_last_error)(hostmem_os *os);
    void (*set_last_error)(hostmem_os *os, UINT32 error);
};

/* The Windows table, one for the process. */
hostmem_os *hostmem_os_win32(void);

#endif
