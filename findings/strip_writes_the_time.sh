#!/usr/bin/env bash
# A DLL can be linked so that its bytes do not depend on the time: GNU ld has --no-insert-timestamp for Windows programs.
# One would guess that removing debug information keeps it so, or does with strip's option for deterministic output, -D.
# strip and objcopy write the present time into the header of what they copy, whatever it had before, with -D as well: that
# is for archives only. SOURCE_DATE_EPOCH gives another time, and -p keeps what was there, an option that the manual has for
# the times of the file itself. llvm-strip keeps it without one.
# Seen with GNU binutils 2.40 and LLVM 14.0.6 of Debian 12.
# For hostmem: neither its build nor its installation strips the DLL. The MSYS2 package is stripped by makepkg, which sets
# SOURCE_DATE_EPOCH.
set -euo pipefail
dpkg -s gcc-mingw-w64-x86-64 llvm-14 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc-mingw-w64-x86-64 llvm-14 >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
x86_64-w64-mingw32-strip --version | sed -n 1p
echo 'int answer(void) { return 42; }' >answer.c
x86_64-w64-mingw32-gcc -g -shared -Wl,--no-insert-timestamp answer.c -o answer.dll

# time_in FILE: the time in the header of the file, in seconds since 1970.
time_in() {
    local header
    header=$(od -An -tu4 -j60 -N4 "$1")
    od -An -tu4 -j$((header + 8)) -N4 "$1" | tr -d ' '
}
linked=$(time_in answer.dll)
before=$(date +%s) said=()
x86_64-w64-mingw32-strip answer.dll -o plain.dll
x86_64-w64-mingw32-strip -D answer.dll -o deterministic.dll
SOURCE_DATE_EPOCH=1000000000 x86_64-w64-mingw32-strip answer.dll -o epoch.dll
x86_64-w64-mingw32-objcopy answer.dll copied.dll
x86_64-w64-mingw32-strip -p answer.dll -o kept.dll
llvm-strip-14 answer.dll -o llvm.dll
for name in plain deterministic epoch copied kept llvm; do
    found=$(time_in $name.dll)
    [ "$found" -ge "$before" ] && said[${#said[@]}]="$name now" || said[${#said[@]}]="$name $found"
done
echo "linked with $linked; then: $(printf '%s, ' "${said[@]}" | sed 's/, $//')"
[ "$linked" = 0 ] &&
    [ "$(printf '%s,' "${said[@]}")" = "plain now,deterministic now,epoch 1000000000,copied now,kept 0,llvm 0," ] ||
    { echo "FAILED: it has changed"; exit 1; }
