/* Pages according to events, compared with a model that has a state for each page, and the map of them over time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report_space.h"

#define PAGE 4096u
#define GRANULE 65536u
#define BASE 0x10000000ull
#define PAGES 2048u /* of the model */
#define COMMIT 0x1000u
#define RESERVE 0x2000u
#define DECOMMIT 0x4000u
#define RELEASE 0x8000u
#define READWRITE 4u
#define EXECUTE 0x40u

#define ORIGINS 5u /* of commits; 0 is not followed */

static report_pages pages;
static report_space *space;
static uint32_t seed, ended;
static uint64_t committed_bytes[ORIGINS], decommitted_bytes[ORIGINS];
static uint64_t origin; /* of the commits that follow */

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static bool changed(void *context, uint64_t start, uint64_t end, uint32_t old, uint32_t state)
{
    return report_space_changed(context, start, end, old, state);
}

static void count_end(void *context, const report_reservation *reservation, uint64_t ticks)
{
    ended++;
    report_space_ended(context, reservation, ticks, false);
}

static uint32_t number_of(void *context, uint64_t id)
{
    assert_ptr_equal(context, space);
    return (uint32_t)id;
}

static void committed(void *context, uint32_t number, uint64_t bytes)
{
    assert_ptr_equal(context, space);
    assert_in_range(number, 1, ORIGINS - 1);
    committed_bytes[number] += bytes;
}

static void decommitted(void *context, uint32_t number, uint64_t bytes)
{
    assert_ptr_equal(context, space);
    assert_in_range(number, 1, ORIGINS - 1);
    decommitted_bytes[number] += bytes;
}

static int begin(void **state)
{
    const hostmem_trace_file_header header = {.page_bytes = PAGE, .granularity = GRANULE};
    (void)state;
    space = calloc(1, sizeof *space);
    if (!space)
        return -1;
    report_pages_init(&pages, &header,
                      (report_pages_listener){.context = space,
                                              .changed = changed,
                                              .ended = count_end,
                                              .origin = number_of,
                                              .committed = committed,
                                              .decommitted = decommitted});
    report_space_init(space, &pages, GRANULE);
    seed = 7;
    ended = 0;
    origin = 0;
    memset(committed_bytes, 0, sizeof committed_bytes);
    memset(decommitted_bytes, 0, sizeof decommitted_bytes);
    return 0;
}

static int end(void **state)
{
    (void)state;
    report_space_destroy(space);
    report_pages_destroy(&pages);
    free(space);
    return 0;
}

static void tell(uint64_t ticks, hostmem_trace_event event)
{
    report_space_advance(space, ticks);
    assert_true(report_pages_event(&pages, ticks, &event));
}

static void allocate(uint64_t ticks, uint64_t asked, uint64_t out, uint64_t size, uint32_t type, uint32_t protect)
{
    tell(ticks, (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_ALLOC,
                                      .thread = 3,
                                      .type = type,
                                      .protect = protect,
                                      .address = asked,
                                      .out = out,
                                      .size = size,
                                      .origin = origin});
}

static void free_pages(uint64_t ticks, uint64_t address, uint64_t size, uint32_t type)
{
    tell(ticks,
         (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_FREE, .type = type, .address = address, .size = size});
}

/* In each row the bytes of each state equal those of the ranges there. */
static void check_rows(void)
{
    for (uint32_t r = 0; r < space->row_count; r++) {
        const report_row *row = space->rows[r];
        uint64_t sums[REPORT_STATES] = {0}, at = row->chunk * space->chunk_bytes, until = at + space->chunk_bytes;
        while (at < until) {
            report_range range = report_ranges_next(&pages.states, at);
            if (!range.state || range.start >= until)
                break;
            at = range.start > at ? range.start : at;
            sums[range.state] += (range.end < until ? range.end : until) - at;
            at = range.end;
        }
        for (int state = REPORT_RESERVED; state < REPORT_STATES; state++)
            assert_int_equal(row->bytes[state], sums[state]);
        assert_true(r == 0 || space->rows[r - 1]->chunk < row->chunk);
    }
}

static unsigned cell(uint64_t address, uint32_t column)
{
    for (uint32_t r = 0; r < space->row_count; r++) {
        if (space->rows[r]->chunk == address / space->chunk_bytes)
            return space->rows[r]->cells[column];
    }
    return 0;
}

static void sizes_and_addresses_are_rounded_as_windows_does(void **state)
{
    (void)state;
    allocate(1, 0, BASE, 5000, RESERVE, READWRITE);
    assert_int_equal(pages.bytes[REPORT_RESERVED], 2 * PAGE);
    allocate(2, BASE + 4000, BASE, 200, COMMIT, READWRITE); /* a part of two pages */
    assert_int_equal(report_pages_committed(&pages), 2 * PAGE);
    allocate(3, BASE + 0x123456, BASE + 0x120000, 1, RESERVE, READWRITE);
    assert_int_equal(pages.bytes[REPORT_RESERVED], 4 * PAGE); /* from the start of the granule to the page */
    free_pages(4, BASE + 1, 1, DECOMMIT);
    assert_int_equal(report_pages_committed(&pages), PAGE);
    free_pages(5, BASE, 0, DECOMMIT); /* all of the reservation */
    assert_int_equal(report_pages_committed(&pages), 0);
    allocate(6, 0, BASE + 0x200000, 1, COMMIT, EXECUTE); /* reserves, too */
    assert_non_null(report_pages_owner(&pages, BASE + 0x200000));
    assert_int_equal(pages.bytes[REPORT_EXECUTABLE], PAGE);
    check_rows();
}

static void what_fails_or_only_resets_changes_nothing(void **state)
{
    hostmem_trace_event failed = {
        .what = HOSTMEM_TRACE_VIRTUAL_ALLOC, .result = 0x8007000e, .type = RESERVE, .size = GRANULE};
    (void)state;
    tell(1, failed);
    assert_int_equal(pages.bytes[REPORT_RESERVED], 0);
    allocate(2, 0, BASE, GRANULE, RESERVE, READWRITE);
    allocate(3, BASE, BASE, GRANULE, 0x80000, READWRITE);
    assert_int_equal(report_pages_committed(&pages), 0);
    free_pages(4, BASE + GRANULE, 0, RELEASE);                                                     /* memory of
                                                                                                    * others */
    tell(5, (hostmem_trace_event){.what = HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE, .address = BASE}); /* not a view */
    assert_int_equal(pages.bytes[REPORT_RESERVED], GRANULE);
    assert_int_equal(ended, 0);
}

static void name(uint64_t ticks, uint64_t address, uint64_t size, uint32_t kind)
{
    tell(ticks, (hostmem_trace_event){.what = HOSTMEM_TRACE_NAMED, .address = address, .size = size, .value = kind});
}

static void protect(uint64_t ticks, uint64_t address, uint64_t size, uint32_t to)
{
    tell(ticks,
         (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_PROTECT, .address = address, .size = size, .protect = to});
}

/* The kinds add up to what is committed. */
static void expect_kind(const kinds *kinds, uint32_t kind, uint64_t bytes)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < HOSTMEM_TRACE_KINDS; i++)
        sum += kinds->now[i];
    assert_int_equal(sum, report_pages_committed(&pages));
    assert_int_equal(kinds->now[kind], bytes);
}

static void committed_pages_count_as_what_was_named(void **state)
{
    const uint64_t view = BASE + 0x100000;
    kinds kinds = {0};
    (void)state;
    pages.kinds = &kinds;
    allocate(1, 0, BASE, GRANULE, RESERVE | COMMIT, READWRITE);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_OTHER, GRANULE);
    name(2, BASE, GRANULE, HOSTMEM_TRACE_KIND_LOADER);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_OTHER, 0);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_LOADER, GRANULE);
    protect(3, BASE, 2 * PAGE, EXECUTE);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_CODE, 2 * PAGE);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_LOADER, GRANULE - 2 * PAGE);
    free_pages(4, BASE + PAGE, 2 * PAGE, DECOMMIT);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_CODE, PAGE);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_LOADER, GRANULE - 3 * PAGE);
    name(5, BASE, GRANULE, HOSTMEM_TRACE_KIND_INVOKED); /* whether it is executable or not */
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_CODE, 0);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_INVOKED, GRANULE - 2 * PAGE);
    tell(6, (hostmem_trace_event){.what = HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE, .address = view, .size = GRANULE});
    name(7, view, GRANULE, HOSTMEM_TRACE_KIND_LOADER);
    allocate(8, view, view, PAGE, COMMIT, READWRITE);
    allocate(9, view + PAGE, view + PAGE, PAGE, COMMIT, EXECUTE);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_LOADER, PAGE);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_CODE, PAGE);
    tell(10, (hostmem_trace_event){.what = HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE, .address = view});
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_LOADER, 0);
    free_pages(11, BASE, 0, RELEASE);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_INVOKED, 0);
    allocate(12, 0, BASE, PAGE, RESERVE | COMMIT, READWRITE); /* another one; it has no name yet */
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_OTHER, PAGE);
    assert_int_equal(kinds.most[HOSTMEM_TRACE_KIND_LOADER], GRANULE);
    assert_int_equal(kinds.most[HOSTMEM_TRACE_KIND_CODE], 2 * PAGE);
}

static void expect_live(uint64_t first, uint64_t second, uint64_t third)
{
    assert_int_equal(committed_bytes[1] - decommitted_bytes[1], first);
    assert_int_equal(committed_bytes[2] - decommitted_bytes[2], second);
    assert_int_equal(committed_bytes[3] - decommitted_bytes[3], third);
}

static void committed_pages_belong_to_the_call_that_committed_them(void **state)
{
    const uint64_t view = BASE + 0x100000;
    const hostmem_trace_region old = {.address = BASE + 0x200000,
                                      .size = 2 * GRANULE,
                                      .allocation_address = BASE + 0x200000,
                                      .state = COMMIT,
                                      .protect = READWRITE,
                                      .kind = HOSTMEM_TRACE_PAGES};
    (void)state;
    assert_true(report_pages_region(&pages, &old)); /* nobody knows who did */
    origin = 1;
    allocate(1, 0, BASE, 4 * GRANULE, RESERVE, READWRITE);
    expect_live(0, 0, 0);
    allocate(2, BASE, BASE, 10 * PAGE, COMMIT, READWRITE);
    origin = 2;
    allocate(3, BASE + 5 * PAGE, BASE + 5 * PAGE, 10 * PAGE, COMMIT, EXECUTE); /* half of them are committed */
    expect_live(10 * PAGE, 5 * PAGE, 0);
    protect(4, BASE + 5 * PAGE, 10 * PAGE, READWRITE);
    expect_live(10 * PAGE, 5 * PAGE, 0);
    free_pages(5, BASE + 8 * PAGE, 4 * PAGE, DECOMMIT); /* of both */
    expect_live(8 * PAGE, 3 * PAGE, 0);
    origin = 0;
    allocate(6, BASE + 8 * PAGE, BASE + 8 * PAGE, PAGE, COMMIT, READWRITE);
    expect_live(8 * PAGE, 3 * PAGE, 0);
    origin = 3;
    allocate(7, BASE + 7 * PAGE, BASE + 7 * PAGE, 6 * PAGE, COMMIT, READWRITE);
    expect_live(8 * PAGE, 3 * PAGE, 3 * PAGE);
    tell(8, (hostmem_trace_event){.what = HOSTMEM_TRACE_ACQUIRED_ADDRESS_SPACE, .address = view, .size = GRANULE});
    allocate(9, view + PAGE, view + PAGE, PAGE, COMMIT, READWRITE);
    allocate(10, 0, BASE + 0x300000, GRANULE, RESERVE | COMMIT, READWRITE);
    expect_live(8 * PAGE, 3 * PAGE, 4 * PAGE + GRANULE);
    tell(11, (hostmem_trace_event){.what = HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE, .address = view});
    expect_live(8 * PAGE, 3 * PAGE, 3 * PAGE + GRANULE);
    free_pages(12, BASE, 0, RELEASE);
    expect_live(0, 0, GRANULE);
    allocate(13, 0, BASE + 0x300000, 2 * GRANULE, RESERVE, READWRITE); /* the event of its release is missing */
    expect_live(0, 0, 0);
    free_pages(14, old.address, PAGE, DECOMMIT);
    origin = 2;
    allocate(15, old.address, old.address, 2 * PAGE, COMMIT, READWRITE);
    expect_live(0, PAGE, 0);
    origin = 1;
    allocate(16, BASE + 0x900000, BASE + 0x900000, PAGE, COMMIT, READWRITE); /* in memory of somebody else */
    expect_live(0, PAGE, 0);
    assert_int_equal(committed_bytes[1], 10 * PAGE);
}

/* Values that no writer writes: a name for nothing, for the middle of a reservation, of an unknown kind, of all
 * addresses. */
static void names_that_make_no_sense_change_nothing(void **state)
{
    kinds kinds = {0};
    (void)state;
    pages.kinds = &kinds;
    name(1, 0, UINT64_MAX, HOSTMEM_TRACE_KIND_CODE);
    name(2, UINT64_MAX, UINT64_MAX, HOSTMEM_TRACE_KIND_CODE);
    allocate(3, 0, BASE, GRANULE, RESERVE | COMMIT, READWRITE);
    name(4, BASE + PAGE, GRANULE, HOSTMEM_TRACE_KIND_OBJECTS);
    name(5, BASE, 0, HOSTMEM_TRACE_KIND_OBJECTS); /* a heap's */
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_OTHER, GRANULE);
    name(6, BASE, UINT64_MAX, HOSTMEM_TRACE_KIND_OBJECTS); /* the reservation's own size counts */
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_OBJECTS, GRANULE);
    name(7, BASE, GRANULE, HOSTMEM_TRACE_KINDS);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_OTHER, GRANULE);
    name(8, BASE, GRANULE, UINT32_MAX);
    expect_kind(&kinds, HOSTMEM_TRACE_KIND_OTHER, GRANULE);
}

static void random_calls_leave_what_a_model_would_have(void **state)
{
    static uint8_t model[PAGES], owner[PAGES / 16]; /* state of each page; number of granules of the reservation
                                                     * that begins here */
    static uint8_t by[PAGES];                       /* origin of each committed page */
    (void)state;
    memset(model, 0, sizeof model);
    memset(owner, 0, sizeof owner);
    for (uint64_t step = 1; step <= 20000; step++) {
        uint32_t granule = draw(PAGES / 16), length = 1 + draw(4), page = draw(PAGES), count = 1 + draw(20);
        uint64_t sums[REPORT_STATES] = {0}, live[ORIGINS] = {0};
        if (page + count > PAGES)
            count = PAGES - page;
        switch (draw(6)) {
        case 0: { /* reserve, if it is free */
            bool is_free = granule + length <= PAGES / 16;
            for (uint32_t i = granule * 16; is_free && i < (granule + length) * 16; i++)
                is_free = model[i] == REPORT_FREE;
            if (is_free) {
                owner[granule] = (uint8_t)length;
                memset(model + granule * 16, REPORT_RESERVED, length * 16);
                allocate(step * 10, 0, BASE + granule * GRANULE, length * GRANULE, RESERVE, READWRITE);
            }
            break;
        }
        case 1:
            if (owner[granule]) {
                memset(model + granule * 16, REPORT_FREE, owner[granule] * 16u);
                owner[granule] = 0;
                free_pages(step * 10, BASE + granule * GRANULE, 0, RELEASE);
            }
            break;
        case 2:
        case 3: { /* commit, if all of it is reserved */
            uint32_t protect = draw(3) ? READWRITE : EXECUTE, i = page;
            while (i < page + count && model[i] != REPORT_FREE)
                i++;
            if (i == page + count) {
                origin = draw(ORIGINS);
                for (i = page; i < page + count; i++)
                    by[i] = model[i] >= REPORT_COMMIT ? by[i] : (uint8_t)origin;
                memset(model + page, protect == EXECUTE ? REPORT_EXECUTABLE : REPORT_COMMIT, count);
                allocate(step * 10, BASE + page * PAGE, BASE + page * PAGE, count * PAGE, COMMIT, protect);
            }
            break;
        }
        case 4:
            for (uint32_t i = page; i < page + count; i++)
                model[i] = model[i] >= REPORT_COMMIT ? REPORT_RESERVED : model[i];
            free_pages(step * 10, BASE + page * PAGE, count * PAGE, DECOMMIT);
            break;
        default:
            for (uint32_t i = page; i < page + count; i++)
                model[i] = model[i] >= REPORT_COMMIT ? REPORT_EXECUTABLE : model[i];
            tell(step * 10, (hostmem_trace_event){.what = HOSTMEM_TRACE_VIRTUAL_PROTECT,
                                                  .address = BASE + page * PAGE,
                                                  .size = count * PAGE,
                                                  .protect = EXECUTE});
            break;
        }
        for (uint32_t i = 0; i < PAGES; i++) {
            sums[model[i]] += PAGE;
            live[by[i]] += model[i] >= REPORT_COMMIT ? PAGE : 0;
        }
        for (int i = REPORT_RESERVED; i < REPORT_STATES; i++)
            assert_int_equal(pages.bytes[i], sums[i]);
        for (uint32_t i = 1; i < ORIGINS; i++)
            assert_int_equal(committed_bytes[i] - decommitted_bytes[i], live[i]);
        if (step % 500 == 0)
            check_rows();
    }
    assert_int_equal(pages.used < PAGES / 16 + 1, 1); /* entries of reservations are reused */
    assert_true(ended > 100);
}

static void regions_of_one_reservation_are_one(void **state)
{
    const hostmem_trace_region parts[] = {
        {.address = BASE, .size = 2 * PAGE, .allocation_address = BASE, .state = COMMIT, .protect = EXECUTE, .kind = 1},
        {.address = BASE + 2 * PAGE, .size = 14 * PAGE, .allocation_address = BASE, .state = RESERVE, .kind = 1},
        {.address = BASE + GRANULE, .size = GRANULE, .allocation_address = BASE + GRANULE, .state = RESERVE, .kind = 1},
        {.address = BASE + 9 * GRANULE,
         .size = PAGE,
         .allocation_address = BASE + 9 * GRANULE,
         .state = COMMIT,
         .kind = 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_true(report_pages_region(&pages, &parts[i]));
    assert_int_equal(report_pages_owner(&pages, BASE + GRANULE - 1)->size, GRANULE);
    assert_int_equal(report_pages_owner(&pages, BASE)->committed, 2 * PAGE);
    assert_int_equal(pages.bytes[REPORT_EXECUTABLE], 2 * PAGE);
    assert_int_equal(pages.bytes[REPORT_MAPPED], PAGE);
    free_pages(1, BASE, 0, RELEASE);
    assert_int_equal(pages.bytes[REPORT_RESERVED], GRANULE);
    tell(2, (hostmem_trace_event){.what = HOSTMEM_TRACE_RELEASED_ADDRESS_SPACE, .address = BASE + 9 * GRANULE});
    assert_int_equal(pages.bytes[REPORT_MAPPED], 0);
    assert_int_equal(ended, 2);
}

static void a_reservation_in_the_place_of_others_ends_them(void **state)
{
    (void)state;
    allocate(1, 0, BASE, GRANULE, RESERVE | COMMIT, READWRITE);
    allocate(2, 0, BASE + 2 * GRANULE, GRANULE, RESERVE, READWRITE);
    allocate(3, 0, BASE, 4 * GRANULE, RESERVE, READWRITE);
    assert_int_equal(ended, 2);
    assert_int_equal(pages.bytes[REPORT_RESERVED], 4 * GRANULE);
    assert_int_equal(report_pages_committed(&pages), 0);
    check_rows();
}

static void addresses_at_the_end_of_64_bits_do_no_harm(void **state)
{
    const uint64_t addresses[] = {0, 1, UINT64_MAX, UINT64_MAX - PAGE, 1ull << 63, (1ull << 63) - 1, 0x7fff00000000};
    const uint64_t sizes[] = {0, 1, PAGE, UINT64_MAX, 1ull << 63, 1ull << 40};
    (void)state;
    for (unsigned i = 0; i < 7 * 6 * 4; i++) {
        uint64_t address = addresses[i % 7], size = sizes[i / 7 % 6];
        allocate(i * 1000, i % 3 ? address : 0, address, size, RESERVE | COMMIT, i % 2 ? EXECUTE : READWRITE);
        free_pages(i * 1000 + 1, address, size, i % 5 ? DECOMMIT : RELEASE);
        assert_true(space->row_count <= REPORT_SPACE_ROWS);
    }
    report_space_end(space, UINT64_MAX);
    assert_true(space->columns.used <= REPORT_SPACE_COLUMNS);
}

static void cells_tell_what_a_chunk_was_like_at_its_fullest(void **state)
{
    (void)state;
    allocate(10, 0, BASE, 4 * GRANULE, RESERVE, READWRITE);
    allocate(20, BASE, BASE, GRANULE / 2, COMMIT, READWRITE);
    free_pages(20, BASE, PAGE, DECOMMIT);
    allocate(30, BASE, BASE, GRANULE, COMMIT, EXECUTE);
    free_pages(40, BASE, 0, RELEASE);
    report_space_end(space, 50);
    assert_int_equal(space->columns.width, 1);
    assert_int_equal(cell(BASE, 9), 0);
    assert_int_equal(cell(BASE, 15) / 8, REPORT_CELL_RESERVED);
    assert_int_equal(cell(BASE, 20), REPORT_CELL_COMMITTED * 8 + 3); /* half */
    assert_int_equal(cell(BASE, 30), REPORT_CELL_EXECUTABLE * 8 + 7);
    assert_int_equal(cell(BASE, 40) / 8, REPORT_CELL_EXECUTABLE); /* still, in a part of it */
    assert_int_equal(cell(BASE, 41) / 8, REPORT_CELL_FREED);
    assert_int_equal(cell(BASE, 50) / 8, REPORT_CELL_FREED);
    assert_int_equal(space->row_count, 1); /* a range that was only reserved has no row */
    assert_int_equal(space->listed_count, 1);
    assert_int_equal(space->listed[0].reservation.peak_committed, GRANULE);
}

static void columns_that_merge_keep_the_fuller_cell(void **state)
{
    (void)state;
    allocate(0, 0, BASE, GRANULE, RESERVE, READWRITE);
    for (uint64_t at = 0; at < 100000; at += 200) {
        allocate(at, BASE, BASE, GRANULE, COMMIT, READWRITE);
        free_pages(at + 1, BASE, 0, DECOMMIT);
    }
    report_space_end(space, 100000);
    assert_int_equal(space->columns.width, 256);
    for (uint32_t c = 0; c + 1 < space->columns.used; c++) /* each column includes at least one moment of it */
        assert_int_equal(cell(BASE, c), REPORT_CELL_COMMITTED * 8 + 7);
}

static void rows_that_are_too_many_become_larger_chunks(void **state)
{
    const uint64_t stride = 1ull << 32;
    (void)state;
    for (uint64_t i = 0; i < 5000; i++)
        allocate(i, 0, BASE + i * stride, 2 * GRANULE, RESERVE | COMMIT, READWRITE);
    assert_true(space->row_count <= REPORT_SPACE_ROWS && space->row_count > REPORT_SPACE_ROWS / 2);
    check_rows();
    for (uint64_t i = 0; i < 5000; i++)
        free_pages(5000 + i, BASE + i * stride, 0, RELEASE);
    check_rows();
    report_space_end(space, 10000);
    for (uint32_t r = 0; r < space->row_count; r++)
        assert_int_equal(space->rows[r]->now / 8, REPORT_CELL_FREED);
    assert_int_equal(space->listed_count, REPORT_SPACE_LISTED);
    assert_int_equal(space->ended, 5000);
}

static void chunks_that_merge_are_as_full_as_their_halves(void **state)
{
    (void)state;
    allocate(1, 0, BASE, 4 * GRANULE, RESERVE, READWRITE);
    allocate(1, BASE, BASE, 3 * GRANULE, COMMIT, READWRITE);
    allocate(5, 0, 1ull << 40, (uint64_t)GRANULE * REPORT_SPACE_ROWS, RESERVE | COMMIT, READWRITE);
    report_space_end(space, 9);
    assert_true(space->chunk_bytes >= 2 * GRANULE);
    assert_int_equal(cell(BASE, 3), REPORT_CELL_COMMITTED * 8 + (space->chunk_bytes == 2 * GRANULE ? 7 : 5));
    check_rows();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sizes_and_addresses_are_rounded_as_windows_does, begin, end),
        cmocka_unit_test_setup_teardown(what_fails_or_only_resets_changes_nothing, begin, end),
        cmocka_unit_test_setup_teardown(committed_pages_count_as_what_was_named, begin, end),
        cmocka_unit_test_setup_teardown(committed_pages_belong_to_the_call_that_committed_them, begin, end),
        cmocka_unit_test_setup_teardown(names_that_make_no_sense_change_nothing, begin, end),
        cmocka_unit_test_setup_teardown(random_calls_leave_what_a_model_would_have, begin, end),
        cmocka_unit_test_setup_teardown(regions_of_one_reservation_are_one, begin, end),
        cmocka_unit_test_setup_teardown(a_reservation_in_the_place_of_others_ends_them, begin, end),
        cmocka_unit_test_setup_teardown(addresses_at_the_end_of_64_bits_do_no_harm, begin, end),
        cmocka_unit_test_setup_teardown(cells_tell_what_a_chunk_was_like_at_its_fullest, begin, end),
        cmocka_unit_test_setup_teardown(columns_that_merge_keep_the_fuller_cell, begin, end),
        cmocka_unit_test_setup_teardown(rows_that_are_too_many_become_larger_chunks, begin, end),
        cmocka_unit_test_setup_teardown(chunks_that_merge_are_as_full_as_their_halves, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
