/* The mutants: mistakes that a memory manager can make, and the rule that must find each. The manager in this
 * folder is correct, and makes one of them when the environment variable CONFORMANCE_MUTANT names it. */
#ifndef HOSTMEM_TESTS_CONFORMANCE_MUTANTS_H
#define HOSTMEM_TESTS_CONFORMANCE_MUTANTS_H

#include <windows.h>

#define MUTANT_VARIABLE "CONFORMANCE_MUTANT"

typedef enum mutant {
    NO_MUTANT,
    /* the manager as an object */
    CREATE_MALLOC_S_FALSE,
    BORN_WITHOUT_REFERENCE,
    HEAP_BORN_WITHOUT_REFERENCE,
    REFERENCES_NOT_INTERLOCKED,
    QUERY_INTERFACE_WITHOUT_ADDREF,
    QUERY_INTERFACE_LEAVES_OUT,
    HEAP_DIES_WITH_MANAGER,
    CDECL_METHOD,
    CDECL_HEAP_METHOD,
    /* results, out parameters, last error */
    S_FALSE_FOR_SUCCESS,
    OK_AFTER_FAILED_ALLOC,
    PPMEM_TESTED_FOR_ITS_CONTENT,
    OUT_LEFT_ON_FAILURE,
    OLD_PROTECTION_LEFT_ON_FAILURE,
    NULL_OUT_FOLLOWED,
    APP_DOMAIN_LEVEL_REFUSED,
    E_FAIL_FOR_REFUSAL,
    LATCHED_BY_REFUSAL,
    LOG_OVERWRITES_LAST_ERROR,
    LAST_ERROR_LOST,
    SHORTAGE_NOT_TOLD,
    /* VirtualAlloc */
    DIRTY_MEMORY,
    SUBALLOCATED,
    COMMIT_NEEDS_RESERVE,
    SIZES_ROUNDED_DOWN,
    ADDRESS_AS_PASSED,
    HINT_TAKEN_FOR_A_WISH,
    TOP_DOWN_REFUSED,
    PROTECTION_FIXED,
    SIZE_IN_32_BITS,
    RECOMMIT_CLEARS,
    WRITE_WATCH_DROPPED,
    RESET_REFUSED,
    RESET_DECOMMITS,
    EXECUTE_DROPPED,
    RESERVE_AND_COMMIT_BOTH_CHARGED,
    RECOMMIT_CHARGED,
    /* VirtualFree */
    RELEASE_ONLY_DECOMMITS,
    DECOMMIT_DOES_NOTHING,
    DECOMMIT_TAKEN_FOR_RELEASE,
    DECOMMIT_OF_NOTHING_TAKES_THE_REST,
    DECOMMIT_NEEDS_COMMITTED_PAGES,
    FOREIGN_FREED,
    FOREIGN_ACCEPTED,
    FREE_ADDRESS_NOT_FOREIGN,
    RECORD_KEPT,
    INTERIOR_RELEASES,
    RELEASE_SIZE_IGNORED,
    RECORD_REMOVED_LATE,
    /* heaps */
    ALLOC_ZERO_IS_NULL,
    FREE_NULL_REFUSED,
    MISALIGNED_BLOCKS,
    SHORT_BLOCKS,
    SIZE_OVERFLOWS,
    DEBUG_ALLOC_MISSING,
    FOREIGN_BLOCKS_FREED,
    FREE_ROUNDS_DOWN,
    DOUBLE_FREE_ACCEPTED,
    ONE_BOOK_FOR_ALL_HEAPS,
    EXECUTABLE_REFUSED,
    EXECUTABLE_IGNORED,
    NOT_SERIALIZED,
    LOCK_KEPT_BY_FAILED_ALLOC,
    /* any address */
    OLD_PROTECTION_NOT_TOLD,
    PROTECT_OWN_MEMORY_ONLY,
    GUARD_DROPPED,
    QUERY_OWN_MEMORY_ONLY,
    QUERY_ENDS_EARLY,
    QUERY_IGNORES_LENGTH,
    /* notices, load, address space */
    REGISTER_FOLLOWS_NULL,
    CALLBACK_RELEASED_UNASKED,
    CALLBACK_KEPT,
    NOTICE_FROM_INSIDE,
    NOTICE_UNDER_LOCK,
    LOW_FOR_EVER,
    LOAD_IN_BYTES,
    LOAD_NEVER_COMES,
    SPACE_SETS_LAST_ERROR,
    VIEW_NEEDS_SIZE,
    UNKNOWN_VIEW_UNMAPPED,
    NEEDS_NOT_IMPLEMENTED,
    /* threads and the end */
    LOCK_GUARDS_NOTHING,
    LOCK_AROUND_CALLS,
    LARGE_FRAMES,
    DETACH_CRASHES
} mutant;

/* Where a mutant differs from the correct manager at all. */
typedef enum mutant_where { ANYWHERE, ON_X86, ON_64_BIT } mutant_where;

typedef struct mutant_row {
    mutant mutant;
    const char *name;
    const char *rule;
    const char *verdict; /* NULL: anything but pass; the effect of a corrupted heap is not predictable */
    mutant_where where;
} mutant_row;

/* Ends with a row without a name. A mutant may have several rows. */
extern const mutant_row mutant_rows[];

/* NO_MUTANT if the environment names none; an unknown name ends the process. */
mutant mutant_from_environment(void);

#endif
