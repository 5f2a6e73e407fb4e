#!/usr/bin/env bash
# A page of a view that was mapped for copying on write (FILE_MAP_COPY) has the protection PAGE_WRITECOPY. When it is written the
# process gets its own copy, and Windows documents that this page is then PAGE_READWRITE. So a walk with VirtualQuery tells the pages
# that are the process's own from those that are still the file's.
# In Wine 8.0 the page was copied, the file keeps its contents, and VirtualQuery still says PAGE_WRITECOPY for the whole view.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: a view for copying is counted as mapped whatever its pages say; copies are in no figure.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >copied.c <<'END'
#include <stdio.h>
#include <windows.h>

int main(void)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 65536, NULL);
    const char *shared = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    char *copied = MapViewOfFile(section, FILE_MAP_COPY, 0, 0, 0);
    MEMORY_BASIC_INFORMATION region;
    if (!shared || !copied)
        return 1;
    copied[0] = 1;
    VirtualQuery(copied, &region, sizeof region);
    printf("copied: %s\n", shared[0] == 0 && copied[0] == 1 ? "yes" : "no");
    printf("protection of the written page: %s\n", region.Protect == PAGE_WRITECOPY ? "PAGE_WRITECOPY" : "another");
    printf("pages that are told as one region: %d\n", (int)(region.RegionSize / 4096));
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o copied.exe copied.c
"$wine" copied.exe 2>/dev/null | tr -d '\r' | tee seen
printf '%s\n' 'copied: yes' 'protection of the written page: PAGE_WRITECOPY' 'pages that are told as one region: 16' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
