/* The parts of hostmem-trace other than the reader: live entries, origins, durations, and names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "durations.h"
#include "gzip.h"
#include "live_blocks.h"
#include "live_map.h"
#include "names.h"
#include "origin_names.h"
#include "proto.h"
#include "sums.h"
#include "usage.h"

/* ---- Live entries ---- */

enum { OWNERS = 3, ADDRESSES = 600 };

static void check_entry(const live_entry *entry, const live_entry **previous, uint32_t *count)
{
    if (*previous)
        assert_true((*previous)->owner < entry->owner ||
                    ((*previous)->owner == entry->owner && (*previous)->address < entry->address));
    *previous = entry;
    ++*count;
}

/* All leaves are equally deep, nodes have as many entries as they must, and the order is right. Returns the depth. */
static uint32_t check_branch(const live_map *map, uint32_t at, const live_entry **previous, uint32_t *count)
{
    const live_node *node = &map->nodes[at];
    bool is_leaf = !node->children[0];
    uint32_t depth = 0;

    assert_in_range(node->count, at == map->root ? 1 : LIVE_NODE_LEAST, LIVE_NODE_MOST);
    for (uint32_t i = 0; i <= node->count; i++) {
        uint32_t below = is_leaf ? 0 : check_branch(map, node->children[i], previous, count);
        assert_true(!i || below == depth);
        depth = below;
        if (i < node->count)
            check_entry(&node->entries[i], previous, count);
    }
    return depth + 1;
}

/* Returns how deep the tree is. */
static uint32_t check_tree(const live_map *map)
{
    const live_entry *previous = NULL;
    uint32_t count = 0, depth = 0;

    if (map->root)
        depth = check_branch(map, map->root, &previous, &count);
    assert_int_equal(count, map->count);
    return depth;
}

/* Every query for every address, compared with a table. sizes: of the entry at each address; 0: none. */
static void check_answers(const live_map *map, uint64_t owner, const uint64_t sizes[ADDRESSES])
{
    for (uint64_t address = 0; address < ADDRESSES; address++) {
        uint64_t below = address, above = address;
        const live_entry *entry = live_map_find(map, owner, address);
        assert_true(entry ? entry->size == sizes[address] : !sizes[address]);
        while (below && !sizes[below])
            below--;
        entry = live_map_at_or_below(map, owner, address);
        assert_true(entry ? entry->address == below && sizes[below] : !sizes[below]);
        entry = live_map_around(map, owner, address);
        assert_true((entry != NULL) == (address - below < sizes[below]));
        while (above < ADDRESSES && !sizes[above])
            above++;
        entry = live_map_at_or_above(map, owner, address);
        assert_true(entry ? entry->address == above : above == ADDRESSES);
    }
}

static void map_of_live_things_equals_a_table(void **state)
{
    uint64_t sizes[OWNERS][ADDRESSES] = {{0}};
    uint32_t random = 1, depth = 0;
    live_map map = {0};

    (void)state;
    /* It grows and shrinks in turn. */
    for (uint32_t step = 0; step < 40000; step++) {
        uint64_t owner = (random = random * 1664525 + 1013904223) >> 8, address;
        owner %= OWNERS;
        address = (random = random * 1664525 + 1013904223) >> 8;
        address %= ADDRESSES;
        if (random >> 29 > (step / 5000 % 2 ? 6 : 1)) {
            const live_entry entry = {.owner = owner, .address = address, .size = 1 + (random >> 10) % 9};
            assert_true(live_map_put(&map, &entry));
            sizes[owner][address] = entry.size;
        } else {
            live_entry removed = {.size = 0};
            bool there = live_map_remove(&map, owner, address, &removed);
            assert_int_equal(there, sizes[owner][address] != 0);
            assert_true(removed.size == sizes[owner][address]);
            sizes[owner][address] = 0;
        }
        if (step % 250)
            continue;
        depth = check_tree(&map) > depth ? check_tree(&map) : depth;
        for (uint64_t i = 0; i < OWNERS; i++)
            check_answers(&map, i, sizes[i]);
    }
    assert_int_equal(depth, 3);
    live_map_free(&map);
}

/* The height of an unbalanced tree would be the number of entries. */
static void map_stays_low_whatever_the_order(void **state)
{
    live_map up = {0}, down = {0};

    (void)state;
    for (uint64_t i = 0; i < 100000; i++) {
        assert_true(live_map_put(&up, &(live_entry){.address = i, .size = 1}));
        assert_true(live_map_put(&down, &(live_entry){.address = UINT64_MAX - i, .size = 1}));
    }
    assert_true(check_tree(&up) < 6 && check_tree(&down) < 6);
    for (uint64_t i = 0; i < 100000; i += 2)
        assert_true(live_map_remove(&up, 0, i, NULL));
    check_tree(&up);
    assert_int_equal(up.count, 50000);
    live_map_free(&up);
    live_map_free(&down);
}

/* ---- Live blocks ---- */

static uint32_t next_random(uint32_t *random, uint32_t below)
{
    *random = *random * 1664525 + 1013904223;
    return (*random >> 8) % below;
}

/* Releases a heap, whose blocks are then removed in the order in which they were added. */
static void release_like_table(live_blocks *blocks, uint64_t heap, uint64_t sizes[ADDRESSES])
{
    live_entry removed = {.ticks = 0};

    for (uint64_t before = 0; live_blocks_release(blocks, heap, &removed); before = removed.ticks) {
        assert_true(removed.owner == heap && removed.ticks > before);
        assert_true(removed.size && removed.size == sizes[removed.address]);
        sizes[removed.address] = 0;
    }
    for (uint32_t i = 0; i < ADDRESSES; i++)
        assert_true(!sizes[i]);
}

/* Every block that there is, and no other. Returns how many. */
static uint32_t check_blocks(const live_blocks *blocks, uint64_t sizes[OWNERS][ADDRESSES])
{
    uint32_t count = 0;

    for (uint64_t heap = 0; heap < OWNERS; heap++) {
        for (uint64_t address = 0; address < ADDRESSES; address++) {
            const live_entry *block = live_blocks_find(blocks, heap, address);
            assert_true(block ? block->size == sizes[heap][address] : !sizes[heap][address]);
            count += block != NULL;
        }
    }
    assert_int_equal(blocks->count, count);
    return count;
}

static void blocks_equal_a_table(void **state)
{
    uint64_t sizes[OWNERS][ADDRESSES] = {{0}};
    uint32_t random = 7, most = 0;
    live_blocks blocks = {0};

    (void)state;
    for (uint32_t step = 1; step <= 60000; step++) {
        uint64_t heap = next_random(&random, OWNERS), address = next_random(&random, ADDRESSES);
        uint64_t *size = &sizes[heap][address];
        const live_entry block = {.owner = heap, .address = address, .size = 1 + step % 9, .ticks = step};
        live_entry removed = {.size = 0};
        if (!next_random(&random, 8000)) {
            release_like_table(&blocks, heap, sizes[heap]);
        } else if (next_random(&random, 10) < (step / 7000 % 2 ? 3 : 8)) {
            assert_int_equal(live_blocks_add(&blocks, &block, &removed), *size ? LIVE_REPLACED : LIVE_ADDED);
            assert_true(removed.size == *size);
            *size = block.size;
        } else {
            assert_int_equal(live_blocks_remove(&blocks, heap, address, &removed), *size != 0);
            assert_true(removed.size == *size);
            *size = 0;
        }
        if (step % 250 == 0) {
            uint32_t count = check_blocks(&blocks, sizes);
            most = count > most ? count : most;
        }
    }
    assert_true(most > 1024); /* more than there was room for at first */
    live_blocks_free(&blocks);
}

/* What a heap took is taken again after its release, though its id does not come again. */
static void heaps_leave_nothing(void **state)
{
    live_blocks blocks = {0};
    live_entry before;

    (void)state;
    for (uint64_t heap = 0; heap < 20000; heap++) {
        assert_int_equal(live_blocks_add(&blocks, &(live_entry){.owner = heap, .address = 16}, &before), LIVE_ADDED);
        assert_int_equal(live_blocks_add(&blocks, &(live_entry){.owner = heap, .address = 32}, &before), LIVE_ADDED);
        assert_true(live_blocks_remove(&blocks, heap, 16, NULL));
        assert_true(live_blocks_release(&blocks, heap, NULL));
        assert_false(live_blocks_release(&blocks, heap, NULL));
        assert_false(live_blocks_release(&blocks, heap, NULL));
    }
    assert_int_equal(blocks.taken, 0);
    assert_int_equal(blocks.heaps.count, 0);
    assert_int_equal(blocks.room, 1024);
    live_blocks_free(&blocks);
}

/* ---- Origins ---- */

static void add(usage *usage, uint8_t what, uint64_t heap, uint64_t block, uint64_t size, uint64_t origin)
{
    usage_add_event(
        usage, &(hostmem_trace_event){.what = what, .address = heap, .out = block, .size = size, .origin = origin});
}

static void blocks_are_counted_for_their_origin(void **state)
{
    static usage usage;
    usage_origin top[3];
    uint32_t all;

    (void)state;
    add(&usage, HOSTMEM_TRACE_ALLOC, 1, 0x10, 100, 7);
    add(&usage, HOSTMEM_TRACE_DEBUG_ALLOC, 2, 0x10, 1000, 8);
    add(&usage, HOSTMEM_TRACE_ALLOC, 2, 0x20, 10, 8);
    add(&usage, HOSTMEM_TRACE_ALLOC, 1, 0x30, 1, 9);
    add(&usage, HOSTMEM_TRACE_ALLOC, 1, 0x40, 2, 0);
    add(&usage, HOSTMEM_TRACE_FREE, 1, 0x30, 0, 0);
    add(&usage, HOSTMEM_TRACE_FREE, 1, 0x50, 0, 0);    /* not a known block */
    add(&usage, HOSTMEM_TRACE_ALLOC, 1, 0x10, 200, 7); /* the event that freed the first was dropped */
    add(&usage, HOSTMEM_TRACE_HEAP_RELEASED, 2, 0, 0, 0);
    assert_int_equal(usage_top_origins(&usage, false, USAGE_BY_BYTES, top, 3, &all), 3);
    assert_true(top[0].id == 8 && top[0].blocks == 2 && top[0].bytes == 1010 && !top[0].live_blocks &&
                !top[0].live_bytes);
    assert_true(top[1].id == 7 && top[1].blocks == 2 && top[1].bytes == 300);
    assert_true(top[1].live_blocks == 1 && top[1].live_bytes == 200);
    assert_true(top[2].id == 0 && top[2].live_bytes == 2);
    assert_true(usage.largest[0].size == 1000 && usage.largest[1].size == 200 && usage.largest[4].size == 2);
    usage_free(&usage);
}

static void pages_are_counted_for_their_origin_apart_from_blocks(void **state)
{
    static usage usage;
    usage_origin top[2];
    uint32_t all, unknown, known;

    (void)state;
    add(&usage, HOSTMEM_TRACE_ALLOC, 1, 0x10, 100, 7);
    unknown = usage_add_commit(&usage, 0);
    usage_take_pages(&usage, unknown, 8192);
    /* Without a stack there is nothing to tell. */
    assert_int_equal(usage_top_origins(&usage, true, USAGE_BY_BYTES, top, 2, &all), 0);
    assert_int_equal(all, 0);
    known = usage_add_commit(&usage, 7);
    usage_take_pages(&usage, known, 4096);
    usage_take_pages(&usage, known, 65536);
    usage_give_back_pages(&usage, known, 65536);
    assert_int_equal(usage_add_commit(&usage, 7), known);
    assert_int_equal(usage_top_origins(&usage, true, USAGE_BY_BYTES, top, 2, &all), 2);
    assert_int_equal(all, 2);
    assert_true(top[0].is_pages && top[0].id == 7 && top[0].blocks == 2 && top[0].bytes == 69632);
    assert_true(top[0].live_bytes == 4096 && !top[0].live_blocks);
    assert_true(top[1].is_pages && top[1].id == 0 && top[1].blocks == 1 && top[1].live_bytes == 8192);
    assert_int_equal(usage_top_origins(&usage, true, USAGE_BY_LIVE_BYTES, top, 1, &all), 1);
    assert_true(top[0].id == 0 && all == 2);
    assert_int_equal(usage_top_origins(&usage, false, USAGE_BY_LIVE_BYTES, top, 2, &all), 1);
    assert_true(!top[0].is_pages && top[0].id == 7 && top[0].live_bytes == 100);
    usage_free(&usage);
}

static void blocks_are_counted_by_what_their_heap_is_for(void **state)
{
    static usage usage;
    kinds kinds = {0};
    hostmem_trace_event named = {.what = HOSTMEM_TRACE_NAMED, .address = 1, .value = HOSTMEM_TRACE_KIND_INVOKED};
    hostmem_trace_event released = {.what = HOSTMEM_TRACE_HEAP_RELEASED, .address = 1};

    (void)state;
    usage = (struct usage){.kinds = &kinds};
    assert_false(kinds.any);
    kinds_event(&kinds, &named);
    assert_true(kinds.any);
    add(&usage, HOSTMEM_TRACE_ALLOC, 1, 0x10, 100, 0);
    add(&usage, HOSTMEM_TRACE_ALLOC, 2, 0x10, 10, 0); /* a heap without a name */
    assert_int_equal(kinds.now[HOSTMEM_TRACE_KIND_INVOKED], 100);
    assert_int_equal(kinds.now[HOSTMEM_TRACE_KIND_BLOCKS], 10);
    /* A block counts out as what it counted in, whatever its heap is called meanwhile. */
    named.value = UINT32_MAX;
    kinds_event(&kinds, &named);
    add(&usage, HOSTMEM_TRACE_ALLOC, 1, 0x20, 1, 0);
    add(&usage, HOSTMEM_TRACE_FREE, 1, 0x10, 0, 0);
    assert_int_equal(kinds.now[HOSTMEM_TRACE_KIND_INVOKED], 0);
    assert_int_equal(kinds.most[HOSTMEM_TRACE_KIND_INVOKED], 100);
    assert_int_equal(kinds.now[HOSTMEM_TRACE_KIND_BLOCKS], 11);
    named.value = HOSTMEM_TRACE_KIND_LIBRARIES;
    kinds_event(&kinds, &named);
    kinds_event(&kinds, &released);
    add(&usage, HOSTMEM_TRACE_HEAP_RELEASED, 1, 0, 0, 0);
    assert_int_equal(kinds.now[HOSTMEM_TRACE_KIND_BLOCKS], 10);
    assert_int_equal(kinds_of_heap(&kinds, 1), HOSTMEM_TRACE_KIND_BLOCKS); /* another heap may have this id */
    usage_free(&usage);
    kinds_free(&kinds);
}

static void origins_beyond_the_most_are_not_followed(void **state)
{
    static usage usage;

    (void)state;
    usage = (struct usage){0};
    for (uint64_t i = 0; i < USAGE_ORIGINS + 10; i++)
        add(&usage, HOSTMEM_TRACE_ALLOC, 1, 16 * i, 1, 1 + i);
    assert_int_equal(usage.places.count, USAGE_ORIGINS);
    assert_true(usage.not_followed == 10);
    usage_free(&usage);
}

static void describe(origins *origins, uint64_t id, const char *name, uint32_t bytes)
{
    const hostmem_trace_site site = {.id = id, .line = 3, .name_bytes = bytes};

    origins_add(origins, &(hostmem_trace_item){
                             .kind = HOSTMEM_TRACE_ITEM_SITE, .as.site = &site, .name = name, .name_bytes = bytes});
}

static void names_of_origins_are_kept_to_a_bound(void **state)
{
    char name[HOSTMEM_TRACE_MAX_NAME], text[NAME_TEXT];
    origins origins = {0};

    (void)state;
    memset(name, 'x', sizeof(name));
    memcpy(name + sizeof(name) - 6, "end.c\n", 6);
    describe(&origins, 1, name, sizeof(name));
    assert_int_equal(strlen(origins_text(&origins, 1, text)), ORIGIN_NAME - 1 + 2);
    assert_string_equal(text + ORIGIN_NAME - 1 - 6, "end.c?:3");
    describe(&origins, 1, "another", 7); /* the first description is kept */
    assert_string_equal(origins_text(&origins, 1, text) + ORIGIN_NAME - 1 - 6, "end.c?:3");
    describe(&origins, 2, "", 0);
    assert_string_equal(origins_text(&origins, 2, text), ":3");
    assert_string_equal(origins_text(&origins, 0, text), "");
    for (uint64_t i = 3; i < ORIGINS_MOST + 10; i++)
        describe(&origins, i, "a.c", 3);
    assert_string_equal(origins_text(&origins, ORIGINS_MOST, text), "a.c:3");
    assert_string_equal(origins_text(&origins, ORIGINS_MOST + 1, text), "origin 65537");
    origins_free(&origins);
}

/* ---- Durations ---- */

static void median_is_within_three_percent(void **state)
{
    static const uint64_t values[] = {0, 1, 5, 63, 64, 65, 100, 1000, 12345, 999999, (uint64_t)1 << 40, UINT64_MAX / 3};
    static durations durations;

    (void)state;
    assert_true(durations_median(&durations) == 0);
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        double median;
        memset(&durations, 0, sizeof(durations));
        durations_add(&durations, 0);
        durations_add(&durations, values[i]);
        durations_add(&durations, values[i]);
        durations_add(&durations, UINT64_MAX);
        durations_add(&durations, values[i]);
        median = durations_median(&durations);
        assert_true(median >= (double)values[i] * 0.97 && median <= (double)values[i] * 1.03);
        assert_true(durations.number == 5 && durations.total == 3 * values[i] + UINT64_MAX);
    }
}

/* ---- Checksums ---- */

static void sums_are_those_of_the_format(void **state)
{
    static trace_sums sums;
    unsigned char bytes[100];

    (void)state;
    hmi_trace_sums_begin(&sums);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 37 ^ i >> 2);
    for (size_t begin = 0; begin < 9; begin++)
        for (size_t end = begin; end <= sizeof(bytes); end++)
            assert_true(hmi_trace_sums_of(&sums, bytes + begin, end - begin) ==
                        hostmem_trace_crc(bytes + begin, end - begin));
}

/* ---- Names ---- */

static void numbers_have_their_names(void **state)
{
    char text[NAME_TEXT];

    (void)state;
    assert_string_equal(name_of_result(0x8007000e, text), "E_OUTOFMEMORY");
    assert_string_equal(name_of_result(0x80131022, text), "HOST_E_INVALIDOPERATION");
    assert_string_equal(name_of_result(0x800701e7, text), "WIN32 487");
    assert_string_equal(name_of_result(0x80131700, text), "0x80131700");
    assert_string_equal(name_of_memory_type(0x3000, text), "MEM_COMMIT|MEM_RESERVE");
    assert_string_equal(name_of_memory_type(0x80000001, text), "0x80000001");
    assert_string_equal(name_of_memory_type(0x1001, text), "MEM_COMMIT|0x1");
    assert_string_equal(name_of_memory_type(0, text), "0");
    assert_string_equal(name_of_protection(0x104, text), "PAGE_READWRITE|PAGE_GUARD");
    assert_true(strlen(name_of_memory_type(UINT32_MAX, text)) < NAME_TEXT - 1);
    assert_true(strlen(name_of_protection(UINT32_MAX, text)) < NAME_TEXT - 1);
    assert_string_equal(name_of_level(255, text), "");
    assert_string_equal(name_of_level(2, text), "process");
    assert_string_equal(name_of_level(7, text), "level 7");
    assert_string_equal(name_of_event(0), "unknown");
    assert_string_equal(name_of_event(255), "unknown");
    assert_string_equal(name_of_size(UINT64_MAX, text), "16.0 EiB");
    assert_string_equal(name_of_size(1023, text), "1023 B");
    assert_string_equal(name_of_number(UINT64_MAX, text), "18,446,744,073,709,551,615");
    assert_string_equal(name_of_number(999, text), "999");
    assert_string_equal(name_of_time(999.4, text), "999 us");
    assert_string_equal(name_of_time(999500, text), "999.5 ms");
    assert_string_equal(name_of_time(2e6, text), "2.000 s");
}

/* ---- Formats of others ---- */

static uint32_t number_of_four(const unsigned char *bytes)
{
    uint32_t number = 0;

    for (int i = 3; i >= 0; i--)
        number = number << 8 | bytes[i];
    return number;
}

/* Reads a gzip file of stored blocks back; returns the number of blocks. */
static unsigned check_gzip(FILE *file, const unsigned char *expected, size_t size)
{
    static unsigned char block[GZIP_BLOCK];
    static const unsigned char begin[4] = {0x1f, 0x8b, 8, 0};
    unsigned char head[10], end[8];
    size_t at = 0;
    unsigned blocks = 0;

    rewind(file);
    assert_int_equal(fread(head, 1, 10, file), 10);
    assert_memory_equal(head, begin, sizeof(begin));
    do {
        size_t bytes;
        assert_int_equal(fread(head, 1, 5, file), 5);
        bytes = head[1] | (size_t)head[2] << 8;
        assert_true((head[1] ^ head[3]) == 255 && (head[2] ^ head[4]) == 255 && bytes <= size - at);
        assert_int_equal(fread(block, 1, bytes, file), bytes);
        if (bytes)
            assert_memory_equal(block, expected + at, bytes);
        at += bytes;
        blocks++;
    } while (!head[0]);
    assert_int_equal(head[0], 1);
    assert_int_equal(at, size);
    assert_int_equal(fread(end, 1, 8, file), 8);
    assert_int_equal(number_of_four(end), hostmem_trace_crc(expected, size));
    assert_int_equal(number_of_four(end + 4), size);
    assert_int_equal(fgetc(file), EOF);
    return blocks;
}

static void gzip_files_have_their_bytes_in_blocks(void **state)
{
    static const size_t sizes[] = {0, 1, GZIP_BLOCK - 1, GZIP_BLOCK, GZIP_BLOCK + 1, 3 * (size_t)GZIP_BLOCK + 7};
    static unsigned char bytes[3 * (size_t)GZIP_BLOCK + 7];
    static gzip gzip;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * i >> 3);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        FILE *file = tmpfile();
        size_t step = 1000 + i, at;
        assert_non_null(file);
        gzip_begin(&gzip, file);
        for (at = 0; at < sizes[i]; at += step)
            gzip_write(&gzip, bytes + at, sizes[i] - at < step ? sizes[i] - at : step);
        gzip_end(&gzip);
        assert_int_equal(check_gzip(file, bytes, sizes[i]), sizes[i] / GZIP_BLOCK + 1);
        fclose(file);
    }
}

/* The bytes are those of the format's own documentation: 150 in field 1, "testing" in field 2, a part in field 3. */
static void messages_are_encoded_as_protocol_buffers(void **state)
{
    static const unsigned char expected[] = {0x08, 0x96, 0x01, 0x12, 7,    't', 'e', 's',  't',  'i',  'n',  'g', 0x1a,
                                             3,    0x08, 0x96, 1,    0x32, 6,   3,   0x8e, 0x02, 0x9e, 0xa7, 0x05};
    static const unsigned char most[] = {0xa0, 0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    static char long_text[PROTO_MOST];
    proto message, part;

    (void)state;
    message.length = part.length = 0;
    proto_number(&part, 1, 150);
    proto_number(&message, 1, 150);
    proto_text(&message, 2, "testing");
    proto_message(&message, 3, &part);
    proto_packed(&message, 6, (const uint64_t[]){3, 270, 86942}, 3);
    assert_int_equal(message.length, sizeof(expected));
    assert_memory_equal(message.bytes, expected, sizeof(expected));
    message.length = 0;
    proto_number(&message, 100, UINT64_MAX);
    assert_int_equal(message.length, sizeof(most));
    assert_memory_equal(message.bytes, most, sizeof(most));

    /* What does not fit is left out whole. */
    memset(long_text, 'x', sizeof(long_text) - 1);
    proto_text(&message, 1, long_text);
    assert_int_equal(message.length, sizeof(most));
    long_text[PROTO_MOST - sizeof(most) - 3] = 0;
    proto_text(&message, 1, long_text);
    assert_int_equal(message.length, PROTO_MOST);
    proto_number(&message, 1, 1);
    assert_int_equal(message.length, PROTO_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map_of_live_things_equals_a_table),
        cmocka_unit_test(map_stays_low_whatever_the_order),
        cmocka_unit_test(blocks_equal_a_table),
        cmocka_unit_test(heaps_leave_nothing),
        cmocka_unit_test(blocks_are_counted_for_their_origin),
        cmocka_unit_test(origins_beyond_the_most_are_not_followed),
        cmocka_unit_test(pages_are_counted_for_their_origin_apart_from_blocks),
        cmocka_unit_test(blocks_are_counted_by_what_their_heap_is_for),
        cmocka_unit_test(names_of_origins_are_kept_to_a_bound),
        cmocka_unit_test(median_is_within_three_percent),
        cmocka_unit_test(sums_are_those_of_the_format),
        cmocka_unit_test(numbers_have_their_names),
        cmocka_unit_test(gzip_files_have_their_bytes_in_blocks),
        cmocka_unit_test(messages_are_encoded_as_protocol_buffers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
