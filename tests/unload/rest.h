/* What a process holds at one time, to compare with a later time. */
#ifndef UNLOAD_REST_H
#define UNLOAD_REST_H

#include <windows.h>

typedef struct rest {
    DWORD handles;
    DWORD threads;
    SIZE_T private_bytes; /* reserved or committed, not backed by a file */
    SIZE_T heap_bytes;    /* busy in the process heap */
} rest;

/* FALSE: the system does not report it. */
BOOL rest_read(rest *rest);

#endif
