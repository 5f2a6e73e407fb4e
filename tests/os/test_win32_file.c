/* Files of the Win32 table, on Windows or Wine: what is replaced and what is not, and what other processes can do
 * with a file meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <windows.h>

#include <cmocka.h>
#include <string.h>

#include "os/os.h"

/* "wb ä.trace" in UTF-8 and in UTF-16. */
#define PATH "wb \xc3\xa4.trace"
static const WCHAR wide_path[] = L"wb \x00e4.trace";
static const WCHAR moved_path[] = L"wb moved.trace";

static hostmem_os *os;

static int remove_files(void **state)
{
    (void)state;
    DeleteFileW(wide_path);
    DeleteFileW(moved_path);
    return 0;
}

static HANDLE open_for(DWORD access, DWORD share)
{
    return CreateFileW(wide_path, access, share, NULL, OPEN_EXISTING, 0, NULL);
}

static void expect_content(const WCHAR *path, const char *expected)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    char content[100];
    DWORD length;
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_true(ReadFile(file, content, sizeof content, &length, NULL));
    CloseHandle(file);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(content, expected, length);
}

static void put(const char *content)
{
    HANDLE file = CreateFileW(wide_path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD written;
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_true(WriteFile(file, content, (DWORD)strlen(content), &written, NULL));
    CloseHandle(file);
}

static void *create(void)
{
    void *file = NULL;
    assert_int_equal(os->file_create(os, PATH, NULL, 0, &file), 0);
    return file;
}

static void write_text(void *file, const char *text)
{
    assert_int_equal(os->file_write(os, file, text, (UINT32)strlen(text)), 0);
}

static void files_are_made_anew_and_hold_what_is_written(void **state)
{
    int round;
    (void)state;
    for (round = 0; round < 2; round++) {
        void *file = create();
        write_text(file, "one, ");
        os->file_yield(os, file);
        os->file_yield(os, file);
        write_text(file, "two, ");
        write_text(file, "three");
        expect_content(wide_path, "one, two, three");
        os->file_yield(os, file);
        os->file_close(os, file);
        expect_content(wide_path, "one, two, three");
    }
}

static void what_begins_otherwise_is_left_alone(void **state)
{
    static const struct {
        const char *content;
        UINT32 error;
    } cases[] = {
        {"", 0},
        {"MAGIC", 0},
        {"MAGIC and more", 0},
        {"M", ERROR_FILE_EXISTS},
        {"MAGI", ERROR_FILE_EXISTS},
        {"magic", ERROR_FILE_EXISTS},
        {"precious", ERROR_FILE_EXISTS},
    };
    size_t i;
    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *file = NULL;
        put(cases[i].content);
        assert_int_equal(os->file_create(os, PATH, "MAGIC", 5, &file), cases[i].error);
        expect_content(wide_path, cases[i].error ? cases[i].content : "");
        if (!cases[i].error) {
            write_text(file, "new");
            os->file_close(os, file);
            expect_content(wide_path, "new");
        } else {
            assert_null(file);
            assert_true(DeleteFileW(wide_path)); /* nobody has it open */
        }
    }
    remove_files(NULL);
    {
        void *file = NULL;
        assert_int_equal(os->file_create(os, PATH, "MAGIC", 5, &file), 0);
        os->file_close(os, file);
    }
}

static void a_file_in_use_is_not_taken(void **state)
{
    void *file = create(), *other = NULL;
    int yielded;
    (void)state;
    write_text(file, "mine");
    for (yielded = 0; yielded < 2; yielded++) {
        assert_int_equal(os->file_create(os, PATH, NULL, 0, &other), ERROR_SHARING_VIOLATION);
        assert_int_equal(os->file_create(os, PATH, "mine", 4, &other), ERROR_SHARING_VIOLATION);
        assert_null(other);
        os->file_yield(os, file);
    }
    write_text(file, ", still");
    os->file_close(os, file);
    expect_content(wide_path, "mine, still");
    os->file_close(os, create());
}

/* Every sharing mode that lets others read. */
static void any_reader_can_open_it_between_writes(void **state)
{
    void *file = create();
    DWORD share;
    (void)state;
    write_text(file, "a");
    os->file_yield(os, file);
    for (share = 0; share <= (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE); share++) {
        HANDLE reader;
        if (!(share & FILE_SHARE_READ))
            continue;
        reader = open_for(GENERIC_READ, share);
        if (reader == INVALID_HANDLE_VALUE)
            fail_msg("sharing %lu: %lu", share, GetLastError());
        assert_int_equal(os->file_write(os, file, "b", 1), share & FILE_SHARE_WRITE ? 0 : ERROR_SHARING_VIOLATION);
        CloseHandle(reader);
        write_text(file, "c"); /* nothing from the refused writes */
        os->file_yield(os, file);
    }
    os->file_close(os, file);
    expect_content(wide_path, "acbccbc");
}

static void readers_that_share_writing_can_open_it_at_any_time(void **state)
{
    void *file = create();
    HANDLE reader;
    (void)state;
    write_text(file, "a");
    reader = open_for(GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE);
    assert_true(reader != INVALID_HANDLE_VALUE);
    write_text(file, "b");
    CloseHandle(reader);
    os->file_close(os, file);
    expect_content(wide_path, "ab");
}

static void it_can_be_renamed_and_goes_on(void **state)
{
    int yielded;
    (void)state;
    for (yielded = 0; yielded < 2; yielded++) {
        void *file = create();
        write_text(file, "before");
        if (yielded)
            os->file_yield(os, file);
        assert_true(MoveFileExW(wide_path, moved_path, MOVEFILE_REPLACE_EXISTING));
        write_text(file, ", after");
        os->file_yield(os, file);
        put("somebody else's"); /* under the old name */
        write_text(file, ", later");
        os->file_close(os, file);
        expect_content(moved_path, "before, after, later");
        expect_content(wide_path, "somebody else's");
    }
}

static void it_can_be_deleted(void **state)
{
    void *file = create();
    (void)state;
    write_text(file, "a");
    os->file_yield(os, file);
    assert_true(DeleteFileW(wide_path));
    os->file_write(os, file, "b", 1); /* either result is allowed */
    os->file_close(os, file);
    assert_int_equal(GetFileAttributesW(wide_path), INVALID_FILE_ATTRIBUTES);
}

static void files_that_cannot_be_made_say_why(void **state)
{
    void *file = NULL;
    (void)state;
    assert_int_equal(os->file_create(os, "no such folder\\file", NULL, 0, &file), ERROR_PATH_NOT_FOUND);
    assert_int_equal(os->file_create(os, "no such folder\\file", "M", 1, &file), ERROR_PATH_NOT_FOUND);
    assert_int_equal(os->file_create(os, "\xff", NULL, 0, &file), ERROR_NO_UNICODE_TRANSLATION);
    assert_int_equal(os->file_create(os, ".", NULL, 0, &file), ERROR_ACCESS_DENIED); /* a folder */
    assert_null(file);
}

/* A file that is not on a disk stays open for writing. */
static void a_pipe_gets_what_is_written(void **state)
{
    static const char name[] = "\\\\.\\pipe\\hostmem_test_win32_file";
    HANDLE pipe = CreateNamedPipeA(name, PIPE_ACCESS_INBOUND, PIPE_TYPE_BYTE | PIPE_WAIT, 1, 4096, 4096, 0, NULL);
    char content[20];
    DWORD length;
    void *file = NULL;
    (void)state;
    assert_true(pipe != INVALID_HANDLE_VALUE);
    assert_int_equal(os->file_create(os, name, NULL, 0, &file), 0);
    write_text(file, "one");
    os->file_yield(os, file);
    write_text(file, "two");
    assert_true(ReadFile(pipe, content, 6, &length, NULL));
    if (length < 6) {
        DWORD rest;
        assert_true(ReadFile(pipe, content + length, 6 - length, &rest, NULL));
    }
    assert_memory_equal(content, "onetwo", 6);
    os->file_close(os, file);
    CloseHandle(pipe);
}

/* ---- Environment variables and messages ---- */

static void variables_are_read_as_utf_8(void **state)
{
    char value[20] = "poison";
    (void)state;
    assert_true(SetEnvironmentVariableW(L"HOSTMEM_TEST_WORDS", L"J\x00f6rg \xd83d\xde00"));
    assert_int_equal(os->get_environment(os, "HOSTMEM_TEST_WORDS", value, sizeof value), 10);
    assert_string_equal(value, "J\xc3\xb6rg \xf0\x9f\x98\x80");
    assert_int_equal(os->get_environment(os, "HOSTMEM_TEST_WORDS", value, 10), 10); /* 11 bytes are needed */
    SetEnvironmentVariableW(L"HOSTMEM_TEST_WORDS", NULL);
    assert_int_equal(os->get_environment(os, "HOSTMEM_TEST_WORDS", value, sizeof value), 0);
}

static void the_operator_reads_what_he_is_told(void **state)
{
    HANDLE before = GetStdHandle(STD_ERROR_HANDLE), file;
    (void)state;
    file = CreateFileW(wide_path, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    SetStdHandle(STD_ERROR_HANDLE, file);
    os->tell_operator(os, "J\xc3\xb6rg.trace");
    SetStdHandle(STD_ERROR_HANDLE, NULL); /* as in a service: this message goes to the event log */
    os->tell_operator(os, "not here");
    SetStdHandle(STD_ERROR_HANDLE, before);
    CloseHandle(file);
    expect_content(wide_path, "J\xc3\xb6rg.trace\r\n");
}

#define with_files(test) cmocka_unit_test_teardown(test, remove_files)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_files(files_are_made_anew_and_hold_what_is_written),
        with_files(what_begins_otherwise_is_left_alone),
        with_files(a_file_in_use_is_not_taken),
        with_files(any_reader_can_open_it_between_writes),
        with_files(readers_that_share_writing_can_open_it_at_any_time),
        with_files(it_can_be_renamed_and_goes_on),
        with_files(it_can_be_deleted),
        with_files(files_that_cannot_be_made_say_why),
        cmocka_unit_test(a_pipe_gets_what_is_written),
        cmocka_unit_test(variables_are_read_as_utf_8),
        with_files(the_operator_reads_what_he_is_told),
    };
    os = hmi_os_win32();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
