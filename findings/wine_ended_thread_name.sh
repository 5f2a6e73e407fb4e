#!/usr/bin/env bash
# A thread has its name from SetThreadDescription, and whoever has a handle of it can ask for it with GetThreadDescription. The handle
# keeps the thread's object, with its times and exit code, after the thread has ended. One would guess that the name is still there.
# In Wine 8.0 the name goes with the thread: the call succeeds, and returns an empty string.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: a trace asks for the names of threads when they call and when it ends. An empty name of a thread that has ended would
# have taken the place of its name; it is not a name now (src/os/win32_stack.c, with a test).
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >name.c <<'END'
#include <stdio.h>
#include <windows.h>

/* MinGW-w64's headers do not have them. */
HRESULT WINAPI SetThreadDescription(HANDLE thread, PCWSTR name);
HRESULT WINAPI GetThreadDescription(HANDLE thread, PWSTR *name);

static DWORD WINAPI wait_for(void *event)
{
    return WaitForSingleObject(event, INFINITE) + 7;
}

static void show(const char *when, HANDLE thread)
{
    DWORD code = 0;
    PWSTR name = NULL;
    HRESULT hr = GetThreadDescription(thread, &name);
    GetExitCodeThread(thread, &code);
    printf("%s: %s, name \"%ls\", exit code %lu\n", when, SUCCEEDED(hr) ? "succeeds" : "fails", name ? name : L"", code);
    LocalFree(name);
}

int main(void)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL), thread = CreateThread(NULL, 0, wait_for, event, 0, NULL);
    SetThreadDescription(thread, L"worker");
    show("running", thread);
    SetEvent(event);
    WaitForSingleObject(thread, INFINITE);
    show("ended", thread);
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o name.exe name.c
"$wine" name.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'running: succeeds, name "worker", exit code 259' 'ended: succeeds, name "", exit code 7' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
