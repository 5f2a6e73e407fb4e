/* The standard streams are files, so that a child that hangs, or leaves processes of its own behind, does not block
 * the test. See child.h. */
#include "child.h"

#include "../../support/start_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An empty file that is deleted when it is closed, and that a child can inherit. */
static HANDLE make_file(void)
{
    SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};
    char folder[MAX_PATH], path[MAX_PATH];
    HANDLE file = INVALID_HANDLE_VALUE;

    if (GetTempPathA(sizeof(folder), folder) && GetTempFileNameA(folder, "hm", 0, path))
        file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                           &inherited, CREATE_ALWAYS, FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        fprintf(stderr, "child: cannot make a file (error %lu)\n", GetLastError());
        abort();
    }
    return file;
}

/* Appends the content of a file to text, which has `used` bytes. Returns the new number of bytes. */
static size_t add_content(HANDLE file, char **text, size_t used)
{
    DWORD size = GetFileSize(file, NULL), got = 0;
    char *bytes = realloc(*text, used + size + 1);
    const char *from;

    if (!bytes || SetFilePointer(file, 0, NULL, FILE_BEGIN) ||
        (size && !ReadFile(file, bytes + used, size, &got, NULL)))
        abort();
    *text = bytes;
    for (from = bytes + used; got--; from++)
        if (*from != '\r')
            bytes[used++] = *from;
    bytes[used] = 0;
    return used;
}

child child_run(const char *command_line, const char *input, unsigned seconds)
{
    HANDLE files[3] = {make_file(), make_file(), make_file()};
    STARTUPINFOA startup = {.cb = sizeof(startup),
                            .dwFlags = STARTF_USESTDHANDLES,
                            .hStdInput = files[0],
                            .hStdOutput = files[1],
                            .hStdError = files[2]};
    PROCESS_INFORMATION process;
    child child = {0};
    char *line = _strdup(command_line);
    DWORD written;
    size_t used;
    int i;

    if (input && (!WriteFile(files[0], input, (DWORD)strlen(input), &written, NULL) ||
                  SetFilePointer(files[0], 0, NULL, FILE_BEGIN)))
        abort();
    if (!start_process(NULL, line, &startup, &process)) {
        fprintf(stderr, "child: cannot start %s (error %lu)\n", command_line, GetLastError());
        abort();
    }
    child.hung = WaitForSingleObject(process.hProcess, seconds * 1000) != WAIT_OBJECT_0;
    if (child.hung) {
        TerminateProcess(process.hProcess, 1);
        WaitForSingleObject(process.hProcess, 10000);
    }
    GetExitCodeProcess(process.hProcess, &child.exit_code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    used = add_content(files[1], &child.output, 0);
    add_content(files[2], &child.output, used);
    child.error = child.output + used;
    for (i = 0; i < 3; i++)
        CloseHandle(files[i]);
    free(line);
    return child;
}

void child_free(child *child)
{
    free(child->output);
    memset(child, 0, sizeof(*child));
}
