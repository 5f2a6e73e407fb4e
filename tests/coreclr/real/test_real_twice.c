/* Two runtimes in one process. A runtime cannot be started again after its shutdown, but a copy of it can run beside
 * it, or after it. Governed, both happen as they do ungoverned, and one attachment counts the memory of both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "real.h"

static const char copy_folder[] = "copy";

/* HOST_E_INVALIDOPERATION */
static const char refused[] = "coreclr_initialize failed with 0x80131022";

static child start_twice(const char *how, const char *other)
{
    char line[4 * MAX_PATH];

    snprintf(line, sizeof(line), "%s \"%s\" \"%s\" \"%s/Workload.dll\" hello", how,
             real_variable("HOSTMEM_REAL_RUNTIME"), other, real_variable("HOSTMEM_REAL_PROGRAMS"));
    return real_beside_governed("twice", line);
}

static int hellos(const child *child)
{
    const char *at = child->output;
    int found = 0;

    while ((at = strstr(at, "hello from .NET")) != NULL && at < child->error) {
        found++;
        at++;
    }
    return found;
}

static void a_runtime_refuses_to_be_started_again(void **state)
{
    static const char *const ways[] = {"plain", "governed"};
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        child child = start_twice(ways[i], real_variable("HOSTMEM_REAL_RUNTIME"));

        real_expect(&child, 0);
        assert_int_equal(hellos(&child), 1);
        assert_non_null(strstr(child.error, "the first ran"));
        assert_non_null(strstr(child.error, "the second failed"));
        assert_non_null(strstr(child.error, refused));
        child_free(&child);
    }
}

static void a_copy_runs_after_it(void **state)
{
    static const char *const ways[] = {"plain", "governed"};
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        child child = start_twice(ways[i], copy_folder);

        real_expect(&child, 0);
        assert_int_equal(hellos(&child), 2);
        assert_non_null(strstr(child.error, "the second ran"));
        /* Each has its coreclr.dll and its clrjit.dll. */
        if (i)
            assert_non_null(strstr(child.error, "the second ran, 4 modules"));
        child_free(&child);
    }
}

/* Native modules are copied: a loader may take a second link to a file for the same module. */
static BOOL copy_or_link(const char *from, const char *to, const char *name)
{
    return (_strnicmp(name, "clr", 3) && _strnicmp(name, "coreclr", 7) && CreateHardLinkA(to, from, NULL)) ||
           CopyFileA(from, to, FALSE);
}

static void delete_files(void)
{
    char path[MAX_PATH];
    WIN32_FIND_DATAA found;
    HANDLE search;

    snprintf(path, sizeof(path), "%s/*", copy_folder);
    search = FindFirstFileA(path, &found);
    if (search == INVALID_HANDLE_VALUE)
        return;
    do {
        snprintf(path, sizeof(path), "%s/%s", copy_folder, found.cFileName);
        DeleteFileA(path);
    } while (FindNextFileA(search, &found));
    FindClose(search);
}

/* Files that a process had mapped may be in use for a moment after its end. */
static int remove_copy(void **state)
{
    int attempts = 1200;

    (void)state;
    while (delete_files(), !RemoveDirectoryA(copy_folder)) {
        if (GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND)
            return 0;
        if (!--attempts)
            return -1;
        Sleep(50);
    }
    return 0;
}

static int make_copy(void **state)
{
    char from[MAX_PATH], to[MAX_PATH];
    WIN32_FIND_DATAA found;
    HANDLE search;
    BOOL copied = TRUE;

    if (remove_copy(state) || !CreateDirectoryA(copy_folder, NULL)) /* that of a run that was ended */
        return -1;
    snprintf(from, sizeof(from), "%s/*", real_variable("HOSTMEM_REAL_RUNTIME"));
    search = FindFirstFileA(from, &found);
    if (search == INVALID_HANDLE_VALUE)
        return -1;
    do {
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        snprintf(from, sizeof(from), "%s/%s", real_variable("HOSTMEM_REAL_RUNTIME"), found.cFileName);
        snprintf(to, sizeof(to), "%s/%s", copy_folder, found.cFileName);
        copied = copy_or_link(from, to, found.cFileName) && copied;
    } while (FindNextFileA(search, &found));
    FindClose(search);
    return copied ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_runtime_refuses_to_be_started_again),
        cmocka_unit_test(a_copy_runs_after_it),
    };

    return cmocka_run_group_tests(tests, make_copy, remove_copy);
}
