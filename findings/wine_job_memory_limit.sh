#!/usr/bin/env bash
# A job object can limit the memory that its processes commit, and a runtime reads that limit to learn what it may use. One
# would guess that under Wine either SetInformationJobObject fails or the limit holds, as its other limits do.
# In Wine 8.0 setting it succeeds and does nothing: a process with a limit of 100 MiB commits 300, and asked for the limits
# the job says that it has none. So a program that sets a limit and reads it back to be sure gets 0 for it.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: a job's limit bounds GetMemoryLoad and what a runtime is told (src/os/win32_system.c); tests of that are over
# the simulated system, and limits of the real one are made with prlimit.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >job.c <<'END'
#include <stdio.h>
#include <windows.h>

int main(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0}, read = {0};
    HANDLE job = CreateJobObjectW(NULL, NULL);
    BOOL in_job = FALSE;
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    limits.ProcessMemoryLimit = (SIZE_T)100 << 20;
    printf("set: %d\n", SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits));
    printf("assigned: %d, ", AssignProcessToJobObject(job, GetCurrentProcess()));
    IsProcessInJob(GetCurrentProcess(), job, &in_job);
    printf("in the job: %d\n", in_job);
    printf("300 MiB: %s\n", VirtualAlloc(NULL, (SIZE_T)300 << 20, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE)
                                ? "committed" : "refused");
    printf("read: %d, ", QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &read, sizeof read, NULL));
    printf("limited: %d, limit %d MiB\n", !!(read.BasicLimitInformation.LimitFlags & JOB_OBJECT_LIMIT_PROCESS_MEMORY),
           (int)(read.ProcessMemoryLimit >> 20));
    fflush(stdout);
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -D_WIN32_WINNT=0x0601 -o job.exe job.c
"$wine" job.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'set: 1' 'assigned: 1, in the job: 1' '300 MiB: committed' 'read: 1, limited: 0, limit 0 MiB' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
