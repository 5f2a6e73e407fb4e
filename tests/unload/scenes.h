/* Scenes that create, use and release an instance, in code that a host loads and unloads repeatedly: in the host,
 * with hostmem.dll, or in a DLL that links the library statically. */
#ifndef UNLOAD_SCENES_H
#define UNLOAD_SCENES_H

#define COBJMACROS
#include <hostmem/counters.h>

/* The functions of the library, from either place. */
typedef struct unload_api {
    HRESULT (*create)(const hostmem_config *, hostmem **);
    HRESULT (*get_manager)(hostmem *, IHostMemoryManager **);
    HRESULT (*counters_start)(hostmem *, const hostmem_counters_config *);
    HRESULT (*trace_start)(hostmem *, const hostmem_trace_config *);
    HRESULT (*trace_stop)(hostmem *);
    void (*shutdown)(hostmem *);
    ULONG (*release)(hostmem *);
} unload_api;

/* What the scenes and the host exchange; the events are the host's, and auto-reset. */
typedef struct unload_ground {
    HANDLE entered;              /* the library has called the scene's function, on a thread of its own */
    HANDLE go;                   /* that function may return */
    ULONG released;              /* what hostmem_release has returned */
    IHostMemoryManager *manager; /* used by held_objects */
    /* WaitForSingleObject of the host, for the scenes: that of their module may be shortened (short_waits.h) */
    DWORD(WINAPI *wait)(HANDLE handle, DWORD timeout_ms);
} unload_ground;

/* FALSE: something failed. The comments say what outlives each scene; otherwise nothing does. */
typedef BOOL unload_scene(const unload_api *api, unload_ground *ground);

unload_scene unload_plain;           /* pages, blocks, a registered callback */
unload_scene unload_notified;        /* the callback is called, and returns before hostmem_release does */
unload_scene unload_traced;          /* to a function */
unload_scene unload_traced_to_file;  /* unload.trace, in the current folder */
unload_scene unload_environment;     /* with HOSTMEM_ENVIRONMENT */
unload_scene unload_inside_callback; /* hostmem_release is called by the callback, and may return before the
                                      * callback does */
unload_scene unload_inside_write;    /* by the function to which a trace is written */
unload_scene unload_busy_callback;   /* the callback returns when go is set, not before */
unload_scene unload_busy_write;      /* the same for the function to which a trace is written */
unload_scene unload_held_objects;    /* ground->manager, for the host to Release */
unload_scene unload_not_released;    /* the same, and hostmem_release is never called */

unload_scene unload_counted; /* with performance counters: the module stays loaded (hostmem/counters.h) */

/* Finds a scene by its function's name. NULL: there is none. */
unload_scene *unload_find(const char *name);

#endif
