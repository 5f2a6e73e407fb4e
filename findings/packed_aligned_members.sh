#!/usr/bin/env bash
# dbghelp.h packs the structs of minidumps to 4 bytes (pshpack4.h), and the one that a dump's callback gets for each thread
# has a CONTEXT in it, which is declared with an alignment of 16. One would guess that a header has one layout for Windows
# x64, whatever compiles it: the pragma is the same, and compilers for MinGW-w64 follow Microsoft's.
# GCC, and Clang for MinGW-w64, pack such a member, too: Context is at 12, and the struct has 1264 bytes. Clang for Visual C++
# keeps a declared alignment in packed structs, as Microsoft's compiler does, which built Windows' dbghelp.dll: 16 and 1280. A
# callback of a program that was built with MinGW-w64 then reads everything from Context on four bytes too early.
# Seen with MinGW-w64's GCC 12.2.0 and headers 10.0.0-3, and with clang-14 14.0.6 of Debian 12.
# For hostmem: no struct of its headers is packed, and the sizes of those in trace files are asserted for each compiler
# (tests/hostmem-trace/test_trace_format.c).
set -euo pipefail
dpkg -s gcc-mingw-w64-x86-64 clang-14 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc-mingw-w64-x86-64 clang-14 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' gcc-mingw-w64-x86-64 mingw-w64-common clang-14
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >header.c <<'END'
#include <stddef.h>
#include <windows.h>
#include <dbghelp.h>

char offset_of_context[offsetof(MINIDUMP_THREAD_CALLBACK, Context)];
char size_of_struct[sizeof(MINIDUMP_THREAD_CALLBACK)];
END
# The same shape without the header, which is for MinGW-w64 only.
cat >shape.c <<'END'
#include <stddef.h>

#ifdef _MSC_VER
#define ALIGNED(bytes) __declspec(align(bytes))
#else
#define ALIGNED(bytes) __attribute__((aligned(bytes)))
#endif
typedef struct ALIGNED(16) context {
    char bytes[1232];
} context;

#pragma pack(push, 4)
typedef struct thread_callback {
    unsigned id;
    void *thread;
    context context;
    unsigned size;
    unsigned long long stack_base, stack_end;
} thread_callback;
#pragma pack(pop)

char offset_of_context[offsetof(thread_callback, context)];
char size_of_struct[sizeof(thread_callback)];
END
# layout NAME COMPILER ARGUMENT...
layout() {
    local name=$1
    shift
    "$@" -fno-common -S -o layout.s
    awk -v name="$name" '/^offset_of_context:|^size_of_struct:/ { which = $1 } /\.(space|zero|skip)/ && which { at[which] = $2; which = "" }
        /^\t\.comm/ { print "unexpected"; exit 1 }
        END { print name ": Context at " at["offset_of_context:"] ", " at["size_of_struct:"] " bytes" }' layout.s
}
{
    layout "dbghelp.h, GCC" x86_64-w64-mingw32-gcc header.c
    layout "the shape, GCC" x86_64-w64-mingw32-gcc shape.c
    layout "the shape, Clang for MinGW-w64" clang-14 --target=x86_64-w64-mingw32 shape.c
    layout "the shape, Clang for Visual C++" clang-14 --target=x86_64-pc-windows-msvc -fms-extensions shape.c
} | tee seen
printf '%s\n' 'dbghelp.h, GCC: Context at 12, 1264 bytes' 'the shape, GCC: Context at 12, 1264 bytes' \
    'the shape, Clang for MinGW-w64: Context at 12, 1264 bytes' 'the shape, Clang for Visual C++: Context at 16, 1280 bytes' |
    cmp - seen || { echo "FAILED: it has changed"; exit 1; }
