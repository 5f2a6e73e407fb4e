/* What a process has at a moment, to be compared with what it has later. */
#ifndef UNLOAD_REST_H
#define UNLOAD_REST_H

#include <windows.h>

typedef struct rest {
    DWORD handles;
    DWORD threads;
    SIZE_T private_bytes; /* committed, of no file */
    SIZE_T heap_bytes;    /* busy in the process heap */
} rest;

/* FALSE: the system does not say. */
BOOL rest_read(rest *rest);

#endif
