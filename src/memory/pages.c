/* The order of the steps matters here. Allocating: charge, ask the operating system, record; if it refuses, cancel the
 * charge. Releasing: take out of the books first, because the address may belong to another thread as soon as the
 * system has freed it; put it back if the system refuses. No lock: the ledger and the budget are atomic. */
#include "memory/pages.h"
#include "core_state.h"

#include <corerror.h>

#include "memory/admission.h"
#include "memory/owner.h"
#include "base/compiler.h"
#include "memory/placement.h"
#include "memory/protection.h"
#include "memory/reconcile.h"

/* A request, kept so that it can be tried again. */
typedef struct request {
    hmi_core *core;
    UINT_PTR address;
    SIZE_T size;
    hmi_entry entry; /* all pages that it touches */
    UINT32 type;
    UINT32 protect;
    UINT32 node; /* HMI_NO_NODE: as the configuration says */
    EMemoryCriticalLevel level;
    const hmi_site *stack; /* of a sampled commit; NULL: it is not sampled */
    void *result;
} request;

static hmi_range pages_of(const request *wanted)
{
    return wanted->entry.pages;
}

HMI_ALWAYS_INLINE UINT32 ask_system(request *wanted)
{
    if (wanted->node != HMI_NO_NODE)
        return wanted->core->os->virtual_alloc_node(wanted->core->os, (void *)wanted->address, wanted->size,
                                                    wanted->type, wanted->protect, wanted->node, &wanted->result);
    return hmi_placement_alloc(wanted->core, (void *)wanted->address, wanted->size, wanted->type, wanted->protect,
                               &wanted->result);
}

static bool charge(const request *wanted, SIZE_T bytes)
{
    return hmi_quota_cache_charge(wanted->core->quota_cache, HMI_PAGES, bytes, wanted->level);
}

static void refund(hmi_core *core, SIZE_T bytes)
{
    hmi_quota_cache_refund(core->quota_cache, HMI_PAGES, bytes);
}

static void undo_charge(hmi_core *core, SIZE_T bytes)
{
    hmi_quota_cache_cancel_charge(core->quota_cache, HMI_PAGES, bytes);
}

/* MEM_RESERVE, alone or with MEM_COMMIT. */
HMI_ALWAYS_INLINE UINT32 reserve(void *context)
{
    request *wanted = context;
    hmi_core *core = wanted->core;
    hmi_ledger *ledger = &core->ledger;
    bool commit = (wanted->type & MEM_COMMIT) != 0, executable = hmi_protection_allows_execution(wanted->protect);
    SIZE_T length = pages_of(wanted).end - pages_of(wanted).start, charged = commit ? length : 0, recorded;
    hmi_range pages;
    hmi_entry entry;
    hmi_overlap_watch watch, outside = hmi_overlap_look_outside(&ledger->overlap);
    UINT32 error;

    if (!charge(wanted, charged))
        return HMI_BY_BUDGET | ERROR_COMMITMENT_LIMIT;
    error = ask_system(wanted);
    if (error)
        goto undo;

    pages.start = (UINT_PTR)wanted->result;
    pages.end = pages.start + length;
    entry.pages = pages;
    hmi_ledger_find(ledger, &entry);
    error = ERROR_NOT_ENOUGH_MEMORY;
    if (!hmi_ledger_prepare_reservation(ledger, pages) ||
        (commit && !hmi_ledger_prepare_commit(ledger, &entry, executable)))
        goto release;
    if (commit && (error = hmi_placement_lock(core, pages, wanted->protect)) != 0)
        goto release;
    watch = hmi_overlap_enter(&ledger->overlap, pages);
    if (commit && wanted->stack) /* of all pages: what the books may still have is not of this reservation */
        hmi_page_origins_set(&ledger->origins, pages, wanted->stack, length);
    else if (commit)
        hmi_page_origins_clear(&ledger->origins, pages);
    /* The charge is adjusted as for any commit, because the books may still have pages of the last owner of this
     * address, or got some from a thread that believes that it still has them; these are removed now. The reservation
     * is added last: from then on another thread could release the pages by a stale pointer. */
    recorded = commit ? hmi_ledger_commit(ledger, &entry, executable) : hmi_ledger_decommit(ledger, pages);
    hmi_quota_cache_adjust_charge(core->quota_cache, commit ? charged : recorded, commit ? recorded : 0);
    hmi_ledger_add_reservation(ledger, pages);
    hmi_quota_cache_note_peak(core->quota_cache);
    watch.alone = watch.alone && recorded == charged && hmi_overlap_was_alone_outside(&ledger->overlap, outside);
    hmi_reconcile_leave(core, pages, watch);
    return 0;

release:
    core->os->virtual_free(core->os, wanted->result, 0, MEM_RELEASE);
undo:
    undo_charge(core, charged);
    return error;
}

/* Decommits those of the pages that the books do not have as committed. */
static void undo_commit(hmi_core *core, hmi_range pages)
{
    hmi_range run;
    for (; hmi_atomic_bitmap_run(&core->ledger.committed, pages, false, &run); pages.start = run.end)
        core->os->virtual_free(core->os, (void *)run.start, run.end - run.start, MEM_DECOMMIT);
}

/* HOSTMEM_LOCK_STRICT: new pages are committed and locked first, so that a failed lock can be undone without changing
 * pages that were committed before. Those get the new protection afterwards, when nothing can fail any more except
 * locking pages that could not be touched before. */
HMI_COLD static UINT32 commit_strictly(request *wanted)
{
    hmi_core *core = wanted->core;
    hmi_range rest = pages_of(wanted), run;
    void *ignored;
    UINT32 error = 0;
    for (; !error && hmi_atomic_bitmap_run(&core->ledger.committed, rest, false, &run); rest.start = run.end) {
        error = hmi_placement_alloc(core, (void *)run.start, run.end - run.start, wanted->type, wanted->protect,
                                    &ignored);
        if (!error)
            error = hmi_placement_lock(core, run, wanted->protect);
    }
    if (!error)
        error = core->os->virtual_alloc(core->os, (void *)wanted->address, wanted->size, wanted->type, wanted->protect,
                                        &wanted->result);
    if (error)
        undo_commit(core, pages_of(wanted));
    else if (hmi_placement_is_accessible(wanted->protect))
        hmi_placement_relock(core, pages_of(wanted));
    return error;
}

/* Commits through the operating system, and locks. */
HMI_ALWAYS_INLINE UINT32 ask_and_lock(request *wanted)
{
    UINT32 error;
    if (wanted->core->flags & HOSTMEM_LOCK_STRICT)
        return commit_strictly(wanted);
    error = ask_system(wanted);
    return error ? error : hmi_placement_lock(wanted->core, pages_of(wanted), wanted->protect);
}

HMI_ALWAYS_INLINE UINT32 charge_and_commit(request *wanted, UINT32 (*ask_for)(request *wanted))
{
    hmi_core *core = wanted->core;
    hmi_ledger *ledger = &core->ledger;
    hmi_range pages = pages_of(wanted);
    bool executable = hmi_protection_allows_execution(wanted->protect);
    bool enters = executable || (core->flags & HOSTMEM_LOCK_STRICT);
    hmi_overlap_watch watch;
    SIZE_T charged, added;
    UINT32 error;

    if (!hmi_ledger_prepare_commit(ledger, &wanted->entry, executable))
        return ERROR_NOT_ENOUGH_MEMORY;
    charged = hmi_ledger_uncommitted(ledger, &wanted->entry);
    if (!charge(wanted, charged))
        return HMI_BY_BUDGET | ERROR_COMMITMENT_LIMIT;
    watch = enters ? hmi_overlap_enter(&ledger->overlap, pages) : hmi_overlap_look(&ledger->overlap, pages);
    if (wanted->stack)
        hmi_ledger_set_origin(ledger, pages, wanted->stack, true);
    error = ask_for(wanted);
    if (error) {
        if (wanted->stack)
            hmi_ledger_set_origin(ledger, pages, wanted->stack, false);
        undo_charge(core, charged);
    } else {
        /* Another thread may have committed or decommitted some of the pages since they were counted. */
        added = hmi_ledger_commit(ledger, &wanted->entry, executable);
        hmi_quota_cache_adjust_charge(core->quota_cache, charged, added);
        if (added)
            hmi_quota_cache_note_peak(core->quota_cache);
    }
    if (enters)
        hmi_reconcile_leave(core, pages, watch);
    else
        hmi_reconcile_look(core, pages, watch);
    return error;
}

/* MEM_COMMIT of pages in one of our reservations. */
HMI_ALWAYS_INLINE UINT32 commit(void *context)
{
    return charge_and_commit(context, ask_and_lock);
}

/* Pages of a section cannot be decommitted. So a commit that cannot be locked could not be undone, and does not fail.
 */
static UINT32 ask_in_view(request *wanted)
{
    UINT32 error = ask_system(wanted);
    if (!error && hmi_placement_is_accessible(wanted->protect))
        hmi_placement_lock(wanted->core, pages_of(wanted), wanted->protect);
    return error;
}

/* MEM_COMMIT of pages in an announced view. */
HMI_COLD static UINT32 commit_in_view(void *context)
{
    return charge_and_commit(context, ask_in_view);
}

/* After a change of pages that do not all lie in reservations of ours, nor all in views: if the books have some of them
 * as committed, queries the system and records what it says. */
static void reconcile_if_committed(hmi_core *core, hmi_range pages)
{
    if (hmi_atomic_bitmap_count(&core->ledger.committed, pages))
        hmi_reconcile(core, pages);
}

/* Requests that change no figure: MEM_RESET and similar types, and sizes that the system will refuse. */
static UINT32 pass(void *context)
{
    request *wanted = context;
    UINT32 error = ask_system(wanted);
    if (!error && (wanted->type & MEM_RESET))
        hmi_placement_note_reset(wanted->core, pages_of(wanted));
    return error;
}

/* Pages of others, which are not counted. */
static UINT32 commit_outside(void *context)
{
    request *wanted = context;
    hmi_overlap *overlap = &wanted->core->ledger.overlap;
    hmi_overlap_watch watch = hmi_overlap_look(overlap, pages_of(wanted));
    UINT32 error = ask_system(wanted);
    if (error)
        return error;
    reconcile_if_committed(wanted->core, pages_of(wanted));
    hmi_reconcile_outside(wanted->core, pages_of(wanted), hmi_overlap_was_alone(overlap, pages_of(wanted), watch));
    return 0;
}

/* Pages that the books have as committed are ours; only others need a second test. */
HMI_ALWAYS_INLINE bool are_ours(hmi_ledger *ledger, const hmi_entry *entry)
{
    return !hmi_ledger_uncommitted(ledger, entry) || hmi_ledger_owns(ledger, entry->pages);
}

/* asked_type: the type that the caller passed. The request is passed by value and built separately for each kind of
 * request, so that it stays in registers and the attempt is inlined. Filling in one request step by step takes twenty
 * nanoseconds more. */
HMI_ALWAYS_INLINE HRESULT ask(request wanted, UINT32 asked_type, hmi_attempt *attempt, void **out)
{
    SIZE_T bytes = asked_type & MEM_COMMIT ? wanted.entry.pages.end - wanted.entry.pages.start : 0;
    HRESULT hr = hmi_admission_request(
        wanted.core,
        (hmi_request){.operation = HMI_OPERATION_VIRTUAL_ALLOC,
                      .call = {HOSTMEM_METHOD_VIRTUAL_ALLOC, (UINT32)wanted.level, asked_type, wanted.size},
                      .bytes = bytes,
                      .attempt = attempt,
                      .context = &wanted});
    if (hr == S_OK)
        *out = wanted.result;
    return hr;
}

HMI_ALWAYS_INLINE HRESULT alloc(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect, UINT32 node,
                                EMemoryCriticalLevel level, const hmi_site *stack, void **out)
{
    bool reserves = (type & MEM_RESERVE) || !address; /* whatever else it says, the result is a new reservation */
    hmi_entry entry = {0};

    if (!hmi_ledger_pages(&core->ledger, (UINT_PTR)address, size, &entry.pages))
        return hmi_core_fail(core, HMI_OPERATION_VIRTUAL_ALLOC, ERROR_INVALID_PARAMETER);
    if (reserves && size <= core->info.highest_address) {
        entry.pages.start &= ~(core->info.granularity - 1); /* a reservation at this address would begin here */
        return ask((request){core, (UINT_PTR)address, size, entry, hmi_placement_reserve_type(core, address, type),
                             protect, node, level, stack, NULL},
                   type, reserve, out);
    }
    if ((type & (MEM_COMMIT | MEM_RESET)) == MEM_COMMIT) { /* with both, Windows refuses and Wine commits nothing */
        hmi_ledger_find(&core->ledger, &entry);
        if (are_ours(&core->ledger, &entry))
            return ask((request){core, (UINT_PTR)address, size, entry, type, protect, node, level, stack, NULL}, type,
                       commit, out);
        if (hmi_ledger_views_hold(&core->ledger, entry.pages))
            return ask((request){core, (UINT_PTR)address, size, entry, type, protect, node, level, stack, NULL}, type,
                       commit_in_view, out);
        return ask((request){core, (UINT_PTR)address, size, entry, type, protect, node, level, stack, NULL}, type,
                   commit_outside, out);
    }
    return ask((request){core, (UINT_PTR)address, size, entry, type, protect, node, level, stack, NULL}, type, pass,
               out);
}

HRESULT hmi_pages_alloc(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                        EMemoryCriticalLevel level, void **out)
{
    return alloc(core, address, size, type, protect, HMI_NO_NODE, level, NULL, out);
}

HMI_COLD HRESULT hmi_pages_alloc_on_node(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                                         UINT32 node, EMemoryCriticalLevel level, void **out)
{
    return alloc(core, address, size, type, protect, node, level, NULL, out);
}

HMI_COLD HRESULT hmi_pages_alloc_sampled(hmi_core *core, void *address, SIZE_T size, UINT32 type, UINT32 protect,
                                         UINT32 node, EMemoryCriticalLevel level, const hmi_site *stack, void **out)
{
    return alloc(core, address, size, type, protect, node, level, stack, out);
}

static HRESULT fail_free(hmi_core *core, UINT32 error)
{
    return hmi_core_fail(core, HMI_OPERATION_VIRTUAL_FREE, error);
}

/* Refuses to free memory that is not, or no longer, the caller's. The last error becomes what the system would set, but
 * the system is not called. */
static HRESULT refuse_free(hmi_core *core, void *address, SIZE_T size)
{
    fail_free(core, hmi_owner_free_error(core, (UINT_PTR)address, size));
    return HOST_E_INVALIDOPERATION;
}

/* The system's VirtualFree, or an injected fault. */
static UINT32 give_back(hmi_core *core, void *address, SIZE_T size, UINT32 type)
{
    UINT32 error = hmi_faults_inject(&core->faults, HOSTMEM_METHOD_VIRTUAL_FREE, size, type);
    return error ? error : core->os->virtual_free(core->os, address, size, type);
}

/* The pages that a free of others' memory frees, if the books have views there; otherwise none. size 0: the
 * allocation. */
static hmi_range find_viewed(hmi_core *core, UINT_PTR address, SIZE_T size)
{
    const hmi_range none = {0, 0};
    UINT32 last_error = core->os->get_last_error(core->os);
    hmi_range pages;
    if (!size)
        size = hmi_owner_allocation_length(core, address);
    core->os->set_last_error(core->os, last_error);
    if (!hmi_ledger_pages(&core->ledger, address, size ? size : 1, &pages) ||
        !hmi_atomic_bitmap_count(&core->ledger.viewed, hmi_ledger_granules(&core->ledger, pages)))
        return none;
    return pages;
}

/* If the system frees what the books have as a view, that was unmapped without an announcement, and this is other
 * memory: what was committed there is gone. */
static HRESULT ask_to_free(hmi_core *core, void *address, SIZE_T size, UINT32 type)
{
    hmi_range viewed = find_viewed(core, (UINT_PTR)address, size);
    UINT32 error = give_back(core, address, size, type);
    if (error)
        return fail_free(core, error);
    if (viewed.start < viewed.end)
        hmi_reconcile(core, viewed);
    return S_OK;
}

static HRESULT free_foreign(hmi_core *core, void *address, SIZE_T size, UINT32 type)
{
    return core->flags & HOSTMEM_FREE_FOREIGN ? ask_to_free(core, address, size, type)
                                              : refuse_free(core, address, size);
}

/* Counted in the overlap, so that other calls on these pages check them again afterwards. This call does not check if
 * the system has agreed: the pages may belong to somebody else by then. */
static HRESULT release(hmi_core *core, UINT_PTR base)
{
    hmi_range pages;
    hmi_overlap_watch watch;
    SIZE_T removed;
    UINT32 error;
    if (!hmi_ledger_take_reservation(&core->ledger, base, &pages))
        return refuse_free(core, (void *)base, 0); /* another thread has just released it */
    watch = hmi_overlap_enter(&core->ledger.overlap, pages);
    removed = hmi_ledger_decommit(&core->ledger, pages);
    error = give_back(core, (void *)base, 0, MEM_RELEASE);
    if (error && hmi_owner_is_allocated(core, base)) { /* it was not freed by a call around the manager */
        hmi_ledger_add_reservation(&core->ledger, pages);
        hmi_reconcile_record(core, pages, removed);
        hmi_reconcile_leave(core, pages, watch);
        return fail_free(core, error);
    }
    hmi_overlap_leave(&core->ledger.overlap, pages);
    refund(core, removed);
    if (!removed)
        hmi_waiting_signal(&core->budget->waiting); /* a request may be waiting for address space */
    hmi_address_reserve_restore(&core->address_reserve);
    return error ? fail_free(core, error) : S_OK;
}

static HRESULT decommit(hmi_core *core, hmi_range pages, void *address, SIZE_T size)
{
    hmi_overlap_watch watch = hmi_overlap_enter(&core->ledger.overlap, pages);
    UINT32 error = give_back(core, address, size, MEM_DECOMMIT);
    if (!error) {
        refund(core, hmi_ledger_decommit(&core->ledger, pages));
        watch.alone = watch.alone && hmi_ledger_owns_granule(&core->ledger, pages.start); /* still */
    }
    hmi_reconcile_leave(core, pages, watch);
    if (!error)
        return S_OK;
    if ((core->flags & HOSTMEM_FREE_FOREIGN) || hmi_owner_has(core, pages.start))
        return fail_free(core, error);
    return refuse_free(core, address, size);
}

/* Flags for MEM_RELEASE that some headers lack. They are for placeholders, which VirtualAlloc does not make. */
#define COALESCE_PLACEHOLDERS 1u
#define PRESERVE_PLACEHOLDER 2u

static bool is_free_type(UINT32 type, SIZE_T size)
{
    if (type == MEM_RELEASE)
        return !size;
    return type == MEM_DECOMMIT || type == (MEM_RELEASE | COALESCE_PLACEHOLDERS) ||
           type == (MEM_RELEASE | PRESERVE_PLACEHOLDER);
}

/* A free in a granule of ours that does not fit a reservation: it covers more or less than one. Or the memory is not
 * ours: it lies behind the end of a reservation, or another thread is releasing it. */
static HRESULT free_misfit(hmi_core *core, UINT_PTR page, void *address, SIZE_T size, UINT32 type)
{
    UINT_PTR base;
    if (!hmi_owner_find(core, page, &base))
        return free_foreign(core, address, size, type);
    if (type != MEM_DECOMMIT && type != MEM_RELEASE)
        return ask_to_free(core, address, size, type); /* the system refuses it, as it is no placeholder */
    if (!size && base == page)
        return refuse_free(core, address, size); /* the reservation was released, and a new one is here now */
    return fail_free(core, size ? ERROR_INVALID_PARAMETER : ERROR_INVALID_ADDRESS);
}

HRESULT hmi_pages_free(hmi_core *core, void *address, SIZE_T size, UINT32 type)
{
    hmi_range pages;

    if (!is_free_type(type, size) || !hmi_ledger_pages(&core->ledger, (UINT_PTR)address, size ? size : 1, &pages))
        return fail_free(core, ERROR_INVALID_PARAMETER);
    if (type == MEM_RELEASE)
        hmi_ledger_fetch(&core->ledger, pages.start);
    if (!hmi_ledger_owns_granule(&core->ledger, pages.start))
        return free_foreign(core, address, size, type);

    if (type == MEM_DECOMMIT && size ? hmi_ledger_owns(&core->ledger, pages)
                                     : !size && hmi_ledger_reservation(&core->ledger, pages.start, &pages)) {
        if (type == MEM_RELEASE)
            return release(core, pages.start);
        if (type == MEM_DECOMMIT)
            return decommit(core, pages, address, size);
    }
    return free_misfit(core, pages.start, address, size, type);
}

HRESULT hmi_pages_protect(hmi_core *core, void *address, SIZE_T size, UINT32 protect, UINT32 *old_protect)
{
    bool executable, in_view;
    hmi_range pages;
    hmi_overlap_watch watch;
    UINT32 error;

    if (!hmi_ledger_pages(&core->ledger, (UINT_PTR)address, size, &pages))
        return hmi_core_fail(core, HMI_OPERATION_VIRTUAL_PROTECT, ERROR_INVALID_PARAMETER);
    /* Only execute access needs a look at whose pages they are: taking execute access away from pages of others changes
     * nothing in the books. Looked up before the system's call, because reading the books right after a change of
     * protection is slower. */
    executable = hmi_protection_allows_execution(protect) && hmi_ledger_owns(&core->ledger, pages);
    in_view = !executable && hmi_protection_allows_execution(protect) && hmi_ledger_views_hold(&core->ledger, pages);
    if ((executable || in_view) && !hmi_ledger_prepare_executable(&core->ledger, pages))
        return hmi_core_fail(core, HMI_OPERATION_VIRTUAL_PROTECT, ERROR_NOT_ENOUGH_MEMORY);
    error = hmi_faults_inject(&core->faults, HOSTMEM_METHOD_VIRTUAL_PROTECT, size, 0);
    if (error)
        return hmi_core_fail(core, HMI_OPERATION_VIRTUAL_PROTECT, error);
    watch = hmi_overlap_enter(&core->ledger.overlap, pages);
    error = core->os->virtual_protect(core->os, address, size, protect, old_protect);
    if (!error && in_view)
        hmi_ledger_allow_execution_of_committed(&core->ledger, pages);
    else if (!error)
        hmi_ledger_protect(&core->ledger, pages, executable);
    if (!error && !hmi_ledger_owns_granule(&core->ledger, pages.start))
        hmi_reconcile_outside(core, pages, true);
    hmi_reconcile_leave(core, pages, watch);
    if (error)
        return hmi_core_fail(core, HMI_OPERATION_VIRTUAL_PROTECT, error);
    if (!executable && !in_view && hmi_protection_allows_execution(protect))
        reconcile_if_committed(core, pages);
    if (hmi_placement_is_accessible(protect))
        hmi_placement_relock(core, pages);
    return S_OK;
}
