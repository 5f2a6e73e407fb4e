/* hostmem: modern .NET runtimes. .NET 5 and later have no hosting interface for memory; their DLLs import the memory
 * functions of Win32 and of the C runtime. This header replaces these imports with functions of the library that call
 * an IHostMemoryManager, so that a CoreCLR of .NET 8, 9 or 10 is governed as the .NET Framework's CLR is.
 *
 *     hostmem *memory;
 *     HMODULE coreclr = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
 *     hostmem_create(&config, &memory);
 *     hostmem_coreclr_attach(memory, coreclr, NULL);
 *     ... GetProcAddress(coreclr, "coreclr_initialize") ...
 *
 * A host that lets hostfxr load the runtime calls hostmem_coreclr_watch(memory, NULL) before.
 *
 * Governed are the pages, views, heap blocks and (by a flag) P/Invoked memory of coreclr.dll, clrjit.dll, clrgc.dll and
 * clrgcexp.dll. Not governed are stacks of threads, the images of DLLs and assemblies, CoTaskMemAlloc and BSTR, other
 * native DLLs, programs compiled by NativeAOT, and hosts that have the runtime linked in (single file).
 *
 * What memory is for is counted (hostmem_stats.kind_bytes), shown by hostmem_format_stats, and named in traces.
 *
 * A process has one attachment at a time, because the replacing functions have no parameter that could name one. It may
 * have several runtimes, all governed by that one: a runtime that has run cannot be initialized again
 * (coreclr_initialize returns HOST_E_INVALIDOPERATION, also after coreclr_shutdown_2), but a copy of coreclr.dll in
 * another folder can run beside it. The copy is governed as soon as it is loaded, and its memory is counted together
 * with that of the first, which stays allocated until the process ends.
 *
 * The replacing functions may run on any thread at any time, and take no lock of the library. They change the last
 * error (errno) as Windows' functions do. Included after hostmem.h, whose conventions hold here. Windows only. */
#ifndef HOSTMEM_CORECLR_H
#define HOSTMEM_CORECLR_H

#include <hostmem/hostmem.h>

#ifdef __cplusplus
extern "C" {
#endif

/* hostmem_coreclr_config.flags */
enum {
    /* Functions that managed code calls by P/Invoke are governed, too: VirtualAlloc and its like, malloc,
     * _aligned_malloc, HeapAlloc, LocalAlloc and views, and with them Marshal.AllocHGlobal and NativeMemory.
     * CoTaskMemAlloc is not, because COM frees such memory on the other side. Managed code must not pass a governed
     * block to native code that frees it itself (with LocalFree, say), because the block is not in the heap that such
     * code frees it from. GlobalMemoryStatusEx is answered as for the runtime, so that
     * System.Runtime.MemoryFailPoint throws for what is more than the budget has left. */
    HOSTMEM_CORECLR_PINVOKES = 0x1,
    /* Blocks (malloc, HeapAlloc and their like) are not governed; only pages and views are. */
    HOSTMEM_CORECLR_NO_BLOCKS = 0x2,
    /* The limit is not reported to the runtime as a job's limit, nor the budget's use as the memory of its process. The
     * runtime then believes that it may use all memory of the machine, and many more requests are refused. */
    HOSTMEM_CORECLR_NO_JOB = 0x4,
    /* GlobalMemoryStatusEx reports the machine's memory, not the limit. */
    HOSTMEM_CORECLR_NO_MEMORY_STATUS = 0x8,
    /* The runtime's low-memory notification is Windows' own, and ignores the limit. */
    HOSTMEM_CORECLR_NO_NOTIFICATION = 0x10,
    /* System.IO.Compression.Native.dll is governed, too: the memory of System.IO.Compression's streams. */
    HOSTMEM_CORECLR_COMPRESSION = 0x20
};

/* What memory is for, as indices of hostmem_coreclr_config.levels. Pages and blocks of DLLs that are not the runtime's
 * own (HOSTMEM_CORECLR_COMPRESSION, config.modules) have the levels of HOSTMEM_CORECLR_RUNTIME and _BLOCKS.
 * hostmem_stats.kind_bytes counts by finer kinds. */
enum {
    HOSTMEM_CORECLR_OBJECTS, /* commits in the address space that the collector has reserved for objects */
    HOSTMEM_CORECLR_RUNTIME, /* all other pages: the collector's tables, loader heaps, compiled code */
    HOSTMEM_CORECLR_BLOCKS,  /* blocks that the runtime's own native code allocates */
    HOSTMEM_CORECLR_INVOKED, /* memory that managed code allocates by P/Invoke (HOSTMEM_CORECLR_PINVOKES) */
    HOSTMEM_CORECLR_KINDS    /* number of kinds */
};

/* Values of hostmem_coreclr_config.levels: the EMemoryCriticalLevel that the manager is called with. */
enum {
    /* Task for objects and P/Invoked memory: a refusal becomes an OutOfMemoryException that can be caught. Process for
     * the rest: the runtime may not survive its refusal. A budget with process overdraft (the default) admits it above
     * the limit and counts it in hostmem_stats.overdraft_bytes. */
    HOSTMEM_CORECLR_LEVEL_DEFAULT = 0,
    HOSTMEM_CORECLR_LEVEL_TASK = 1,
    HOSTMEM_CORECLR_LEVEL_APP_DOMAIN = 2,
    HOSTMEM_CORECLR_LEVEL_PROCESS = 3
};

/* How a runtime is governed. Clear it, set size, and set what should differ from the default: 0 is the default of every
 * field. */
typedef struct hostmem_coreclr_config {
    UINT32 size;                          /* sizeof(hostmem_coreclr_config) */
    UINT32 flags;                         /* HOSTMEM_CORECLR_PINVOKES and so on; unknown bits are refused */
    UINT32 levels[HOSTMEM_CORECLR_KINDS]; /* HOSTMEM_CORECLR_LEVEL_TASK and so on, by kind of memory */
    UINT32 module_count;                  /* number of names in modules; at most HOSTMEM_CORECLR_MAX_MODULES */
    UINT32 reserved_word;                 /* 0 */
    const WCHAR *const *modules;          /* DLLs to govern besides the runtime's own, by file name without a path
                                             (L"msquic.dll"); case does not matter. Copied. */
    /* The manager that is called; NULL: the instance's own. With an instance, this manager is between the runtime and
     * the instance (to check or log calls, for example) and should forward them; all blocks are then counted as
     * HOSTMEM_KIND_BLOCKS, because the instance does not see whose they are. Without an instance it may be any
     * manager. A reference is kept while the attachment lasts. */
    IHostMemoryManager *manager;
} hostmem_coreclr_config;

/* The most modules that config.modules may name. */
#define HOSTMEM_CORECLR_MAX_MODULES 16

/* Governs a runtime that the host has loaded. Replaces the memory functions in the import tables of its coreclr.dll and
 * of the other modules (clrjit.dll, clrgc.dll, clrgcexp.dll, those of config) that are loaded already, and of those
 * that are loaded later, before any of their code runs. Call it after LoadLibrary of coreclr.dll and before
 * coreclr_initialize: what the runtime has reserved before is not counted.
 *
 * The protection of the tables' pages is restored afterwards, and a thread that calls meanwhile calls either the old or
 * the new function; functions of a module that take memory are replaced before those that allocate. If these modules
 * free or change blocks or pages that others allocated, or that were allocated before, the call is passed to their
 * owner.
 *
 * memory: the instance whose budget is reported to the runtime. NULL: only config->manager is used; then no limit is
 * reported as a job's, only the load from GetMemoryLoad.
 * module: coreclr.dll: a module that exports coreclr_initialize, or one with a name from the list above.
 * config: NULL for all defaults. It is the configuration of the process's attachment: if there is one already (by
 * hostmem_coreclr_watch, or for another module), memory must be the same and config NULL. While there is an attachment,
 * modules with a name from the list are governed when they are loaded, a second coreclr.dll too, and this call for one
 * of them changes nothing and returns S_FALSE.
 * Ownership: the attachment keeps references on the manager and on what it needs of the instance. hostmem_shutdown and
 *            hostmem_release may be called while it lasts; the runtime still works then.
 * Returns: S_OK; S_FALSE: the module was governed already, nothing was changed.
 * Errors: nothing is changed then, in no module:
 *         E_POINTER                                   memory and the manager are NULL, or module is
 *         HRESULT_FROM_WIN32(ERROR_BAD_LENGTH), (ERROR_INVALID_FLAGS), (ERROR_NOT_SUPPORTED)
 *                                                     config->size, flags, newer fields, as in hostmem_create
 *         E_INVALIDARG                                an invalid level or name, or too many modules
 *         HRESULT_FROM_WIN32(ERROR_BUSY)              the process has an attachment with another instance, manager or
 *                                                     configuration
 *         HRESULT_FROM_WIN32(ERROR_BAD_EXE_FORMAT)    not a loaded module for this processor, or its import table is
 *                                                     invalid
 *         HRESULT_FROM_WIN32(ERROR_INVALID_MODULETYPE) a module, but not a runtime's
 *         HRESULT_FROM_WIN32(ERROR_PROC_NOT_FOUND)    it imports none of the functions (the runtime was linked in
 *         another
 *                                                     way)
 *         HRESULT_FROM_WIN32(ERROR_CALL_NOT_IMPLEMENTED) ntdll.dll does not report loaded modules
 *         E_OUTOFMEMORY, or the result of the manager's CreateMalloc
 *         HRESULT_FROM_WIN32 of the error of changing the table's protection
 * Threads: any, one at a time. Not from DllMain. A thread that is suspended inside of it keeps nothing that another
 *          one needs to allocate, free or load, except for loading one of the governed modules; and it has the loader's
 *          lock while it governs modules that are loaded already. If it is ended there, later calls of this function,
 *          hostmem_coreclr_watch and hostmem_coreclr_detach wait for ever. */
HOSTMEM_API HRESULT hostmem_coreclr_attach(_In_opt_ hostmem *memory, _In_ HMODULE module,
                                           _In_opt_ const hostmem_coreclr_config *config);

/* Governs a runtime that will be loaded: as hostmem_coreclr_attach for each of its modules that is loaded already, and
 * for each that is loaded later, before any of its code runs. For hosts that use hostfxr or nethost; call it before
 * hostfxr_initialize_for_runtime_config and its like. Errors about modules that are loaded later are in
 * hostmem_coreclr_status.watch_error.
 * memory, config, ownership: as hostmem_coreclr_attach.
 * Returns: S_OK; S_FALSE: the process is watched already, for the same instance.
 * Errors: as hostmem_coreclr_attach, about config and about modules that are loaded already; nothing is changed then.
 * Threads: as hostmem_coreclr_attach. */
HOSTMEM_API HRESULT hostmem_coreclr_watch(_In_opt_ hostmem *memory, _In_opt_ const hostmem_coreclr_config *config);

/* Ends the attachment: modules that are loaded later are not governed, the import tables of those that are still loaded
 * get their old functions back, and references are released.
 *
 * This is possible only while the runtime has nothing that it allocated through the attachment: before
 * coreclr_initialize, after one that failed early, and after its DLLs were unloaded (then there are no tables to
 * restore). A runtime that has run keeps memory until the process ends, even after coreclr_shutdown_2, and would free
 * it with Windows' own functions. Then the attachment stays, which does no harm; do not detach at the end of the
 * process.
 *
 * Returns: S_OK; S_FALSE: there was no attachment.
 * Errors: HRESULT_FROM_WIN32(ERROR_BUSY)  pages, views or blocks that were allocated through the attachment are left;
 *         nothing is changed.
 *         HRESULT_FROM_WIN32 of the error of changing a table's protection: that module and the attachment are
 *         unchanged.
 * Threads: as hostmem_coreclr_attach, while no thread runs code of the governed modules. */
HOSTMEM_API HRESULT hostmem_coreclr_detach(void);

/* The state and the counts of the attachment. */
typedef struct hostmem_coreclr_status {
    UINT32 size;     /* sizeof(hostmem_coreclr_status), set by the caller */
    UINT32 attached; /* 1: there is an attachment; 0: there is none, and all other fields are 0 */
    UINT32 modules;  /* number of modules that are governed now */
    UINT32 imports;  /* number of entries of their import tables that lead to the library */
    /* Why a module that was loaded later could not be governed: the error of the last such module, as from
     * hostmem_coreclr_attach; S_OK: there was none */
    HRESULT watch_error;
    UINT32 invoked;          /* number of functions looked up by P/Invoke and governed */
    UINT64 foreign_blocks;   /* number of blocks that others allocated, and that the modules freed or changed */
    UINT64 foreign_pages;    /* number of VirtualFree calls for memory of others */
    UINT64 object_bytes;     /* address space that the collector has reserved for objects, as far as known */
    UINT64 told_limit_bytes; /* the limit that was last reported to the runtime as a job's; 0: none */
} hostmem_coreclr_status;

/* Reads the state of the attachment.
 * status: the caller sets status->size; all fields within that size are written, those that this version does not know
 * as 0.
 * Errors: E_POINTER (status is NULL), E_INVALIDARG (status->size is smaller than the first version's; nothing is
 *         written).
 * Threads: any, at any time; it never blocks. */
HOSTMEM_API HRESULT hostmem_coreclr_get_status(_Inout_ hostmem_coreclr_status *status);

/* Returns the function that the attachment puts in place of one of Windows or the C runtime, with the same signature,
 * for hosts that pass it to other native code or test a manager with it. It works while there is an attachment.
 * name: the exported name: "VirtualAlloc", "malloc".
 * Returns: NULL: no function of that name is replaced, or name is NULL.
 * Threads: any. */
HOSTMEM_API FARPROC hostmem_coreclr_get_function(_In_opt_z_ const char *name);

#ifdef __cplusplus
}
#endif

#endif
