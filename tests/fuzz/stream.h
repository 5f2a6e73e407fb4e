/* The fuzzers' operations: any eight bytes are one. A list of operations stays valid when some are removed, because
 * none depends on another's success: they refer to places, not to earlier results. No state. */
#ifndef HOSTMEM_TESTS_FUZZ_STREAM_H
#define HOSTMEM_TESTS_FUZZ_STREAM_H

#include <stdint.h>
#include <windows.h>

#define FUZZ_OP_BYTES 8
#define FUZZ_PAGE ((SIZE_T)4096)
#define FUZZ_GRANULE ((SIZE_T)65536)

typedef enum fuzz_kind {
    FUZZ_ALLOC,
    FUZZ_FREE,
    FUZZ_PROTECT,
    FUZZ_QUERY,
    FUZZ_WRITE,   /* to pages that can be written */
    FUZZ_READ,    /* of pages that can be read */
    FUZZ_FOREIGN, /* foreign: reserves a free place, or releases what it reserved there */
    FUZZ_WATCH,   /* GetWriteWatch, which the garbage collector calls without the manager */
    FUZZ_HEAP_CREATE,
    FUZZ_HEAP_RELEASE,
    FUZZ_BLOCK_ALLOC,
    FUZZ_BLOCK_FREE,
    FUZZ_BLOCK_BAD_FREE,
    FUZZ_CONTROL, /* limits and injected failures, if the fuzzer has them */
    FUZZ_KINDS
} fuzz_kind;

/* Where an operation's address is. Zone: a range that is free at first, with places at fixed distances. Loose: an
 * address that VirtualAlloc has chosen; an unused slot means NULL. Nowhere: addresses that cannot be allocated. */
typedef enum fuzz_area { FUZZ_IN_ZONE, FUZZ_LOOSE, FUZZ_NOWHERE } fuzz_area;

/* No range that can be allocated reaches beyond the zone. */
#define FUZZ_ZONE_BYTES ((SIZE_T)4 << 20)
#define FUZZ_LOOSE_SLOTS 4
#define FUZZ_HEAPS 4
#define FUZZ_BLOCKS 8 /* of each heap */

typedef enum fuzz_bad_block {
    FUZZ_STALE,
    FUZZ_INTERIOR,
    FUZZ_OTHER_HEAP,
    FUZZ_NO_BLOCK,
    FUZZ_BAD_BLOCKS
} fuzz_bad_block;

typedef struct fuzz_op {
    fuzz_kind kind;
    fuzz_area area;
    unsigned slot;   /* of a loose address */
    UINT_PTR offset; /* in the zone; from a loose base, modulo its size; or the address itself */
    SIZE_T size;
    UINT32 type; /* of allocation, freeing or heap */
    UINT32 protect;
    int level;
    BOOL null_out; /* the out parameter is NULL */
    unsigned heap, block;
    unsigned choice; /* 0 to 255: for anything else that the operation has to choose */
} fuzz_op;

void fuzz_op_decode(const UINT8 bytes[FUZZ_OP_BYTES], fuzz_op *op);

/* One line without a newline. */
void fuzz_op_text(const fuzz_op *op, char *text, size_t text_bytes);

const char *fuzz_kind_name(fuzz_kind kind);

/* Random bytes; equal states produce equal ones. */
UINT64 fuzz_random(UINT64 *state);
void fuzz_random_bytes(UINT64 *state, UINT8 *bytes, SIZE_T count);

#endif
