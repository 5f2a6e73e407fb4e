/* hostmem: modern .NET runtimes. .NET 5 and later have no hosting interface for memory: their DLLs import Win32's and
 * the C runtime's memory functions. This header puts functions of the library into those imports, which speak to an
 * IHostMemoryManager, so that a CoreCLR of .NET 8, 9 or 10 is governed as the .NET Framework's CLR is.
 *
 *     hostmem *memory;
 *     HMODULE coreclr = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
 *     hostmem_create(&config, &memory);
 *     hostmem_coreclr_attach(memory, coreclr, NULL);
 *     ... GetProcAddress(coreclr, "coreclr_initialize") ...
 *
 * or, for a host that lets hostfxr load the runtime: hostmem_coreclr_watch(memory, NULL) before hostfxr does so.
 *
 * What is governed: the pages, views, heap blocks and (by a flag) P/Invoked memory of coreclr.dll, clrjit.dll,
 * clrgc.dll and clrgcexp.dll. What is not: stacks of threads, the images of DLLs and assemblies, CoTaskMemAlloc and
 * BSTR, other native DLLs, programs compiled by NativeAOT and hosts that have the runtime linked in (single file).
 *
 * A process has one attachment at a time, because a runtime's imports lead to functions, which have no place for a
 * parameter of ours. Included after hostmem.h, whose conventions hold here. Windows alone. */
#ifndef HOSTMEM_CORECLR_H
#define HOSTMEM_CORECLR_H

#include <hostmem/hostmem.h>

#ifdef __cplusplus
extern "C" {
#endif

/* hostmem_coreclr_config.flags */
enum {
    /* What managed code looks up by P/Invoke is governed, too: VirtualAlloc and its like, malloc, _aligned_malloc,
     * HeapAlloc, LocalAlloc and views, and with them Marshal.AllocHGlobal and NativeMemory. Not CoTaskMemAlloc: COM on
     * the other side frees such memory. A block that managed code gets so must not be handed to native code that frees
     * it by itself (with LocalFree, say): it does not come from the heap that is looked for there. */
    HOSTMEM_CORECLR_PINVOKES = 0x1,
    /* Blocks (malloc, HeapAlloc and their like) stay with Windows: pages and views alone are governed. */
    HOSTMEM_CORECLR_NO_BLOCKS = 0x2,
    /* The runtime is not told of the limit as of a job's. It then believes that it may use what the machine has, and
     * many more requests are refused. */
    HOSTMEM_CORECLR_NO_JOB = 0x4,
    /* GlobalMemoryStatusEx answers for the machine alone. */
    HOSTMEM_CORECLR_NO_MEMORY_STATUS = 0x8,
    /* The runtime's low-memory notification is Windows' alone. */
    HOSTMEM_CORECLR_NO_NOTIFICATION = 0x10,
    /* System.IO.Compression.Native.dll is governed, too: the memory of System.IO.Compression's streams. */
    HOSTMEM_CORECLR_COMPRESSION = 0x20
};

/* What memory is for, as indices of hostmem_coreclr_config.levels. */
enum {
    HOSTMEM_CORECLR_OBJECTS, /* commits in the address space that the collector has reserved for objects */
    HOSTMEM_CORECLR_RUNTIME, /* all other pages: the collector's tables, loader heaps, compiled code */
    HOSTMEM_CORECLR_BLOCKS,  /* blocks that the runtime's own native code takes */
    HOSTMEM_CORECLR_INVOKED, /* what managed code asks for by P/Invoke (HOSTMEM_CORECLR_PINVOKES) */
    HOSTMEM_CORECLR_KINDS    /* how many there are */
};

/* Values of hostmem_coreclr_config.levels: the EMemoryCriticalLevel that the manager is asked with. */
enum {
    /* Task for objects and for what is P/Invoked: a refusal becomes an OutOfMemoryException that can be caught. Process
     * for the rest: the runtime may not survive its refusal. A budget with process overdraft (the default) admits it
     * above the limit and counts it in hostmem_stats.overdraft_bytes. */
    HOSTMEM_CORECLR_LEVEL_DEFAULT = 0,
    HOSTMEM_CORECLR_LEVEL_TASK = 1,
    HOSTMEM_CORECLR_LEVEL_APP_DOMAIN = 2,
    HOSTMEM_CORECLR_LEVEL_PROCESS = 3
};

/* How a runtime is governed. Clear it, set size, and set what should differ from the default: every zero is one. */
typedef struct hostmem_coreclr_config {
    UINT32 size;                          /* sizeof(hostmem_coreclr_config) */
    UINT32 flags;                         /* HOSTMEM_CORECLR_PINVOKES and so on; unknown bits are refused */
    UINT32 levels[HOSTMEM_CORECLR_KINDS]; /* HOSTMEM_CORECLR_LEVEL_TASK and so on, by kind of memory */
    UINT32 module_count;                  /* number of names in modules; at most HOSTMEM_CORECLR_MAX_MODULES */
    UINT32 reserved_word;                 /* 0 */
    const WCHAR *const *modules;          /* DLLs to govern besides the runtime's own, by file name without a path
                                             (L"msquic.dll"); case does not matter. Copied. */
    IHostMemoryManager *manager;          /* who is asked; NULL: the instance's own manager. With an instance, it stands
                                             between the runtime and the instance (to check or to log calls, say) and
                                             should pass on what it is asked. Without one it may be anybody's. A
                                             reference is kept while the attachment lasts. */
} hostmem_coreclr_config;

/* How many modules config.modules may name. */
#define HOSTMEM_CORECLR_MAX_MODULES 16

/* Governs a runtime that the host has loaded: replaces the memory functions in the import table of its coreclr.dll, of
 * the other modules (clrjit.dll, clrgc.dll, clrgcexp.dll, those of config) that are loaded already, and from then on of
 * those that come, before any code of theirs runs. To be called after LoadLibrary of coreclr.dll and before
 * coreclr_initialize: what the runtime has reserved before stays outside of the books.
 *
 * The protection of the pages is as before afterwards, and a thread that calls meanwhile calls either the old or the
 * new function. Blocks and pages that others made, or that were made before, and that these modules free or change, are
 * passed on to whom they belong to.
 *
 * memory: the instance, whose budget the runtime is told of. NULL: config->manager alone is asked; then there is no
 *         limit to tell of as of a job's, only the load that GetMemoryLoad has.
 * module: coreclr.dll: a module that exports coreclr_initialize, or one that has a name of those above.
 * config: NULL for all defaults. It is that of the process's attachment: where there is one already (by
 *         hostmem_coreclr_watch, or for another module), memory must be the same and config NULL.
 * Ownership: the attachment keeps references on the manager and what it needs of the instance. hostmem_shutdown and
 *            hostmem_release may be called while it lasts; the runtime then still works.
 * Returns: S_OK; S_FALSE: the module was governed already, nothing was changed.
 * Errors: nothing is changed then, in no module:
 *         E_POINTER                                   memory and the manager are NULL, or module is
 *         HRESULT_FROM_WIN32(ERROR_BAD_LENGTH), (ERROR_INVALID_FLAGS), (ERROR_NOT_SUPPORTED)
 *                                                     config->size, flags, newer fields, as in hostmem_create
 *         E_INVALIDARG                                a level or a name that cannot be, too many modules
 *         HRESULT_FROM_WIN32(ERROR_BUSY)              the process has an attachment, of another instance or manager, or
 *                                                     with a config of its own
 *         HRESULT_FROM_WIN32(ERROR_BAD_EXE_FORMAT)    not a loaded module for this processor, or its import table is
 *                                                     not as it should be
 *         HRESULT_FROM_WIN32(ERROR_INVALID_MODULETYPE) a module, but not a runtime's
 *         HRESULT_FROM_WIN32(ERROR_PROC_NOT_FOUND)    it imports none of the functions (the runtime has been linked in
 *                                                     another way)
 *         HRESULT_FROM_WIN32(ERROR_CALL_NOT_IMPLEMENTED) ntdll.dll does not tell of modules that are loaded
 *         E_OUTOFMEMORY, or what the manager's CreateMalloc says
 *         HRESULT_FROM_WIN32 of what changing the table's protection said
 * Threads: any, one at a time. Not from DllMain. */
HOSTMEM_API HRESULT hostmem_coreclr_attach(_In_opt_ hostmem *memory, _In_ HMODULE module,
                                           _In_opt_ const hostmem_coreclr_config *config);

/* Governs the runtime that will be loaded: as hostmem_coreclr_attach for each of the modules that is loaded already,
 * and for each that comes, before any code of its own runs. For hosts that use hostfxr or nethost: to be called before
 * hostfxr_initialize_for_runtime_config and its like.
 * What happens to a module that comes later nobody can be told at once: hostmem_coreclr_status.watch_error has it.
 * memory, config, ownership: as hostmem_coreclr_attach.
 * Returns: S_OK; S_FALSE: the process is watched already, for the same instance.
 * Errors: as hostmem_coreclr_attach, about config and about modules that are loaded already; nothing is changed then.
 * Threads: any, one at a time. Not from DllMain. */
HOSTMEM_API HRESULT hostmem_coreclr_watch(_In_opt_ hostmem *memory, _In_opt_ const hostmem_coreclr_config *config);

/* Ends the attachment: modules that come are not governed any more, the import tables of those that are still loaded
 * get their old functions back, references are given up.
 *
 * That is possible as long as the runtime has taken nothing that it has not given back, that is, before
 * coreclr_initialize, after one that failed early, and when its DLLs have been unloaded (then there are no tables to
 * restore). A runtime that has run keeps memory until the process ends, even after coreclr_shutdown_2: it would free
 * what the manager gave it with Windows' own functions. Then the attachment stays, which costs nothing: leave it alone
 * at the end of the process.
 *
 * Returns: S_OK; S_FALSE: there was none.
 * Errors: HRESULT_FROM_WIN32(ERROR_BUSY)  pages, views or blocks are left that were taken through the attachment;
 *                                         nothing is changed.
 *         HRESULT_FROM_WIN32 of what changing a table's protection said: that module and the attachment stay as they
 *                                         were.
 * Threads: any, one at a time, while no thread runs code of the governed modules. Not from DllMain. */
HOSTMEM_API HRESULT hostmem_coreclr_detach(void);

/* What the attachment is and did. */
typedef struct hostmem_coreclr_status {
    UINT32 size;           /* sizeof(hostmem_coreclr_status), set by the caller */
    UINT32 attached;       /* 1: there is an attachment; 0: there is none, and all the rest is 0 */
    UINT32 modules;        /* number of modules that are governed now */
    UINT32 imports;        /* number of entries of their import tables that lead to the library */
    HRESULT watch_error;   /* why a module that was loaded later could not be governed: that of the last such module, as
                              hostmem_coreclr_attach has them; S_OK: there was none */
    UINT32 invoked;        /* number of functions that were looked up by P/Invoke and governed */
    UINT64 foreign_blocks; /* number of blocks of others that were freed or changed by the modules, and passed on */
    UINT64 foreign_pages;  /* number of VirtualFree calls about memory of others that were passed on */
    UINT64 object_bytes;   /* address space that the collector has reserved for objects, as far as it is known */
    UINT64 told_limit_bytes; /* the limit that the runtime was last told of, as of a job's; 0: of none */
} hostmem_coreclr_status;

/* Reads how the attachment is doing.
 * status: the caller sets status->size; all fields within that size are written, those this version does not know as 0.
 * Errors: E_POINTER (status is NULL), E_INVALIDARG (status->size is smaller than the first version's; nothing is
 *         written).
 * Threads: any, at any time; it never blocks. */
HOSTMEM_API HRESULT hostmem_coreclr_get_status(_Inout_ hostmem_coreclr_status *status);

/* The function that the attachment puts in place of one of Windows' or the C runtime's, in the same shape, for a host
 * that wants to hand it to other native code, or to test a manager with it. It works while there is an attachment.
 * name: as it is exported: "VirtualAlloc", "malloc".
 * Returns: NULL: there is no such function among the replacements, or name is NULL.
 * Threads: any. */
HOSTMEM_API FARPROC hostmem_coreclr_get_function(_In_opt_z_ const char *name);

#ifdef __cplusplus
}
#endif

#endif
