/* Which rule must find which mutant. */
#include "mutants.h"

#include <string.h>

const mutant_row mutant_rows[] = {
    {CREATE_MALLOC_S_FALSE, "create_malloc_s_false", "startup_order", "FAIL", ANYWHERE},
    {BORN_WITHOUT_REFERENCE, "born_without_reference", "manager_references", "FAIL", ANYWHERE},
    {HEAP_BORN_WITHOUT_REFERENCE, "heap_born_without_reference", "heap_references", "FAIL", ANYWHERE},
    {REFERENCES_NOT_INTERLOCKED, "references_not_interlocked", "references_by_many_threads", "FAIL", ANYWHERE},
    {QUERY_INTERFACE_WITHOUT_ADDREF, "query_interface_without_addref", "query_interface", "FAIL", ANYWHERE},
    {QUERY_INTERFACE_LEAVES_OUT, "query_interface_leaves_out", "query_interface", "FAIL", ANYWHERE},
    {HEAP_DIES_WITH_MANAGER, "heap_dies_with_manager", "heap_outlives_manager", NULL, ANYWHERE},
    {CDECL_METHOD, "cdecl_method", "calling_convention", "FAIL", ON_X86},
    {CDECL_HEAP_METHOD, "cdecl_heap_method", "calling_convention", "FAIL", ON_X86},
    {S_FALSE_FOR_SUCCESS, "s_false_for_success", "only_s_ok", "FAIL", ANYWHERE},
    {OK_AFTER_FAILED_ALLOC, "ok_after_failed_alloc", "failed_virtual_alloc", "FAIL", ANYWHERE},
    {PPMEM_TESTED_FOR_ITS_CONTENT, "ppmem_tested_for_its_content", "failed_alloc", "FAIL", ANYWHERE},
    {OUT_LEFT_ON_FAILURE, "out_left_on_failure", "out_parameters_on_failure", "FAIL", ANYWHERE},
    {OLD_PROTECTION_LEFT_ON_FAILURE, "old_protection_left_on_failure", "out_parameters_on_failure", "FAIL", ANYWHERE},
    {NULL_OUT_FOLLOWED, "null_out_followed", "null_out_pointers", "crash", ANYWHERE},
    {APP_DOMAIN_LEVEL_REFUSED, "app_domain_level_refused", "every_level_is_served", "FAIL", ANYWHERE},
    {E_FAIL_FOR_REFUSAL, "e_fail_for_refusal", "refusal_poisons_nothing", "FAIL", ANYWHERE},
    {LATCHED_BY_REFUSAL, "latched_by_refusal", "refusal_poisons_nothing", "FAIL", ANYWHERE},
    {LOG_OVERWRITES_LAST_ERROR, "log_overwrites_last_error", "success_keeps_last_error", "FAIL", ANYWHERE},
    {LAST_ERROR_LOST, "last_error_lost", "failure_sets_last_error", "FAIL", ANYWHERE},
    {SHORTAGE_NOT_TOLD, "shortage_not_told", "shortage_says_so", "FAIL", ANYWHERE},
    {DIRTY_MEMORY, "dirty_memory", "fresh_memory_is_zero", "FAIL", ANYWHERE},
    {SUBALLOCATED, "suballocated", "real_memory", "FAIL", ANYWHERE},
    {COMMIT_NEEDS_RESERVE, "commit_needs_reserve", "commit_at_null", "FAIL", ANYWHERE},
    {SIZES_ROUNDED_DOWN, "sizes_rounded_down", "odd_sizes", "FAIL", ANYWHERE},
    {ADDRESS_AS_PASSED, "address_as_passed", "odd_sizes", "FAIL", ANYWHERE},
    {HINT_TAKEN_FOR_A_WISH, "hint_taken_for_a_wish", "hinted_reserve", "FAIL", ANYWHERE},
    {TOP_DOWN_REFUSED, "top_down_refused", "top_down", "FAIL", ANYWHERE},
    {PROTECTION_FIXED, "protection_fixed", "protections_are_kept", "FAIL", ANYWHERE},
    {SIZE_IN_32_BITS, "size_in_32_bits", "large_reservation", "FAIL", ON_64_BIT},
    {RECOMMIT_CLEARS, "recommit_clears", "recommit_keeps_content", "FAIL", ANYWHERE},
    {WRITE_WATCH_DROPPED, "write_watch_dropped", "write_watch", "FAIL", ANYWHERE},
    {RESET_REFUSED, "reset_refused", "reset", "FAIL", ANYWHERE},
    {RESET_DECOMMITS, "reset_decommits", "reset", "FAIL", ANYWHERE},
    {EXECUTE_DROPPED, "execute_dropped", "code_heap", "FAIL", ANYWHERE},
    {RESERVE_AND_COMMIT_BOTH_CHARGED, "reserve_and_commit_both_charged", "nothing_stays_charged", "FAIL", ANYWHERE},
    {RECOMMIT_CHARGED, "recommit_charged", "nothing_stays_charged", "FAIL", ANYWHERE},
    {RELEASE_ONLY_DECOMMITS, "release_only_decommits", "released_memory_is_free", "FAIL", ANYWHERE},
    {DECOMMIT_DOES_NOTHING, "decommit_does_nothing", "decommit_takes_pages", "FAIL", ANYWHERE},
    {DECOMMIT_TAKEN_FOR_RELEASE, "decommit_taken_for_release", "decommit_of_the_whole", "FAIL", ANYWHERE},
    {DECOMMIT_OF_NOTHING_TAKES_THE_REST, "decommit_of_nothing_takes_the_rest", "decommit_of_nothing", "FAIL", ANYWHERE},
    {DECOMMIT_NEEDS_COMMITTED_PAGES, "decommit_needs_committed_pages", "life_of_a_segment", "FAIL", ANYWHERE},
    {FOREIGN_FREED, "foreign_freed", "free_of_foreign_memory", "FAIL", ANYWHERE},
    {FOREIGN_ACCEPTED, "foreign_accepted", "free_of_stack_and_image", "FAIL", ANYWHERE},
    {FREE_ADDRESS_NOT_FOREIGN, "free_address_not_foreign", "free_of_free_memory", "FAIL", ANYWHERE},
    {RECORD_KEPT, "record_kept", "released_address_is_others", "FAIL", ANYWHERE},
    {INTERIOR_RELEASES, "interior_releases", "interior_release", "FAIL", ANYWHERE},
    {RELEASE_SIZE_IGNORED, "release_size_ignored", "release_with_size", "FAIL", ANYWHERE},
    {RECORD_REMOVED_LATE, "record_removed_late", "racing_release", "FAIL", ANYWHERE},
    {ALLOC_ZERO_IS_NULL, "alloc_zero_is_null", "alloc_of_nothing", "FAIL", ANYWHERE},
    {FREE_NULL_REFUSED, "free_null_refused", "free_of_null", "FAIL", ANYWHERE},
    {MISALIGNED_BLOCKS, "misaligned_blocks", "block_alignment", "FAIL", ANYWHERE},
    {SHORT_BLOCKS, "short_blocks", "blocks_are_apart", NULL, ANYWHERE},
    {SIZE_OVERFLOWS, "size_overflows", "impossible_sizes", "FAIL", ANYWHERE},
    {DEBUG_ALLOC_MISSING, "debug_alloc_missing", "debug_alloc", "FAIL", ANYWHERE},
    {FOREIGN_BLOCKS_FREED, "foreign_blocks_freed", "free_of_foreign_blocks", NULL, ANYWHERE},
    {FREE_ROUNDS_DOWN, "free_rounds_down", "free_of_interior", "FAIL", ANYWHERE},
    {DOUBLE_FREE_ACCEPTED, "double_free_accepted", "double_free", NULL, ANYWHERE},
    {ONE_BOOK_FOR_ALL_HEAPS, "one_book_for_all_heaps", "free_in_another_heap", NULL, ANYWHERE},
    {EXECUTABLE_REFUSED, "executable_refused", "every_kind_of_heap", "FAIL", ANYWHERE},
    {EXECUTABLE_IGNORED, "executable_ignored", "executable_heap", "FAIL", ANYWHERE},
    {NOT_SERIALIZED, "not_serialized", "thread_safe_heap", NULL, ANYWHERE},
    {LOCK_KEPT_BY_FAILED_ALLOC, "lock_kept_by_failed_alloc", "failed_alloc_holds_nothing", NULL, ANYWHERE},
    {OLD_PROTECTION_NOT_TOLD, "old_protection_not_told", "protect_of_own_memory", "FAIL", ANYWHERE},
    {PROTECT_OWN_MEMORY_ONLY, "protect_own_memory_only", "protect_of_foreign_memory", "FAIL", ANYWHERE},
    {GUARD_DROPPED, "guard_dropped", "stack_guard", "FAIL", ANYWHERE},
    {QUERY_OWN_MEMORY_ONLY, "query_own_memory_only", "query_tells_the_truth", "FAIL", ANYWHERE},
    {QUERY_ENDS_EARLY, "query_ends_early", "query_scans_address_space", "FAIL", ANYWHERE},
    {QUERY_IGNORES_LENGTH, "query_ignores_length", "query_keeps_to_the_buffer", "FAIL", ANYWHERE},
    {REGISTER_FOLLOWS_NULL, "register_follows_null", "register_nothing", "crash", ANYWHERE},
    {CALLBACK_RELEASED_UNASKED, "callback_released_unasked", "callback_references", "FAIL", ANYWHERE},
    {CALLBACK_KEPT, "callback_kept", "callback_references", "FAIL", ANYWHERE},
    {NOTICE_FROM_INSIDE, "notice_from_inside", "no_notice_from_inside", "FAIL", ANYWHERE},
    {NOTICE_UNDER_LOCK, "notice_under_lock", "notice_holds_no_lock", NULL, ANYWHERE},
    {LOW_FOR_EVER, "low_for_ever", "neutral_follows_low", "FAIL", ANYWHERE},
    {LOAD_IN_BYTES, "load_in_bytes", "memory_load", "FAIL", ANYWHERE},
    {LOAD_NEVER_COMES, "load_never_comes", "memory_load", "hang", ANYWHERE},
    {SPACE_SETS_LAST_ERROR, "space_sets_last_error", "space_keeps_last_error", "FAIL", ANYWHERE},
    {VIEW_NEEDS_SIZE, "view_needs_size", "views_come_and_go", "FAIL", ANYWHERE},
    {UNKNOWN_VIEW_UNMAPPED, "unknown_view_unmapped", "release_of_unknown_views", NULL, ANYWHERE},
    {NEEDS_NOT_IMPLEMENTED, "needs_not_implemented", "needs_is_answered", "FAIL", ANYWHERE},
    {LOCK_GUARDS_NOTHING, "lock_guards_nothing", "threads_at_once", "FAIL", ANYWHERE},
    {LOCK_AROUND_CALLS, "lock_around_calls", "stopped_thread_stops_nobody", "hang", ANYWHERE},
    {LOCK_AROUND_CALLS, "lock_around_calls", "threads_ended_inside_calls", "hang", ANYWHERE},
    {LARGE_FRAMES, "large_frames", "small_stack", "FAIL", ANYWHERE},
    {DETACH_CRASHES, "detach_crashes", "calls_at_process_detach", "FAIL", ANYWHERE},
    {0},
};

mutant mutant_from_environment(void)
{
    char name[64] = "";
    const mutant_row *row;
    if (!GetEnvironmentVariableA(MUTANT_VARIABLE, name, sizeof name) || !*name)
        return NO_MUTANT;
    for (row = mutant_rows; row->name; row++) {
        if (!strcmp(row->name, name))
            return row->mutant;
    }
    TerminateProcess(GetCurrentProcess(), 99);
    return NO_MUTANT;
}
