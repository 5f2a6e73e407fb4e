/* Short lives of an instance, as code that a host loads and unloads again leads them: in the host, over hostmem.dll, or
 * in a DLL that links the library statically. */
#ifndef UNLOAD_SCENES_H
#define UNLOAD_SCENES_H

#define COBJMACROS
#include <hostmem/hostmem.h>

/* The functions of the library, wherever they are. */
typedef struct unload_api {
    HRESULT (*create)(const hostmem_config *, hostmem **);
    HRESULT (*get_manager)(hostmem *, IHostMemoryManager **);
    HRESULT (*trace_start)(hostmem *, const hostmem_trace_config *);
    HRESULT (*trace_stop)(hostmem *);
    void (*shutdown)(hostmem *);
    ULONG (*release)(hostmem *);
} unload_api;

/* What the scenes and the host tell each other; events of the host's, which reset themselves. */
typedef struct unload_ground {
    HANDLE entered;              /* the library has called the scene's code, on a thread of its own */
    HANDLE go;                   /* it may return */
    ULONG released;              /* what hostmem_release has returned */
    IHostMemoryManager *manager; /* of held_objects */
} unload_ground;

/* FALSE: something failed. What outlives each is in its comment; but for that nothing does. */
typedef BOOL unload_scene(const unload_api *api, unload_ground *ground);

unload_scene unload_plain;           /* pages, blocks, a registered callback */
unload_scene unload_notified;        /* the callback is called: it has returned before hostmem_release does */
unload_scene unload_traced;          /* to a function */
unload_scene unload_traced_to_file;  /* unload.trace, in the current folder */
unload_scene unload_environment;     /* with HOSTMEM_ENVIRONMENT */
unload_scene unload_inside_callback; /* hostmem_release is called by the callback, which may not have returned */
unload_scene unload_inside_write;    /* by the function that a trace is written to */
unload_scene unload_busy_callback;   /* the callback returns when go is set, and not before */
unload_scene unload_busy_write;      /* so does the function that a trace is written to */
unload_scene unload_held_objects;    /* ground->manager, for the host to Release */
unload_scene unload_not_released;    /* the same, and hostmem_release is never called */

/* By the names of the functions. NULL: there is none. */
unload_scene *unload_find(const char *name);

#endif
