#!/usr/bin/env bash
# GetProcessTimes tells the processor time of the process whose handle it is given, "the time that each of the threads
# of the process has executed", summed, as Microsoft documents it. A program that measures another one starts it and
# asks for its times.
# Under Wine 8.0 it is the caller's own time, whatever process the handle is for. The call succeeds, and the figure
# looks right. GetThreadTimes of a thread of the other process tells that thread's time.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: the processor time that a trace costs whole programs is measured outside of Wine, by wait4
# (tests/bench/runtimes.py). A benchmark for Windows that starts programs and asks GetProcessTimes would compare its own
# time with its own time under Wine.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export TMPDIR=$work WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >times.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

typedef BOOL(WINAPI *times)(HANDLE, FILETIME *, FILETIME *, FILETIME *, FILETIME *);

/* In milliseconds. */
static long long processor_time(times get, HANDLE object)
{
    FILETIME created, ended, kernel, user;
    ULARGE_INTEGER k, u;
    if (!get(object, &created, &ended, &kernel, &user))
        return -1;
    k.LowPart = kernel.dwLowDateTime, k.HighPart = kernel.dwHighDateTime;
    u.LowPart = user.dwLowDateTime, u.HighPart = user.dwHighDateTime;
    return (long long)((k.QuadPart + u.QuadPart) / 10000);
}

static void show(const char *when, HANDLE process)
{
    long long before = processor_time(GetProcessTimes, GetCurrentProcess()),
              told = processor_time(GetProcessTimes, process),
              after = processor_time(GetProcessTimes, GetCurrentProcess());
    printf("%s: ", when);
    if (told >= 2000)
        puts("at least 2 s, its own time");
    else if (told >= before && told <= after)
        puts("less than 2 s, the caller's time");
    else
        printf("%lld ms, the caller has %lld to %lld ms\n", told, before, after);
}

static int work_for_two_seconds(HANDLE ready, HANDLE go_on)
{
    volatile unsigned i;
    while (processor_time(GetProcessTimes, GetCurrentProcess()) < 2000)
        for (i = 0; i < 10000000; i++)
            ;
    SetEvent(ready);
    return (int)WaitForSingleObject(go_on, INFINITE);
}

int main(int argc, char **argv)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION child;
    HANDLE ready, go_on;
    char line[64];
    if (argc == 3)
        return work_for_two_seconds((HANDLE)(size_t)atoi(argv[1]), (HANDLE)(size_t)atoi(argv[2]));
    ready = CreateEventA(&inherited, TRUE, FALSE, NULL);
    go_on = CreateEventA(&inherited, TRUE, FALSE, NULL);
    snprintf(line, sizeof line, "times.exe %d %d", (int)(size_t)ready, (int)(size_t)go_on);
    if (!CreateProcessA("times.exe", line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &child))
        return 1;
    WaitForSingleObject(ready, INFINITE);
    printf("its thread by GetThreadTimes: %s\n",
           processor_time(GetThreadTimes, child.hThread) >= 1500 ? "at least 1.5 s" : "less");
    show("process that has worked for 2 s", child.hProcess);
    SetEvent(go_on);
    WaitForSingleObject(child.hProcess, INFINITE);
    show("the same process, ended", child.hProcess);
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o times.exe times.c
"$wine" times.exe 2>/dev/null | tr -d '\r' | tee seen
cmp - seen <<'END' || { echo "FAILED: it has changed"; exit 1; }
its thread by GetThreadTimes: at least 1.5 s
process that has worked for 2 s: less than 2 s, the caller's time
the same process, ended: less than 2 s, the caller's time
END
