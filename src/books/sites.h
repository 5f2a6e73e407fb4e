/* The origins of blocks: places in source code that DebugAlloc was called from, and sampled call stacks. Each is
 * recorded once and kept until the instance ends. A site's address identifies it and may be kept. */
#ifndef HMI_BOOKS_SITES_H
#define HMI_BOOKS_SITES_H

#include <stdatomic.h>

#include "os/os.h"

typedef struct hmi_site {
    struct hmi_site *next;
    struct hmi_site *unwritten; /* this and trace are used by the trace's thread only: the next site to write */
    UINT32 number;              /* from 1; unique in the instance */
    UINT32 trace;               /* number of the last trace that has the site */
    int line;                   /* 0 for a stack */
    UINT32 frame_count;         /* of a stack; 0: this is a place in source code */
    char file[]; /* a copy of the name that the caller gave; empty if none. For a stack: its frames, as void pointers */
} hmi_site;

#define HMI_SITE_CHAINS 256

typedef struct hmi_sites {
    hostmem_os *os;
    _Atomic UINT32 numbers; /* the highest number given; some numbers are unused */
    _Atomic(hmi_site *) chains[HMI_SITE_CHAINS];
} hmi_sites;

/* Precondition: sites is zeroed. */
void hmi_sites_init(hmi_sites *sites, hostmem_os *os);

/* Precondition: nobody else uses the sites. */
void hmi_sites_destroy(hmi_sites *sites);

/* The site for (file, line), recorded now if it is new. file may be NULL. Returns NULL if there is no memory to record
 * it. */
const hmi_site *hmi_sites_intern(hmi_sites *sites, const char *file, int line);

/* The same for a call stack of count frames, at least one: return addresses, innermost first. */
const hmi_site *hmi_sites_intern_stack(hmi_sites *sites, void *const *frames, UINT32 count);

/* The frames of a stack, site->frame_count of them. */
static inline void *const *hmi_site_frames(const hmi_site *site)
{
    return (void *const *)(const void *)site->file;
}

/* No site that exists now has a number above this. */
UINT32 hmi_sites_count(hmi_sites *sites);

#endif
