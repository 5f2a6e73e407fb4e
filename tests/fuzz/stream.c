/* See stream.h. The meaning of a byte comes from tables that say how often each value occurs, so that operations
 * meet at the same addresses often enough to succeed, and sometimes fail in every way. */
#include "stream.h"

#include <stdio.h>

#ifndef MEM_RESET_UNDO
#define MEM_RESET_UNDO 0x1000000
#endif

/* Distance between places in the zone. */
#define PLACE_BYTES (4 * FUZZ_GRANULE)

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const UINT8 kinds[64] = {
    FUZZ_ALLOC,       FUZZ_ALLOC,       FUZZ_ALLOC,          FUZZ_ALLOC,       FUZZ_ALLOC,       FUZZ_ALLOC,
    FUZZ_ALLOC,       FUZZ_ALLOC,       FUZZ_ALLOC,          FUZZ_ALLOC,       FUZZ_ALLOC,       FUZZ_ALLOC,
    FUZZ_ALLOC,       FUZZ_ALLOC,       FUZZ_ALLOC,          FUZZ_ALLOC,       FUZZ_ALLOC,       FUZZ_ALLOC,
    FUZZ_ALLOC,       FUZZ_ALLOC,       FUZZ_FREE,           FUZZ_FREE,        FUZZ_FREE,        FUZZ_FREE,
    FUZZ_FREE,        FUZZ_FREE,        FUZZ_FREE,           FUZZ_FREE,        FUZZ_FREE,        FUZZ_FREE,
    FUZZ_PROTECT,     FUZZ_PROTECT,     FUZZ_PROTECT,        FUZZ_PROTECT,     FUZZ_PROTECT,     FUZZ_PROTECT,
    FUZZ_PROTECT,     FUZZ_PROTECT,     FUZZ_PROTECT,        FUZZ_QUERY,       FUZZ_QUERY,       FUZZ_BLOCK_FREE,
    FUZZ_WRITE,       FUZZ_WRITE,       FUZZ_WRITE,          FUZZ_WRITE,       FUZZ_WRITE,       FUZZ_WRITE,
    FUZZ_READ,        FUZZ_READ,        FUZZ_FOREIGN,        FUZZ_WATCH,       FUZZ_HEAP_CREATE, FUZZ_HEAP_RELEASE,
    FUZZ_BLOCK_ALLOC, FUZZ_BLOCK_ALLOC, FUZZ_BLOCK_ALLOC,    FUZZ_BLOCK_ALLOC, FUZZ_BLOCK_ALLOC, FUZZ_BLOCK_FREE,
    FUZZ_BLOCK_FREE,  FUZZ_BLOCK_FREE,  FUZZ_BLOCK_BAD_FREE, FUZZ_CONTROL,
};

static const char *const kind_names[FUZZ_KINDS] = {
    [FUZZ_ALLOC] = "VirtualAlloc",      [FUZZ_FREE] = "VirtualFree",    [FUZZ_PROTECT] = "VirtualProtect",
    [FUZZ_QUERY] = "VirtualQuery",      [FUZZ_WRITE] = "write",         [FUZZ_READ] = "read",
    [FUZZ_FOREIGN] = "foreign",         [FUZZ_WATCH] = "GetWriteWatch", [FUZZ_HEAP_CREATE] = "CreateMalloc",
    [FUZZ_HEAP_RELEASE] = "Release",    [FUZZ_BLOCK_ALLOC] = "Alloc",   [FUZZ_BLOCK_FREE] = "Free",
    [FUZZ_BLOCK_BAD_FREE] = "bad Free", [FUZZ_CONTROL] = "control",
};

/* Addresses that cannot be allocated, or are too low to be requested. */
static const UINT_PTR nowhere[] = {
    0, 1, 0x1000, 0xffff, UINTPTR_MAX, UINTPTR_MAX - 4095, UINTPTR_MAX - 0xffff, UINTPTR_MAX - 0x10000,
};

static const UINT32 usual_alloc_types[] = {
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_COMMIT,
    MEM_RESERVE,
    MEM_RESERVE,
    MEM_RESERVE,
    MEM_RESERVE | MEM_COMMIT,
    MEM_RESERVE | MEM_COMMIT,
    MEM_RESERVE | MEM_WRITE_WATCH,
    MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH,
    MEM_RESERVE | MEM_TOP_DOWN,
    MEM_RESERVE | MEM_COMMIT | MEM_TOP_DOWN,
    MEM_RESET,
    MEM_COMMIT | MEM_TOP_DOWN,
};

static const UINT32 odd_alloc_types[] = {
    0,
    MEM_RESET | MEM_COMMIT,
    MEM_RESET | MEM_RESERVE,
    MEM_RESET_UNDO,
    MEM_LARGE_PAGES | MEM_RESERVE | MEM_COMMIT,
    MEM_DECOMMIT,
    MEM_RELEASE,
    MEM_COMMIT | MEM_WRITE_WATCH,
    MEM_RESET | MEM_RESERVE | MEM_COMMIT,
    0x80000000u,
    MEM_RESERVE | 1,
    MEM_COMMIT | MEM_DECOMMIT,
    MEM_TOP_DOWN,
    MEM_WRITE_WATCH,
    0x400000 | MEM_RESERVE,
    0xffffffffu,
};

static const UINT32 odd_free_types[] = {
    0,           MEM_DECOMMIT | MEM_RELEASE, MEM_RELEASE | 1, MEM_DECOMMIT | 2, MEM_COMMIT, MEM_RESERVE,
    0xffffffffu, MEM_RELEASE | MEM_RESERVE,
};

static const UINT32 usual_protections[16] = {
    PAGE_READWRITE,
    PAGE_READWRITE,
    PAGE_READWRITE,
    PAGE_READWRITE,
    PAGE_READWRITE,
    PAGE_READWRITE,
    PAGE_READWRITE,
    PAGE_READONLY,
    PAGE_NOACCESS,
    PAGE_EXECUTE,
    PAGE_EXECUTE_READ,
    PAGE_EXECUTE_READWRITE,
    PAGE_EXECUTE_READWRITE,
    PAGE_READWRITE | PAGE_GUARD,
    PAGE_EXECUTE_READWRITE | PAGE_GUARD,
    PAGE_READWRITE | PAGE_NOCACHE,
};

static const UINT32 odd_protections[16] = {
    0,
    PAGE_WRITECOPY,
    PAGE_EXECUTE_WRITECOPY,
    PAGE_READWRITE | PAGE_READONLY,
    PAGE_NOACCESS | PAGE_GUARD,
    PAGE_READWRITE | PAGE_WRITECOMBINE,
    PAGE_READWRITE | PAGE_GUARD | PAGE_NOCACHE,
    PAGE_READONLY | PAGE_GUARD,
    PAGE_GUARD,
    PAGE_NOACCESS | PAGE_NOCACHE,
    PAGE_EXECUTE | PAGE_GUARD,
    PAGE_READWRITE | 0x1000,
    PAGE_WRITECOPY | PAGE_GUARD,
    0xff,
    0x80000000u,
    0xffffffffu,
};

static const SIZE_T block_sizes[32] = {
    0,
    1,
    2,
    7,
    8,
    9,
    15,
    16,
    17,
    24,
    31,
    32,
    33,
    63,
    64,
    65,
    100,
    127,
    128,
    255,
    256,
    1000,
    1024,
    4079,
    4080,
    4096,
    5000,
    16384,
    65536,
    600000,
    SIZE_MAX / 2 + 1,
    SIZE_MAX - 15,
};

/* Sizes that no range has, and 0. Each is too large for any address space. */
static const SIZE_T odd_sizes[8] = {
    0, 0, 0, 0, SIZE_MAX, SIZE_MAX - 4095, SIZE_MAX - 65535, SIZE_MAX / 2 + 1,
};

static SIZE_T size_of(UINT8 byte)
{
    SIZE_T low = byte & 31u;
    switch (byte >> 5) {
    case 0:
    case 1:
        return (1 + low % 8) * FUZZ_PAGE;
    case 2:
        return (1 + low) * FUZZ_PAGE;
    case 3:
        return (1 + low) * 4 * FUZZ_PAGE - 1;
    case 4:
        return low * 129 + 1;
    case 5:
        return FUZZ_PAGE + 1 + low * 257;
    case 6:
        return (low % 4 + 1) * FUZZ_GRANULE + (low & 4 ? 1u : 0u) - (low & 8 ? 2u : 0u);
    default:
        return low < 8 ? odd_sizes[low] : low / 8 * FUZZ_PAGE;
    }
}

static UINT_PTR offset_of(UINT8 byte, UINT8 more)
{
    switch (byte >> 6) {
    case 0:
        return 0;
    case 1:
        return (byte & 7u) * FUZZ_PAGE;
    case 2:
        return (byte & 31u) * FUZZ_PAGE;
    default:
        return (byte & 15u) * FUZZ_PAGE + 1 + more * 16u;
    }
}

/* Eight places in the zone, some more often than others. */
static void aim(fuzz_op *op, UINT8 place, UINT8 offset, UINT8 more)
{
    place &= 15;
    op->slot = 0;
    op->offset = offset_of(offset, more);
    if (place == 12) {
        op->area = FUZZ_NOWHERE;
        op->offset = nowhere[offset % COUNT(nowhere)];
    } else if (place >= 8 && place < 12) {
        op->area = FUZZ_LOOSE;
        op->slot = place - 8u;
    } else {
        op->area = FUZZ_IN_ZONE;
        op->offset += (place < 8 ? place : place - 13u) * PLACE_BYTES;
    }
}

static UINT32 free_type_of(UINT8 byte, UINT8 more)
{
    byte &= 31;
    return byte < 19 ? MEM_DECOMMIT : byte < 30 ? MEM_RELEASE : odd_free_types[more % COUNT(odd_free_types)];
}

/* Most reservations begin at a place and have room for other operations. */
static void make_room(fuzz_op *op, UINT8 byte)
{
    if (byte < 0x40)
        return;
    op->offset -= op->area == FUZZ_IN_ZONE ? op->offset % PLACE_BYTES : 0;
    op->size += op->size && op->size < FUZZ_GRANULE ? FUZZ_GRANULE : 0;
}

/* Most operations on a part of a reservation fit into it. */
static void make_small(fuzz_op *op, UINT8 byte)
{
    if (byte >= 0x40 && op->size > 6 * FUZZ_PAGE && op->size <= FUZZ_ZONE_BYTES)
        op->size = op->size % (6 * FUZZ_PAGE) + 1;
}

void fuzz_op_decode(const UINT8 b[FUZZ_OP_BYTES], fuzz_op *op)
{
    op->kind = kinds[b[0] & 63];
    aim(op, b[1], b[2], b[7]);
    op->size = size_of(b[3]);
    op->type = 0;
    op->protect = b[5] & 0x70 ? usual_protections[b[5] & 15] : odd_protections[b[5] & 15];
    op->level = b[6] == 255 ? (b[7] & 1 ? 3 : -1) : (b[6] & 15) / 5 % 3;
    op->null_out = b[6] == 254;
    op->heap = b[1] % FUZZ_HEAPS;
    op->block = b[2] % FUZZ_BLOCKS;
    op->choice = b[7];
    if (op->kind != FUZZ_ALLOC)
        make_small(op, b[5]);
    switch (op->kind) {
    case FUZZ_ALLOC:
        op->type = (b[4] & 31) < COUNT(usual_alloc_types) ? usual_alloc_types[b[4] & 31]
                                                          : odd_alloc_types[b[7] % COUNT(odd_alloc_types)];
        if (op->type & MEM_RESERVE)
            make_room(op, b[5]);
        else
            make_small(op, b[5]);
        break;
    case FUZZ_FREE:
        op->type = free_type_of(b[4], b[7]);
        if (b[3] >> 5 == 6 || (op->type == MEM_RELEASE && b[3] >> 5 < 6))
            op->size = 0;
        if (op->type == MEM_RELEASE && op->area != FUZZ_NOWHERE && b[2] >> 6 != 3) /* mostly at a base */
            op->offset &= ~(UINT_PTR)(FUZZ_GRANULE - 1);
        break;
    case FUZZ_HEAP_CREATE:
        op->type = (b[4] & 31) < 31 ? b[4] & 3u : b[5];
        break;
    case FUZZ_BLOCK_ALLOC:
        op->size = block_sizes[b[3] & 31];
        break;
    case FUZZ_BLOCK_BAD_FREE:
        op->type = b[4] % FUZZ_BAD_BLOCKS;
        break;
    default:
        break;
    }
}

const char *fuzz_kind_name(fuzz_kind kind)
{
    return kind_names[kind];
}

static const struct {
    UINT32 bit;
    const char *name;
} type_names[] = {
    {MEM_COMMIT, "COMMIT"},           {MEM_RESERVE, "RESERVE"},       {MEM_DECOMMIT, "DECOMMIT"},
    {MEM_RELEASE, "RELEASE"},         {MEM_RESET, "RESET"},           {MEM_TOP_DOWN, "TOP_DOWN"},
    {MEM_WRITE_WATCH, "WRITE_WATCH"}, {MEM_RESET_UNDO, "RESET_UNDO"}, {MEM_LARGE_PAGES, "LARGE_PAGES"},
};

static void type_text(UINT32 type, char *text, size_t text_bytes)
{
    size_t used = 0, i;
    text[0] = 0;
    for (i = 0; type != 0xffffffffu && i < COUNT(type_names); i++) {
        if (!(type & type_names[i].bit))
            continue;
        used += (size_t)snprintf(text + used, text_bytes - used, "%s%s", used ? "|" : "", type_names[i].name);
        type &= ~type_names[i].bit;
    }
    if (type || !used)
        snprintf(text + used, text_bytes - used, "%s%#lx", used ? "|" : "", (unsigned long)type);
}

static void place_text(const fuzz_op *op, char *text, size_t text_bytes)
{
    if (op->area == FUZZ_IN_ZONE)
        snprintf(text, text_bytes, "zone+%#llx", (unsigned long long)op->offset);
    else if (op->area == FUZZ_LOOSE)
        snprintf(text, text_bytes, "loose%u+%#llx", op->slot, (unsigned long long)op->offset);
    else
        snprintf(text, text_bytes, "%#llx", (unsigned long long)op->offset);
}

void fuzz_op_text(const fuzz_op *op, char *text, size_t text_bytes)
{
    static const char *const levels[] = {"no level -1", "task", "app domain", "process", "no level 3"};
    static const char *const bad_blocks[FUZZ_BAD_BLOCKS] = {"freed before", "interior", "of another heap", "no block"};
    const char *name = kind_names[op->kind], *out = op->null_out ? ", NULL" : "";
    unsigned long long size = op->size;
    char place[40], type[96];
    place_text(op, place, sizeof place);
    type_text(op->type, type, sizeof type);
    switch (op->kind) {
    case FUZZ_ALLOC:
        snprintf(text, text_bytes, "%s(%s, %#llx, %s, %#lx, %s%s)", name, place, size, type, (unsigned long)op->protect,
                 levels[op->level + 1], out);
        break;
    case FUZZ_FREE:
        snprintf(text, text_bytes, "%s(%s, %#llx, %s)", name, place, size, type);
        break;
    case FUZZ_PROTECT:
        snprintf(text, text_bytes, "%s(%s, %#llx, %#lx%s)", name, place, size, (unsigned long)op->protect, out);
        break;
    case FUZZ_HEAP_CREATE:
        snprintf(text, text_bytes, "heap %u = %s(%#lx%s)", op->heap, name, (unsigned long)op->type, out);
        break;
    case FUZZ_HEAP_RELEASE:
        snprintf(text, text_bytes, "heap %u: %s", op->heap, name);
        break;
    case FUZZ_BLOCK_ALLOC:
        snprintf(text, text_bytes, "heap %u, block %u: %s(%#llx, %s%s)", op->heap, op->block, name, size,
                 levels[op->level + 1], out);
        break;
    case FUZZ_BLOCK_FREE:
        snprintf(text, text_bytes, "heap %u, block %u: %s", op->heap, op->block, name);
        break;
    case FUZZ_BLOCK_BAD_FREE:
        snprintf(text, text_bytes, "heap %u, block %u: Free(%s)", op->heap, op->block, bad_blocks[op->type]);
        break;
    case FUZZ_CONTROL:
        snprintf(text, text_bytes, "%s %u(%s, %#llx)", name, op->choice, place, size);
        break;
    default:
        snprintf(text, text_bytes, "%s(%s, %#llx)%s", name, place, size, out);
        break;
    }
}

UINT64 fuzz_random(UINT64 *state)
{
    UINT64 mixed = *state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

void fuzz_random_bytes(UINT64 *state, UINT8 *bytes, SIZE_T count)
{
    SIZE_T i;
    UINT64 word = 0;
    for (i = 0; i < count; i++) {
        word = i % 8 ? word >> 8 : fuzz_random(state);
        bytes[i] = (UINT8)word;
    }
}
