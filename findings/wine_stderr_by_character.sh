#!/usr/bin/env bash
# stderr has no buffer, so what is written to it is there at once. fputs of one line is one WriteFile for Windows' C runtime, which
# lends the stream a buffer for the time of the call, as others do. One would guess one write under Wine, too.
# msvcrt.dll of Wine 8.0 makes one write of it to a file or a pipe. To a console or NUL, which is what a benchmark sends it to, it
# writes each character by itself, for fwrite as well, and each takes a request to Wine's server besides. After setvbuf, even with
# no buffer at all (_IONBF), it is one write there, too.
# Seen with wine64 8.0~repack-4 and MinGW-w64 10.0 of Debian 12.
# For hostmem: the examples write their table through a buffer; a governed program whose output a benchmark discarded seemed to cost
# twice what it did.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 strace >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 strace >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >said.c <<'END'
#include <stdio.h>

#define LINE "##################################################" "##################################################"

int main(int count, char **arguments)
{
    if (count > 1 && arguments[1][0] == 'n')
        setvbuf(stderr, NULL, _IONBF, 0);
    if (count > 1 && arguments[1][0] == 'f')
        fwrite(LINE, 1, sizeof LINE - 1, stderr);
    else
        fputs(LINE, stderr);
    return 0;
}
END
x86_64-w64-mingw32-gcc -O1 -o said.exe said.c
"$wine" said.exe 2>/dev/null >/dev/null # so that the server runs
writes() { strace -f -qq -e trace=write -e signal=none -o trace "$wine" said.exe $2 2>"$1" && grep -c '"#' trace; }
{
    echo "to a file: fputs $(writes text ''), fwrite $(writes text f)"
    echo "to NUL: fputs $(writes /dev/null ''), fwrite $(writes /dev/null f), after setvbuf with _IONBF $(writes /dev/null n)"
} | tee seen
printf '%s\n' 'to a file: fputs 1, fwrite 1' 'to NUL: fputs 100, fwrite 100, after setvbuf with _IONBF 1' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
