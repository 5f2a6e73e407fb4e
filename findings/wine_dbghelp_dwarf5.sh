#!/usr/bin/env bash
# Wine's DbgHelp reads DWARF, so that its debugger can name functions of programs that MinGW-w64 built. One would guess
# that SymFromAddr and SymGetLineFromAddr64 name a function of a program that the same distribution's compiler built with -g.
# GCC 11 and later write DWARF 5 by default, and Wine 8.0 reads none of it: both functions fail with ERROR_FILE_NOT_FOUND,
# also for a name that stands in the image's symbol table. With -gdwarf-4 the function and its line are found.
# Seen with wine64 8.0~repack-4, GCC 12.2 and MinGW-w64 10.0 of Debian 12.
# For hostmem: `hostmem-trace --symbols` asks llvm-symbolizer, which reads DWARF 5, and DbgHelp on Windows only, where it
# reads PDB (examples/hostmem-trace/symbolizer_windows.c).
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >names.c <<'END'
#include <windows.h>
#include <dbghelp.h>
#include <stdio.h>

__attribute__((noinline)) int named(int number) { return number * 7 + 1; } /* line 5 */

int main(void)
{
    union { SYMBOL_INFO info; char room[sizeof(SYMBOL_INFO) + 256]; } symbol = {{sizeof(SYMBOL_INFO)}};
    IMAGEHLP_LINE64 line = {sizeof line};
    HANDLE process = GetCurrentProcess();
    volatile DWORD64 address = (DWORD64)named + 1;
    DWORD64 offset;
    DWORD column;
    volatile int used = named(3);
    symbol.info.MaxNameLen = 255;
    SymSetOptions(SYMOPT_LOAD_LINES);
    if (!used || !SymInitialize(process, NULL, TRUE))
        return 1;
    if (SymFromAddr(process, address, &offset, &symbol.info))
        printf("%s, ", symbol.info.Name);
    else
        printf("no name (%lu), ", GetLastError());
    if (SymGetLineFromAddr64(process, address, &column, &line))
        printf("line %lu\n", line.LineNumber);
    else
        printf("no line (%lu)\n", GetLastError());
    return 0;
}
END
# run OPTION: what the program says that is built so.
run() {
    x86_64-w64-mingw32-gcc "$1" -O1 -o names.exe names.c -ldbghelp
    printf '%s: %s\n' "$1" "$("$wine" names.exe 2>/dev/null | tr -d '\r')"
}
{ run -g; run -gdwarf-5; run -gdwarf-4; } | tee seen
x86_64-w64-mingw32-gcc -g -O1 -c names.c
x86_64-w64-mingw32-objdump --dwarf=info names.o | sed -n 's/^ *Version: */DWARF /p' | sort -u | tee -a seen
printf '%s\n' '-g: no name (2), no line (2)' '-gdwarf-5: no name (2), no line (2)' '-gdwarf-4: named, line 5' 'DWARF 5' |
    cmp - seen || { echo "FAILED: it has changed"; exit 1; }
