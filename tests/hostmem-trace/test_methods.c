/* Methods from .nettrace files, which are made here byte by byte: whole ones, ones that are cut off, damaged ones, and
 * those of somebody who means harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "methods.h"

#define RUNTIME "Microsoft-Windows-DotNETRuntime"

typedef struct bytes {
    unsigned char at[4096];
    size_t count;
} bytes;

static void put(bytes *to, uint64_t value, unsigned width)
{
    assert_true(to->count + width <= sizeof(to->at));
    for (; width; width--, value >>= 8)
        to->at[to->count++] = (unsigned char)value;
}

static void put_wide(bytes *to, const char *text)
{
    do
        put(to, (unsigned char)*text, 2);
    while (*text++);
}

static void put_variable(bytes *to, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put(to, (value & 0x7f) | 0x80, 1);
    put(to, value, 1);
}

static void put_bytes(bytes *to, const void *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put(to, ((const unsigned char *)from)[i], 1);
}

/* ---- Objects of a file ---- */

static void begin_object(bytes *file, const char *type)
{
    put(file, 5, 1);
    put(file, 5, 1);
    put(file, 1, 1);
    put(file, 2, 4);
    put(file, 2, 4);
    put(file, strlen(type), 4);
    put_bytes(file, type, strlen(type));
    put(file, 6, 1);
}

static void put_block(bytes *file, const char *type, const bytes *content)
{
    begin_object(file, type);
    put(file, content->count, 4);
    while (file->count % 4)
        put(file, 0, 1);
    put_bytes(file, content->at, content->count);
    put(file, 6, 1);
}

static bytes begin_file(void)
{
    bytes file = {.count = 0};

    put_bytes(&file, "Nettrace\x14\0\0\0!FastSerialization.1", 32);
    begin_object(&file, "Trace");
    for (int i = 0; i < 48; i += 4)
        put(&file, 0, 4);
    put(&file, 6, 1);
    return file;
}

static bytes begin_events(void)
{
    bytes block = {.count = 0};

    put(&block, 20, 2);
    put(&block, 1, 2);
    put(&block, 0, 8);
    put(&block, 0, 8);
    return block;
}

static void describe(bytes *block, uint32_t id, const char *provider, uint32_t event)
{
    bytes payload = {.count = 0};

    put(&payload, id, 4);
    put_wide(&payload, provider);
    put(&payload, event, 4);
    put_wide(&payload, "");
    put(block, 0x86, 1); /* sequence, thread, payload size */
    put_variable(block, 0xffffffff);
    put_variable(block, 0);
    put_variable(block, 0xffffffff);
    put_variable(block, 300);
    put_variable(block, 123456789);
    put_variable(block, payload.count);
    put_bytes(block, payload.at, payload.count);
}

static bytes method_payload(uint64_t address, uint32_t size, const char *type, const char *name)
{
    bytes payload = {.count = 0};

    put(&payload, 1, 8);
    put(&payload, 2, 8);
    put(&payload, address, 8);
    put(&payload, size, 4);
    put(&payload, 0x6000001, 4);
    put(&payload, 0, 4);
    put_wide(&payload, type);
    put_wide(&payload, name);
    put_wide(&payload, "void  ()");
    return payload;
}

/* With the header that has everything. */
static void put_event(bytes *block, uint32_t id, const bytes *payload)
{
    put(block, 0xff, 1);
    put_variable(block, id);
    put_variable(block, 1);
    put_variable(block, 300);
    put_variable(block, 0);
    put_variable(block, 300);
    put_variable(block, 7);
    put_variable(block, 1000);
    for (int i = 0; i < 8; i++)
        put(block, 0, 4);
    put_variable(block, payload->count);
    put_bytes(block, payload->at, payload->count);
}

/* Like the event before: only the time. */
static void put_same_event(bytes *block, const bytes *payload)
{
    put(block, 0, 1);
    put_variable(block, 5);
    put_bytes(block, payload->at, payload->count);
}

/* Three methods; between them other events, another provider's, and blocks of other types. */
static bytes whole_file(void)
{
    bytes file = begin_file(), descriptions = begin_events(), events = begin_events(), stacks = {.count = 0};
    bytes first = method_payload(0x200000000, 0x40, "Program", "Main");
    bytes second = method_payload(0x200000040, 0x40, "Program", "Rest");
    bytes end = method_payload(0x300000000, 0x1000, "", "IL_STUB");

    describe(&descriptions, 1, RUNTIME, 143);
    describe(&descriptions, 2, RUNTIME, 187);
    describe(&descriptions, 3, RUNTIME "Rundown", 144);
    describe(&descriptions, 4, "Somebody-Else", 143);
    put_event(&events, 2, &first);
    put_event(&events, 1, &first);
    put_same_event(&events, &second);
    put_event(&events, 4, &first);
    put_event(&events, 3, &end);
    put(&stacks, 0x12345678, 4);
    put_block(&file, "MetadataBlock", &descriptions);
    put_block(&file, "StackBlock", &stacks);
    put_block(&file, "EventBlock", &events);
    put_block(&file, "SPBlock", &stacks);
    put(&file, 1, 1);
    return file;
}

/* ---- Reading ---- */

typedef struct found {
    unsigned count, most;
    char text[1024];
} found;

static bool add(void *context, uint64_t address, uint32_t size, const char *name)
{
    found *found = context;
    size_t length = strlen(found->text);

    snprintf(found->text + length, sizeof(found->text) - length, "%llx+%x %s;", (unsigned long long)address,
             (unsigned)size, name);
    found->count++;
    return !found->most || found->count < found->most;
}

static bool read_file(const unsigned char *content, size_t count, found *found, char problem[METHODS_PROBLEM])
{
    FILE *file = fopen("test_methods.nettrace", "w+b"); /* tmpfile fails where two programs use it at once */
    bool is_read;

    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, count, file), count);
    rewind(file);
    is_read = methods_read(file, add, found, problem);
    fclose(file);
    remove("test_methods.nettrace");
    return is_read;
}

#define METHODS "200000000+40 Program.Main;200000040+40 Program.Rest;300000000+1000 IL_STUB;"

static void methods_of_the_runtime_are_found(void **state)
{
    bytes file = whole_file();
    char problem[METHODS_PROBLEM];
    found found = {.count = 0};

    (void)state;
    assert_true(read_file(file.at, file.count, &found, problem));
    assert_string_equal(problem, "");
    assert_string_equal(found.text, METHODS);
}

static void a_reader_that_has_enough_ends_it(void **state)
{
    bytes file = whole_file();
    char problem[METHODS_PROBLEM];
    found found = {.most = 2};

    (void)state;
    assert_false(read_file(file.at, file.count, &found, problem));
    assert_string_equal(problem, "");
    assert_int_equal(found.count, 2);
}

/* A process that is ended leaves a file without its end. */
static void a_file_may_be_cut_off_anywhere(void **state)
{
    bytes file = whole_file();

    (void)state;
    for (size_t count = 32; count < file.count; count++) {
        char problem[METHODS_PROBLEM];
        found found = {.count = 0};
        assert_true(read_file(file.at, count, &found, problem));
        assert_int_equal(strncmp(METHODS, found.text, strlen(found.text)), 0);
    }
}

static void other_files_are_refused(void **state)
{
    bytes file = whole_file();
    char problem[METHODS_PROBLEM];
    found found = {.count = 0};

    (void)state;
    for (size_t count = 0; count < 32; count++) {
        assert_false(read_file(file.at, count, &found, problem));
        assert_string_equal(problem, "it is not a .nettrace file of version 4");
    }
    file.at[8]++;
    assert_false(read_file(file.at, file.count, &found, problem));
    assert_int_equal(found.count, 0);
}

/* Files are slow on Windows. */
#ifdef _WIN32
#define EVERY 16
#else
#define EVERY 1
#endif

/* Whatever a byte is: no crash, and a problem or an end. The sanitizers look for reads outside. */
static void any_byte_may_be_wrong(void **state)
{
    static const unsigned char others[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

    (void)state;
    for (size_t at = 32; at < whole_file().count; at += EVERY)
        for (size_t i = 0; i < sizeof(others); i++) {
            bytes file = whole_file();
            char problem[METHODS_PROBLEM];
            found found = {.count = 0};
            file.at[at] = others[i];
            if (!read_file(file.at, file.count, &found, problem))
                assert_non_null(strstr(problem, "damaged near byte"));
            assert_true(found.count <= 5);
        }
}

static void a_block_may_be_too_large(void **state)
{
    bytes file = begin_file();
    char problem[METHODS_PROBLEM];
    found found = {.count = 0};

    (void)state;
    begin_object(&file, "EventBlock");
    put(&file, 0xfffffff0, 4);
    put(&file, 0, 8);
    assert_false(read_file(file.at, file.count, &found, problem));
    assert_non_null(strstr(problem, "damaged near byte"));
}

static void read_one(const bytes *payload, found *found)
{
    bytes file = begin_file(), descriptions = begin_events(), events = begin_events();
    char problem[METHODS_PROBLEM];

    describe(&descriptions, 1, RUNTIME, 143);
    put_event(&events, 1, payload);
    put_block(&file, "MetadataBlock", &descriptions);
    put_block(&file, "EventBlock", &events);
    assert_true(read_file(file.at, file.count, found, problem));
}

static void names_are_valid_text(void **state)
{
    static const uint16_t type[] = {0xe9, 0x20ac, 0xd83d, 0xde00, 0};
    static const uint16_t name[] = {'a', 0xd800, 'b', 0xdc00, 7, 0};
    bytes payload = {.count = 0};
    found found = {.count = 0};

    (void)state;
    put(&payload, 0, 8);
    put(&payload, 0, 8);
    put(&payload, 0x1000, 8);
    put(&payload, 16, 4);
    put(&payload, 0, 8);
    for (size_t i = 0; i < sizeof(type) / sizeof(*type); i++)
        put(&payload, type[i], 2);
    for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++)
        put(&payload, name[i], 2);
    read_one(&payload, &found);
    assert_string_equal(found.text, "1000+10 \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80.a???b????;");
}

/* Of a name that is too long the end is kept. */
static void names_have_a_limit(void **state)
{
    char type[701];
    bytes payload;
    found found = {.count = 0};

    (void)state;
    memset(type, 't', 700);
    type[700] = 0;
    payload = method_payload(0x1000, 16, type, "Last");
    read_one(&payload, &found);
    assert_int_equal(strlen(found.text), strlen("1000+10 ;") + METHODS_NAME - 1);
    assert_non_null(strstr(found.text, "ttt.Last;"));
}

/* Without code, or without a name, it names nothing. */
static void what_says_nothing_is_left_out(void **state)
{
    bytes empty = method_payload(0x1000, 0, "Program", "Main"), nameless = method_payload(0x1000, 16, "", "");
    found found = {.count = 0};

    (void)state;
    read_one(&empty, &found);
    read_one(&nameless, &found);
    assert_int_equal(found.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_of_the_runtime_are_found),
        cmocka_unit_test(a_reader_that_has_enough_ends_it),
        cmocka_unit_test(a_file_may_be_cut_off_anywhere),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(any_byte_may_be_wrong),
        cmocka_unit_test(a_block_may_be_too_large),
        cmocka_unit_test(names_are_valid_text),
        cmocka_unit_test(names_have_a_limit),
        cmocka_unit_test(what_says_nothing_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
