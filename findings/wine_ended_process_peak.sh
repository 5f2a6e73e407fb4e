#!/usr/bin/env bash
# GetProcessMemoryInfo tells the most memory that a process had, PeakWorkingSetSize. A program that measures others
# starts one, waits for its end, and asks then, when the peak is final: the handle keeps the process's object, with its
# exit code. LLVM's ExecuteAndWait does it for clang -fproc-stat-report, and its test demands a peak above 0. One would
# guess that it gets the peak, or an error.
# Wine 8.0 reads /proc when it is asked. Once Linux has removed the process, which is some moment after the wait has
# ended, the call succeeds and tells zeros, for the peaks as well. Before that the peak is right.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: K32GetProcessMemoryInfo is asked for the calling process only (src/os/win32_system.c), and calls for
# other processes are passed on (src/coreclr/limit_functions.c), so whoever asks for an ended one gets these zeros. The
# most that was in use is in the manager's figures (peak_used_bytes), which a program has to write before it ends.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export TMPDIR=$work WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >peak.c <<'END'
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <psapi.h>

enum { BYTES = 64 << 20 };

/* Returns whether the peak is told. */
static BOOL show(const char *when, HANDLE process, BOOL only_zeros)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    DWORD code = 0;
    memset(&counters.PageFaultCount, 0x55, sizeof counters - offsetof(PROCESS_MEMORY_COUNTERS, PageFaultCount));
    if (!GetProcessMemoryInfo(process, &counters, sizeof counters)) {
        printf("%s: fails, error %lu\n", when, GetLastError());
        return FALSE;
    }
    if (counters.PeakWorkingSetSize >= BYTES && only_zeros)
        return TRUE;
    GetExitCodeProcess(process, &code);
    printf("%s: exit code %lu, ", when, code);
    if (counters.PeakWorkingSetSize >= BYTES)
        puts("the peak is 64 MiB or more");
    else
        printf("peaks %llu and %llu\n", (unsigned long long)counters.PeakWorkingSetSize,
               (unsigned long long)counters.PeakPagefileUsage);
    return counters.PeakWorkingSetSize >= BYTES;
}

static int use_memory(HANDLE ready, HANDLE go_on)
{
    volatile char *memory = malloc(BYTES);
    unsigned i;
    for (i = 0; i < BYTES; i += 4096)
        memory[i] = 1;
    SetEvent(ready);
    return (int)WaitForSingleObject(go_on, INFINITE) + 3;
}

int main(int argc, char **argv)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION child;
    HANDLE ready, go_on;
    char line[64];
    unsigned tries;
    if (argc == 3)
        return use_memory((HANDLE)(size_t)atoi(argv[1]), (HANDLE)(size_t)atoi(argv[2]));
    ready = CreateEventA(&inherited, TRUE, FALSE, NULL);
    go_on = CreateEventA(&inherited, TRUE, FALSE, NULL);
    snprintf(line, sizeof line, "peak.exe %d %d", (int)(size_t)ready, (int)(size_t)go_on);
    if (!CreateProcessA("peak.exe", line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &child))
        return 1;
    WaitForSingleObject(ready, INFINITE);
    show("running", child.hProcess, FALSE);
    SetEvent(go_on);
    WaitForSingleObject(child.hProcess, INFINITE);
    for (tries = 0; tries < 200 && show("ended", child.hProcess, TRUE); tries++)
        Sleep(50);
    if (tries == 200)
        puts("ended: the peak is told for 10 s");
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o peak.exe peak.c -lpsapi
"$wine" peak.exe 2>/dev/null | tr -d '\r' | tee seen
cmp - seen <<'END' || { echo "FAILED: it has changed"; exit 1; }
running: exit code 259, the peak is 64 MiB or more
ended: exit code 3, peaks 0 and 0
END
