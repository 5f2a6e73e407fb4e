/* What is known of each live block that has an origin: the origin, the size, and when it was made. Records lie in a
 * table of the library's own, which only grows and is never given back before the end, so that it can be read while
 * blocks come and go, without a look at the blocks. Nothing here waits; a thread that stops anywhere costs at most a
 * record. */
#ifndef HOSTMEM_SRC_RECORDS_H
#define HOSTMEM_SRC_RECORDS_H

#include "sites.h"
#include "sparse.h"

/* Where records wait for their next use: each thread has one of these places, and helps itself at the others. A power
 * of two. */
#define HOSTMEM_RECORD_PLACES 16

typedef struct hostmem_record_place {
    _Atomic uint64_t first; /* low half: number of the first record; high half: changes with every step */
    _Atomic uint32_t made;  /* number of records that were made for this place */
    char pad[116];
} hostmem_record_place;

typedef struct hostmem_records {
    hostmem_os *os;
    hostmem_sparse words;
    UINT64 start_ms;
    char pad_before_made[128];
    _Atomic uint32_t made; /* number of records that there are, in use or not */
    char pad_before_places[128];
    hostmem_record_place places[HOSTMEM_RECORD_PLACES];
} hostmem_records;

/* A record's number, from 1; 0: none. */
typedef uint32_t hostmem_record;

/* records is zeroed. Returns a Win32 error, 0 for success. After a failure, too, the records may be destroyed. */
UINT32 hostmem_records_init(hostmem_records *records, hostmem_os *os);

/* Precondition: nobody else uses the records. A zeroed struct may be passed. */
void hostmem_records_destroy(hostmem_records *records);

/* A record for a block that is being made; 0: there is no memory for one. */
hostmem_record hostmem_records_take(hostmem_records *records, const hostmem_site *site, SIZE_T size);

/* The block is gone. What is no record in use is let be: the number may come from memory that somebody has
 * overwritten. */
void hostmem_records_put(hostmem_records *records, hostmem_record record);

/* The origin of a block; NULL if it has none. */
const hostmem_site *hostmem_records_site(hostmem_records *records, hostmem_record record);

/* The age in milliseconds of a block that has an origin. */
UINT64 hostmem_records_age(hostmem_records *records, hostmem_record record);

/* Calls visit for every record in use, with the age of its block in milliseconds. Records that come or go meanwhile are
 * visited or not. */
typedef void hostmem_record_visitor(void *context, const hostmem_site *site, SIZE_T size, UINT64 age_ms);
void hostmem_records_for_each(hostmem_records *records, hostmem_record_visitor *visit, void *context);

#endif
