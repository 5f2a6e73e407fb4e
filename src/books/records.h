/* What is known of each live block that has an origin: the origin, the size, and when it was made. Records lie in a
 * table of the library's own, which only grows and is never given back before the end, so that it can be read while
 * blocks come and go, without a look at the blocks. Nothing here waits; a thread that stops anywhere costs at most a
 * record. */
#ifndef HMI_BOOKS_RECORDS_H
#define HMI_BOOKS_RECORDS_H

#include "books/sites.h"
#include "books/sparse_array.h"

/* Where records wait for their next use: each thread has one of these places, and helps itself at the others. A power
 * of two. */
#define HMI_RECORD_SLOTS 16

typedef struct hmi_record_place {
    _Atomic uint64_t first; /* low half: number of the first record; high half: changes with every step */
    _Atomic uint32_t made;  /* number of records that were made for this place */
    char pad[116];
} hmi_record_place;

typedef struct hmi_records {
    hostmem_os *os;
    hmi_sparse_array words;
    UINT64 start_ms;
    char pad_before_made[128];
    _Atomic uint32_t made; /* number of records that there are, in use or not */
    char pad_before_places[128];
    hmi_record_place places[HMI_RECORD_SLOTS];
} hmi_records;

/* A record's number, from 1; 0: none. */
typedef uint32_t hmi_record;

/* records is zeroed. Returns a Win32 error, 0 for success. After a failure, too, the records may be destroyed. */
UINT32 hmi_records_init(hmi_records *records, hostmem_os *os);

/* Precondition: nobody else uses the records. A zeroed struct may be passed. */
void hmi_records_destroy(hmi_records *records);

/* A record for a block that is being made; 0: there is no memory for one. */
hmi_record hmi_records_take(hmi_records *records, const hmi_site *site, SIZE_T size);

/* The block is gone. What is no record in use is let be: the number may come from memory that somebody has
 * overwritten. */
void hmi_records_put(hmi_records *records, hmi_record record);

/* The origin of a block; NULL if it has none. */
const hmi_site *hmi_records_site(hmi_records *records, hmi_record record);

/* The age in milliseconds of a block that has an origin. */
UINT64 hmi_records_age(hmi_records *records, hmi_record record);

/* Calls visit for every record in use, with the age of its block in milliseconds. Records that come or go meanwhile are
 * visited or not. */
typedef void hmi_record_visitor(void *context, const hmi_site *site, SIZE_T size, UINT64 age_ms);
void hmi_records_for_each(hmi_records *records, hmi_record_visitor *visit, void *context);

#endif
