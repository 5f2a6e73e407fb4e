#!/usr/bin/env bash
# SetProcessMitigationPolicy takes a policy and its size in bytes. A policy of flags is one DWORD (that for DEP has a BOOLEAN
# beside it): Microsoft's documents show a union of Flags and of bit fields that make up 32 bits. One would guess that
# MinGW-w64's headers have them so.
# PROCESS_MITIGATION_DYNAMIC_CODE_POLICY, by which a process forbids itself new executable memory, has 8 bytes there: its bit
# fields have 33 bits, as one was added and the reserved ones were not made fewer. So sizeof is no size that the policy has.
# Of the other policies of flags in that header none has that fault.
# Seen with mingw-w64-common 10.0.0-3 and gcc-mingw-w64-x86-64 12.2.0 of Debian 12.
# For hostmem: a host that wants this policy sets it itself, before a runtime, which compiles. A policy's size is written as
# sizeof(DWORD) with these headers.
set -euo pipefail
dpkg -s gcc-mingw-w64-x86-64 mingw-w64-common >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc-mingw-w64-x86-64 mingw-w64-common >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' gcc-mingw-w64-x86-64 mingw-w64-common
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
header=$(dpkg -L mingw-w64-common | grep '/include/winnt\.h$' | head -n 1)
# Every policy that has Flags is an array of its size in a file that is compiled and not run.
{
    printf '#define _WIN32_WINNT 0x0A00\n#include <windows.h>\n'
    tr -d '\r' <"$header" | awk '
        /typedef struct _PROCESS_MITIGATION_[A-Z_]+_POLICY/ { name = $3; flags = 0 }
        /DWORD +Flags;/ { flags = 1 }
        /^ *} PROCESS_MITIGATION_/ { if (name && flags) { sub(/^_/, "", name); print "char size_of_" name "[sizeof(" name ")];" }; name = "" }'
} >sizes.c
x86_64-w64-mingw32-gcc -fno-common -S -o - sizes.c | awk '/^size_of_/ { name = $1; sub(/^size_of_/, "", name); sub(/:$/, "", name) }
    /^\t\.space/ && name { print name, $2; name = "" }' | sort >sizes
echo "$(wc -l <sizes) policies of flags; those but DEP's that are not 4 bytes:"
awk '$2 != 4 && $1 != "PROCESS_MITIGATION_DEP_POLICY"' sizes | tee seen
[ "$(cat seen)" = "PROCESS_MITIGATION_DYNAMIC_CODE_POLICY 8" ] && [ "$(wc -l <sizes)" -ge 8 ] ||
    { cat sizes; echo "FAILED: it has changed"; exit 1; }
