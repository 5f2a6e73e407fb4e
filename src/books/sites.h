/* Where blocks come from: the places in source code that DebugAlloc was called from, and the call stacks that were
 * sampled. Each is recorded once and kept as long as the instance. Adding a site takes no lock; a site's address is its
 * identity and may be kept. */
#ifndef HMI_BOOKS_SITES_H
#define HMI_BOOKS_SITES_H

#include <stdatomic.h>

#include "os/os.h"

typedef struct hmi_site {
    struct hmi_site *next;
    struct hmi_site *unwritten; /* these two belong to the trace's thread: the next site to write, */
    UINT32 number;              /* from 1; no other site of the instance has it */
    UINT32 trace;               /* and the number of the last trace that has the site */
    int line;                   /* 0 for a stack */
    UINT32 frame_count;         /* of a stack; 0: it is a place in source code */
    char file[]; /* as the caller gave it, copied; empty if it gave none. Of a stack: its frames, as void pointers. */
} hmi_site;

#define HMI_SITE_CHAINS 256

typedef struct hmi_sites {
    hostmem_os *os;
    _Atomic UINT32 numbers; /* given so far, some of them to nobody */
    _Atomic(hmi_site *) chains[HMI_SITE_CHAINS];
} hmi_sites;

/* sites is zeroed. */
void hmi_sites_init(hmi_sites *sites, hostmem_os *os);

/* Precondition: nobody else uses the sites. */
void hmi_sites_destroy(hmi_sites *sites);

/* The site for (file, line), recorded now if it is new. file may be NULL. NULL: there is no memory to record it. */
const hmi_site *hmi_sites_intern(hmi_sites *sites, const char *file, int line);

/* The same for a call stack of count frames, at least one: return addresses, innermost first. */
const hmi_site *hmi_sites_intern_stack(hmi_sites *sites, void *const *frames, UINT32 count);

/* Of a stack, as many as it counts. */
static inline void *const *hmi_site_frames(const hmi_site *site)
{
    return (void *const *)(const void *)site->file;
}

/* No site that there is now has a number above this. */
UINT32 hmi_sites_count(hmi_sites *sites);

#endif
