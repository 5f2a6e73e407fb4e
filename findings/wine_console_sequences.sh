#!/usr/bin/env bash
# Whether a console of Windows interprets escape sequences is found out by asking for it: SetConsoleMode fails with
# ENABLE_VIRTUAL_TERMINAL_PROCESSING where it does not (before Windows 10). So guess: success means that they are interpreted.
# Wine 8.0 sets the mode, returns it from GetConsoleMode, and puts the sequences into the screen as characters.
# Seen with wine64 8.0~repack-4 and mingw-w64 10.0.0 of Debian 12, in a terminal; the screen is read back from the console.
# For hostmem: hostmem-trace watch uses a screen buffer of the console, not sequences, which works before Windows 10, too.
set -euo pipefail
dpkg -s wine64 gcc-mingw-w64-x86-64 bsdutils >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 gcc-mingw-w64-x86-64 bsdutils >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' wine64 gcc-mingw-w64-x86-64
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' TERM=xterm
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >console.c <<'END'
#include <stdio.h>
#include <windows.h>

int main(void)
{
    static const char text[] = "\x1b[1;5Hhere"; /* in the first row, from the fifth column on */
    HANDLE console = CreateFileA("CONOUT$", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                 OPEN_EXISTING, 0, NULL);
    HANDLE screen = CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE, 0, NULL, CONSOLE_TEXTMODE_BUFFER, NULL);
    FILE *out = fopen("seen", "w");
    DWORD mode = 0, count = 0, set;
    char row[13] = "";
    int i;

    GetConsoleMode(screen, &mode);
    set = SetConsoleMode(screen, mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
    GetConsoleMode(screen, &mode);
    WriteConsoleA(screen, text, sizeof text - 1, &count, NULL);
    ReadConsoleOutputCharacterA(screen, row, 12, (COORD){0, 0}, &count);
    for (i = 0; i < 12; i++)
        if (row[i] < ' ')
            row[i] = '^';
    fprintf(out, "console: %s, set: %s, mode: %s, row: \"%s\"\n", console != INVALID_HANDLE_VALUE ? "yes" : "no",
            set ? "yes" : "no", mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING ? "yes" : "no", row);
    return fclose(out);
}
END
x86_64-w64-mingw32-gcc -o console.exe console.c
script -qec "'$wine' console.exe" /dev/null </dev/null >/dev/null 2>&1
tr -d '\r' <seen
[ "$(tr -d '\r' <seen)" = 'console: yes, set: yes, mode: yes, row: "^[1;5Hhere  "' ] || { echo "FAILED: it has changed"; exit 1; }
