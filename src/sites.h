/* Where blocks come from: the places in source code that DebugAlloc was called from, and the call stacks that were
 * sampled. Each is recorded once and kept as long as the instance. Adding a site takes no lock; a site's address is its
 * identity and may be kept. */
#ifndef HOSTMEM_SRC_SITES_H
#define HOSTMEM_SRC_SITES_H

#include <stdatomic.h>

#include "os.h"

typedef struct hostmem_site {
    struct hostmem_site *next;
    struct hostmem_site *unwritten; /* these two belong to the trace's thread: the next site to write, */
    UINT32 number;                  /* from 1; no other site of the instance has it */
    UINT32 trace;                   /* and the number of the last trace that has the site */
    int line;                       /* 0 for a stack */
    UINT32 frame_count;             /* of a stack; 0: it is a place in source code */
    char file[]; /* as the caller gave it, copied; empty if it gave none. Of a stack: its frames, as void pointers. */
} hostmem_site;

#define HOSTMEM_SITE_CHAINS 256

typedef struct hostmem_sites {
    hostmem_os *os;
    _Atomic UINT32 numbers; /* given so far, some of them to nobody */
    _Atomic(hostmem_site *) chains[HOSTMEM_SITE_CHAINS];
} hostmem_sites;

/* sites is zeroed. */
void hostmem_sites_init(hostmem_sites *sites, hostmem_os *os);

/* Precondition: nobody else uses the sites. */
void hostmem_sites_destroy(hostmem_sites *sites);

/* The site for (file, line), recorded now if it is new. file may be NULL. NULL: there is no memory to record it. */
const hostmem_site *hostmem_sites_intern(hostmem_sites *sites, const char *file, int line);

/* The same for a call stack of count frames, at least one: return addresses, innermost first. */
const hostmem_site *hostmem_sites_intern_stack(hostmem_sites *sites, void *const *frames, UINT32 count);

/* Of a stack, as many as it counts. */
static inline void *const *hostmem_site_frames(const hostmem_site *site)
{
    return (void *const *)(const void *)site->file;
}

/* No site that there is now has a number above this. */
UINT32 hostmem_sites_count(hostmem_sites *sites);

#endif
