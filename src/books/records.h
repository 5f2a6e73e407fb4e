/* What is known of each live block that has an origin: the origin, the size, and when it was allocated. Records lie in
 * a table that only grows and is freed at the end, so it can be read while blocks are allocated and freed, without
 * reading the blocks. A thread that is ended anywhere inside loses at most a batch of unused records. */
#ifndef HMI_BOOKS_RECORDS_H
#define HMI_BOOKS_RECORDS_H

#include "books/sites.h"
#include "books/sparse_array.h"

/* Stacks of unused records. Each thread uses one of these slots, and takes records from the others if its own is empty.
 * A power of two. */
#define HMI_RECORD_SLOTS 16

typedef struct hmi_record_place {
    _Atomic uint64_t first; /* lower half: number of the first record; upper half: counts changes */
    _Atomic uint32_t made;  /* number of records made for this slot */
    char pad[116];
} hmi_record_place;

typedef struct hmi_records {
    hostmem_os *os;
    hmi_sparse_array words;
    UINT64 start_ms;
    char pad_before_made[128];
    _Atomic uint32_t made; /* number of records made, in use or not */
    char pad_before_places[128];
    hmi_record_place places[HMI_RECORD_SLOTS];
} hmi_records;

/* A record's number, from 1; 0: none. */
typedef uint32_t hmi_record;

/* Precondition: records is zeroed. Returns a Win32 error, 0 for success. The records may be destroyed after a failure,
 * too. */
UINT32 hmi_records_init(hmi_records *records, hostmem_os *os);

/* Precondition: nobody else uses the records. A zeroed struct may be passed. */
void hmi_records_destroy(hmi_records *records);

/* Takes a record for a block that is being allocated; 0: there is no memory for one. */
hmi_record hmi_records_take(hmi_records *records, const hmi_site *site, SIZE_T size);

/* Puts back the record of a freed block. Does nothing if no record in use has this number, since the number may come
 * from a block head that somebody has overwritten. */
void hmi_records_put(hmi_records *records, hmi_record record);

/* The origin in a record; NULL if the record is not in use. */
const hmi_site *hmi_records_site(hmi_records *records, hmi_record record);

/* The age of the record's block in milliseconds. Precondition: the record is in use. */
UINT64 hmi_records_age(hmi_records *records, hmi_record record);

/* Calls visit for every record in use, with the age of its block in milliseconds. Records that are taken or put back
 * during the call may or may not be visited. */
typedef void hmi_record_visitor(void *context, const hmi_site *site, SIZE_T size, UINT64 age_ms);
void hmi_records_for_each(hmi_records *records, hmi_record_visitor *visit, void *context);

#endif
