#!/usr/bin/env bash
# A program that follows a file that another one writes reads to the end, calls clearerr, and reads again. C says that
# clearerr clears the stream's end-of-file indicator, so the second read asks for what has been written since.
# In Wine 8.0's msvcrt the descriptor below the stream remembers the end as well, and clearerr leaves that: every read gets
# nothing, however much the file grows, until the descriptor is moved, if only by fseek(file, 0, SEEK_CUR).
# Seen with wine64 8.0~repack-4 and mingw-w64 10.0.0 of Debian 12. On Linux the read after clearerr gets the new bytes.
# For hostmem: hostmem-trace watch and report --follow call both, because a pipe cannot be moved.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 gcc >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 gcc libc6-dev >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >end.c <<'END'
#include <stdio.h>

static void append(const char *text)
{
    FILE *file = fopen("file", "ab");
    fputs(text, file);
    fclose(file);
}

static int bytes_read(FILE *file)
{
    char buffer[100];
    return (int)fread(buffer, 1, sizeof(buffer), file);
}

int main(void)
{
    FILE *file;
    remove("file");
    append("begin");
    file = fopen("file", "rb");
    printf("%d bytes, ", bytes_read(file));
    append("more");
    clearerr(file);
    printf("%d after clearerr, ", bytes_read(file));
    fseek(file, 0, SEEK_CUR);
    printf("%d after fseek\n", bytes_read(file));
    return 0;
}
END
gcc -o end end.c
x86_64-w64-mingw32-gcc -o end.exe end.c
{
    echo "Linux: $(./end)"
    echo "Wine: $("$wine" end.exe 2>/dev/null | tr -d '\r')"
} | tee seen
printf '%s\n' 'Linux: 5 bytes, 4 after clearerr, 0 after fseek' 'Wine: 5 bytes, 0 after clearerr, 4 after fseek' |
    cmp - seen || { echo "FAILED: it has changed"; exit 1; }
