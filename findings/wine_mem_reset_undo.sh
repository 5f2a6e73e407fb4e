#!/usr/bin/env bash
# MEM_RESET_UNDO, a flag of VirtualAlloc since Windows 8, is 0x1000000 in Windows' winnt.h and in MinGW-w64's. One would
# guess that Wine's header, from which programs for Linux can take Windows' types, has the same number.
# It has 0x10000000, sixteen times as much. A program that is compiled with that header asks Windows for another flag,
# and an implementation of VirtualAlloc that is compiled with it does not know the flag of programs for Windows.
# Seen with libwine-dev 8.0 and mingw-w64-common 10.0.0 of Debian 12.
# For hostmem: its core is compiled for Linux with Wine's headers, so the simulated system and the tests have the number
# themselves. src/ does not name the flag.
set -euo pipefail
dpkg -s libwine-dev mingw-w64-common >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install libwine-dev mingw-w64-common >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' libwine-dev mingw-w64-common

# value_in package: what the package's winnt.h defines the flag as.
value_in() {
    local header
    header=$(dpkg -L "$1" | grep '/winnt\.h$' | head -n 1)
    awk '$1 == "#define" && $2 == "MEM_RESET_UNDO" { print $3 }' "$header"
}
wine=$(value_in libwine-dev)
mingw=$(value_in mingw-w64-common)
echo "Wine's header: $wine"
echo "MinGW's:       $mingw"
[ "$((wine))" -eq "$((0x10000000))" ] && [ "$((mingw))" -eq "$((0x1000000))" ] ||
    { echo "FAILED: it has changed"; exit 1; }
