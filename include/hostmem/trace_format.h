/* The format of hostmem's trace files, byte by byte. This header needs neither Windows nor the library, so that a
 * reader can be built anywhere.
 *
 * All numbers are little-endian. A file is a hostmem_trace_file_header followed by blocks up to its end. Each block is
 * a hostmem_trace_block_header and payload_bytes of payload, a multiple of 8. A block is written as a whole, so if the
 * writing process was ended, the file is good up to its last complete block, and has no HOSTMEM_TRACE_BLOCK_END.
 *
 * Order. Blocks come in rounds. Each round ends with a sample, whose ticks were read before the round's events were
 * collected. The events of a round are in any order. An event whose ticks are
 * not above those of a sample is, at the latest, in the round after that sample, unless its thread was suspended while
 * it recorded the event, or its call to free memory took longer than a round. So a reader that keeps two rounds can
 * sort events by their ticks; the few that come later it may count as late. A round has at most HOSTMEM_TRACE_MAX_ROUND
 * events. An event may refer to a site, stack or module whose record is in the same round or an earlier one.
 *
 * The time of an event is the end of the call. For calls that free memory (VIRTUAL_FREE, FREE, HEAP_RELEASED,
 * RELEASED_ADDRESS_SPACE) it is the beginning of the call. So in the order of time, an address is never given to a new
 * owner before its former owner frees it.
 *
 * Versions. This header describes versions 1 and 2. Version 2 has packed blocks in place of blocks of events, samples
 * and stacks; everything else is the same, and a reader for both need not look at the version. Readers refuse a file
 * with another major version. A minor version may add kinds of blocks and of events, which readers skip, may add
 * fields to packed records (see below), may use a field of an event in kinds of events that did not use it, and may
 * make headers and other records longer: readers use header_bytes and record_bytes to find the next one, and read the
 * part that they know. Version 2.1 has origins of commits, which readers for 2.0 pass on with the event, and names of
 * threads.
 *
 * Packed blocks. A HOSTMEM_TRACE_BLOCK_PACKED block has record_count records one after the other, and then fewer than
 * eight zeroes, up to a multiple of 8. Records are compared with those before them in the same block only, so each
 * block can be read by itself. A record is a sequence of bytes and numbers:
 *
 * - A number is unsigned and has up to 64 bits, seven in a byte, the lowest first. All bytes but its last have the bit
 *   0x80. It takes at most 10 bytes.
 * - A difference of two numbers, d = new - old modulo 2^64, is the number 2 * d, or if d is 2^63 or more the number
 *   2 * (2^64 - d) - 1. So 0, -1, 1, -2 are 0, 1, 2, 3.
 * - A mask is a number whose bits say which fields follow, the one of bit 0 first. A reader skips a number for each bit
 *   that it does not know.
 *
 * An event: a byte, what (not 0); a mask; the difference of ticks to those of the event or sample before; and for each
 * bit the difference of a field to that of the last event of the same kind (`what`), or to 0 if there was none:
 *
 *     0 out   1 size   2 address   3 thread   4 origin   5 value   6 type   7 protect   8 level   9 flags   10 result
 *
 * thread is compared with the event before, of any kind. Before the first event or sample ticks are 0, and before the
 * first event thread is 0. Fields without a bit are as in what they are compared with. No field is larger than in
 * hostmem_trace_event.
 *
 * A sample: a byte 0; a byte HOSTMEM_TRACE_BLOCK_SAMPLES; a mask; the difference of ticks to those of the event or
 * sample before; and for each bit a member of hostmem_trace_sample as a number: bit 0 events_dropped, and so on in the
 * order of the struct, each refused and notifications has its own, up to bit 22. Others are 0. It is the last record of
 * its block, and ends the round.
 *
 * A stack: a byte 0; a byte HOSTMEM_TRACE_BLOCK_STACKS; the difference of its id to that of the stack before, or to 0;
 * the number frame_count; a number that says how many of its outermost frames are those of the stack before; and its
 * other frames, beginning with the outermost, each as the difference to the frame outside of it, or to 0. */
#ifndef HOSTMEM_TRACE_FORMAT_H
#define HOSTMEM_TRACE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define HOSTMEM_TRACE_MAGIC "HOSTMEMT" /* the first eight bytes of a file, not terminated by 0 */
#define HOSTMEM_TRACE_MAJOR 2          /* of the format; see above */
#define HOSTMEM_TRACE_MINOR 1          /* of the format; see above */
#define HOSTMEM_TRACE_OLDEST_MAJOR 1   /* the oldest that this header describes */

#define HOSTMEM_TRACE_BLOCK_MAGIC 0x42544d48u /* "HMTB" */

/* Limits that writers keep, so that readers may refuse what is beyond them. */
#define HOSTMEM_TRACE_MAX_PAYLOAD 0x100000u /* bytes in a block */
#define HOSTMEM_TRACE_MAX_ROUND 0x100000u   /* events in a round */
#define HOSTMEM_TRACE_MAX_FRAMES 64u        /* in a stack */
#define HOSTMEM_TRACE_MAX_NAME 4096u        /* bytes of the name of a file, module or thread */

/* At the beginning of a file. */
typedef struct hostmem_trace_file_header {
    char magic[8];             /*  0: HOSTMEM_TRACE_MAGIC */
    uint16_t major;            /*  8: 1 or 2 */
    uint16_t minor;            /* 10: of 1 up to 2, of 2 up to HOSTMEM_TRACE_MINOR */
    uint32_t header_bytes;     /* 12: where the first block begins; a multiple of 8, at least 64 */
    uint64_t ticks_per_second; /* 16: of all ticks in the file; not 0 */
    uint64_t start_ticks;      /* 24: when the trace was started */
    uint64_t start_time;       /* 32: the same moment in units of 100 ns since 1 January 1601 UTC (a FILETIME) */
    uint32_t process_id;       /* 40 */
    uint32_t pointer_bytes;    /* 44: 4 or 8, of the traced process */
    uint32_t page_bytes;       /* 48: a power of two */
    uint32_t granularity;      /* 52: of reservations, in bytes; a power of two */
    uint32_t reserved;         /* 56: 0 */
    uint32_t crc;              /* 60: hostmem_trace_crc of bytes 0 to 59 */
} hostmem_trace_file_header;

/* hostmem_trace_block_header.kind */
enum {
    HOSTMEM_TRACE_BLOCK_EVENTS = 1,  /* hostmem_trace_event; before 2.0 */
    HOSTMEM_TRACE_BLOCK_SAMPLES = 2, /* hostmem_trace_sample, one; ends a round; before 2.0 */
    HOSTMEM_TRACE_BLOCK_REGIONS = 3, /* hostmem_trace_region: what there was when the trace was started */
    HOSTMEM_TRACE_BLOCK_SITES = 4,   /* hostmem_trace_site */
    HOSTMEM_TRACE_BLOCK_STACKS = 5,  /* hostmem_trace_stack; before 2.0 */
    HOSTMEM_TRACE_BLOCK_MODULES = 6, /* hostmem_trace_module */
    HOSTMEM_TRACE_BLOCK_END = 7,     /* hostmem_trace_end, one; nothing follows */
    HOSTMEM_TRACE_BLOCK_PACKED = 8,  /* since 2.0: events, samples and stacks, packed; a sample ends a round */
    HOSTMEM_TRACE_BLOCK_THREADS = 9  /* since 2.1: hostmem_trace_thread */
};

/* At the beginning of each block. */
typedef struct hostmem_trace_block_header {
    uint32_t magic; /*  0: HOSTMEM_TRACE_BLOCK_MAGIC */
    uint16_t kind;  /*  4: HOSTMEM_TRACE_BLOCK_ */
    /*  6: of each record, a multiple of 8; 0: of different lengths (sites, stacks, modules, threads, packed records) */
    uint16_t record_bytes;
    uint32_t record_count;  /*  8 */
    uint32_t payload_bytes; /* 12: record_count times record_bytes, where that is not 0 */
    uint64_t sequence;      /* 16: 0 for the first block, one more for each that follows */
    uint32_t payload_crc;   /* 24: hostmem_trace_crc of the payload */
    uint32_t header_crc;    /* 28: hostmem_trace_crc of bytes 0 to 27 of this header */
} hostmem_trace_block_header;

/* hostmem_trace_event.what, and the meaning of the event's fields. Fields that are not mentioned are 0. result is the
 * HRESULT of the call. */
enum {

    HOSTMEM_TRACE_VIRTUAL_ALLOC = 1,   /* address requested, size, type, protect, level; out: address; since 2.1:
                                        * origin, of the pages that the call commits and that were not committed
                                        * (calls that fail or commit nothing may have one, too) */
    HOSTMEM_TRACE_VIRTUAL_FREE = 2,    /* address, size, type */
    HOSTMEM_TRACE_VIRTUAL_QUERY = 3,   /* address; size: of the buffer; out: bytes written */
    HOSTMEM_TRACE_VIRTUAL_PROTECT = 4, /* address, size, protect; value: protection before */
    HOSTMEM_TRACE_CREATE_MALLOC = 5,   /* type; out: the heap's id */
    HOSTMEM_TRACE_ALLOC = 6,           /* address: the heap's id; size, level; out: the block; origin */
    HOSTMEM_TRACE_DEBUG_ALLOC = 7,     /* the same */
    HOSTMEM_TRACE_FREE = 8,            /* address: the heap's id; out: the block, whatever the result */

    HOSTMEM_TRACE_HEAP_RELEASED = 9,           /* address: the heap's id; all its blocks are freed */
    HOSTMEM_TRACE_GET_MEMORY_LOAD = 10,        /* value: percent; out: available bytes */
    HOSTMEM_TRACE_REGISTER_CALLBACK = 11,      /* address: of the callback; 0: none */
    HOSTMEM_TRACE_NEEDS_ADDRESS_SPACE = 12,    /* address, size */
    HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE = 13, /* address, size */
    HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE = 14, /* address */
    /* Events of the library itself. */
    HOSTMEM_TRACE_NOTIFICATION = 15, /* value: EMemoryAvailable: 1 low, 2 neutral, 3 high */
    /* A request waited for memory: size, level; value: for how many ms; result: of the wait. The call's own event
     * follows. */
    HOSTMEM_TRACE_WAITED = 16,
    HOSTMEM_TRACE_LIMIT = 17,   /* hostmem_set_limit: size */
    HOSTMEM_TRACE_CLOSED = 18,  /* value: 0 open, 1 closed by the host, 2 latched, 3 both */
    HOSTMEM_TRACE_REFUSED = 19, /* since 1.1: a request was refused: size, level, result; type:
                                        HOSTMEM_TRACE_BY_BUDGET or HOSTMEM_TRACE_BY_SYSTEM; value: the Win32 code.
                                        The call's own event follows. */
    /* Since 1.2: what memory is for became known: value: HOSTMEM_TRACE_KIND_OBJECTS and so on; address and size: a
     * reservation or view; with size 0, address is a heap's id. Holds until it is freed or named anew. What was named
     * before the trace is named at its start. */
    HOSTMEM_TRACE_NAMED = 20
};

/* hostmem_trace_event.value of HOSTMEM_TRACE_NAMED, as HOSTMEM_KIND_ in hostmem.h. Committed pages that are
 * executable are code, whatever their reservation or view was named, unless that is P/Invoked. Readers take values
 * that they do not know for HOSTMEM_TRACE_KIND_OTHER. */
enum {
    HOSTMEM_TRACE_KIND_OTHER = 0,
    HOSTMEM_TRACE_KIND_OBJECTS = 1,   /* the collector's heap */
    HOSTMEM_TRACE_KIND_TABLES = 2,    /* the collector's tables */
    HOSTMEM_TRACE_KIND_LOADER = 3,    /* loader heaps and code */
    HOSTMEM_TRACE_KIND_CODE = 4,      /* only of pages, by their protection */
    HOSTMEM_TRACE_KIND_BLOCKS = 5,    /* a heap of the runtime's native code */
    HOSTMEM_TRACE_KIND_LIBRARIES = 6, /* of other governed DLLs */
    HOSTMEM_TRACE_KIND_INVOKED = 7,   /* P/Invoked */
    HOSTMEM_TRACE_KINDS = 8           /* number of kinds */
};

/* hostmem_trace_event.type of HOSTMEM_TRACE_REFUSED: who refused, at the last attempt. */
enum {
    HOSTMEM_TRACE_BY_BUDGET = 1, /* the request was above the limit for its critical level */
    HOSTMEM_TRACE_BY_SYSTEM = 2  /* Windows had no memory or address space */
};

/* hostmem_trace_event.flags */
enum {
    HOSTMEM_TRACE_INJECTED = 0x1 /* a fault was injected into the call */
};

/* hostmem_trace_event.level of events without a level. */
#define HOSTMEM_TRACE_NO_LEVEL 255

/* A call of the CLR, or something that the library did. */
typedef struct hostmem_trace_event {
    uint64_t ticks;   /*  0 */
    uint32_t thread;  /*  8: id of the calling thread */
    uint8_t what;     /* 12: HOSTMEM_TRACE_VIRTUAL_ALLOC and so on; never 0 */
    uint8_t level;    /* 13: EMemoryCriticalLevel, or HOSTMEM_TRACE_NO_LEVEL */
    uint16_t flags;   /* 14 */
    uint32_t result;  /* 16: HRESULT */
    uint32_t type;    /* 20: MEM_ or MALLOC_ bits as they were passed */
    uint32_t protect; /* 24: PAGE_ bits as they were passed */
    uint32_t value;   /* 28 */
    uint64_t address; /* 32 */
    uint64_t size;    /* 40: as it was passed */
    uint64_t out;     /* 48: 0 if the call failed */
    uint64_t origin;  /* 56: id of a site or a stack; 0: unknown */
} hostmem_trace_event;

/* The figures of hostmem_stats with the same names at one moment; in bytes unless the name says otherwise. */
typedef struct hostmem_trace_sample {
    uint64_t ticks;                 /*   0 */
    uint64_t events_dropped;        /* 8: number since the start that did not fit into the buffer */
    uint64_t reserved_bytes;        /*  16 */
    uint64_t committed_bytes;       /*  24 */
    uint64_t executable_bytes;      /*  32 */
    uint64_t mapped_bytes;          /*  40 */
    uint64_t heap_bytes;            /*  48 */
    uint64_t heap_blocks;           /*  56: number */
    uint64_t used_bytes;            /*  64 */
    uint64_t limit_bytes;           /*  72: 0: none */
    uint64_t low_bytes;             /*  80: use from which the CLR is told that memory is low; 0: no limit */
    uint64_t neutral_bytes;         /*  88: use below which the shortage is over */
    uint64_t high_bytes;            /*  96: use below which there is plenty */
    uint64_t overdraft_bytes;       /* 104 */
    uint64_t peak_committed_bytes;  /* 112 */
    uint64_t peak_used_bytes;       /* 120 */
    uint64_t address_reserve_bytes; /* 128 */
    uint64_t refused[3];            /* 136: number, by EMemoryCriticalLevel */
    uint64_t notifications[3];      /* 160: number: low, neutral, high */
    uint64_t reserved;              /* 184: 0 */
} hostmem_trace_sample;

/* hostmem_trace_region.kind */
enum {
    HOSTMEM_TRACE_PAGES = 1, /* in a reservation of VirtualAlloc */
    HOSTMEM_TRACE_VIEW = 2   /* a view that the CLR has announced */
};

/* Adjacent pages with the same state and protection. */
typedef struct hostmem_trace_region {
    uint64_t address;            /*  0 */
    uint64_t size;               /*  8 */
    uint64_t allocation_address; /* 16: where the reservation or view begins */
    uint32_t state;              /* 24: MEM_COMMIT or MEM_RESERVE */
    uint32_t protect;            /* 28: PAGE_ bits; 0 where nothing is committed */
    uint32_t kind;               /* 32 */
    uint32_t reserved;           /* 36: 0 */
} hostmem_trace_region;

/* A place that DebugAlloc was called from. Its name follows, as the caller gave it, and then zeroes up to a multiple of
 * 8. */
typedef struct hostmem_trace_site {
    uint64_t id;         /*  0: never 0 */
    int32_t line;        /*  8 */
    uint32_t name_bytes; /* 12: without a terminating 0, which is not written */
} hostmem_trace_site;

/* A call stack. The return addresses follow, innermost first, frame_count times a uint64_t. */
typedef struct hostmem_trace_stack {
    uint64_t id;          /*  0: never 0, and no site's */
    uint32_t frame_count; /*  8 */
    uint32_t reserved;    /* 12: 0 */
} hostmem_trace_stack;

/* A program or DLL that frames of stacks lie in. Its path follows in UTF-8, and then zeroes up to a multiple of 8. */
typedef struct hostmem_trace_module {
    uint64_t address;    /*  0 */
    uint64_t size;       /*  8 */
    uint32_t name_bytes; /* 16: without a terminating 0, which is not written */
    uint32_t reserved;   /* 20: 0 */
} hostmem_trace_module;

/* The name of a thread, as SetThreadDescription gave it; it follows in UTF-8, and then zeroes up to a multiple of 8. A
 * later record for the same id replaces it: the name has changed, or Windows has given the id to another thread. It
 * may come after events of the thread. The writer asks for names at intervals: threads that ended before have no
 * record. It keeps at most the first 256 bytes of a name, in whole characters. */
typedef struct hostmem_trace_thread {
    uint32_t id;         /*  0: as in events */
    uint32_t name_bytes; /*  4: without a terminating 0, which is not written; 0: it has no name any more */
} hostmem_trace_thread;

/* The last record of a trace that was stopped. */
typedef struct hostmem_trace_end {
    uint64_t ticks;          /*  0 */
    uint64_t events_written; /*  8: number */
    /* 16: number of events that did not fit into the buffer, or were not complete at the end */
    uint64_t events_dropped;
    uint64_t reserved; /* 24: 0 */
} hostmem_trace_end;

/* CRC-32 as in zlib, gzip and Ethernet (reflected polynomial 0xEDB88320, all ones before and after), four bits a
 * step. */
static inline uint32_t hostmem_trace_crc(const void *data, size_t bytes)
{
    static const uint32_t steps[16] = {0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u,
                                       0x4db26158u, 0x5005713cu, 0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu,
                                       0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu};
    const unsigned char *at = (const unsigned char *)data;
    uint32_t crc = 0xffffffffu;
    size_t i;
    for (i = 0; i < bytes; i++) {
        crc = (crc >> 4) ^ steps[(crc ^ at[i]) & 15];
        crc = (crc >> 4) ^ steps[(crc ^ (uint32_t)(at[i] >> 4)) & 15];
    }
    return crc ^ 0xffffffffu;
}

#endif
