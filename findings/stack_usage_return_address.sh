#!/usr/bin/env bash
# -fstack-usage writes for each function how many bytes of stack it takes. Clang has the option from GCC, and writes the same file. A
# project adds the figures along the longest chain of calls, to see whether it fits a thread's stack. One would guess that the
# sum is what the chain takes, with both compilers: neither manual says that something is left out.
# GCC's figure of a function has the return address that its call pushes, so the sum is right. Clang's has not: on x64 it is 8 bytes
# short for each call, and for a leaf that uses no stack it is 0. Code and real use are the same with both.
# Seen with gcc 12.2.0-14, gcc-mingw-w64-x86-64 12.2.0-14+25.2 and clang-14 14.0.6 of Debian 12.
# For hostmem: the test stack_usage (tests/stack) adds GCC's figures along each chain of calls and compares the sum with 4 KiB. With
# Clang's it would have to add an address for each call.
set -euo pipefail
dpkg -s gcc gcc-mingw-w64-x86-64 clang-14 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc libc6-dev gcc-mingw-w64-x86-64 clang-14 >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' gcc-12 gcc-mingw-w64-x86-64 clang-14
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >chain.c <<'END'
void show(const char *at);

void leaf(void)
{
}

/* Calls itself: the distance of two frames is what one call takes. */
void chain(int calls)
{
    char text[64];
    show(text);
    if (calls)
        chain(calls - 1);
    show(text);
}
END
cat >main.c <<'END'
#include <stdio.h>

void chain(int calls);

static const char *first, *second;

void show(const char *at)
{
    if (!first)
        first = at;
    else if (!second)
        second = at;
}

int main(void)
{
    chain(1);
    printf("measured: %d\n", (int)(first - second));
    return 0;
}
END
figures() # COMMAND...
{
    "$@" -O1 -fno-optimize-sibling-calls -fstack-usage -c chain.c -o chain.o
    sed -E 's/^[^\t]*:([a-z]+)\t([0-9]+)\tstatic$/    \1 \2/' chain.su
}
{
    for compiler in gcc clang-14; do
        echo "$compiler, for Linux"
        figures $compiler
        gcc -O1 main.c chain.o -o main
        echo "    chain, $(./main)"
    done
    echo 'gcc, for Windows'
    figures x86_64-w64-mingw32-gcc
    echo 'clang-14, for Windows'
    figures clang-14 --target=x86_64-w64-windows-gnu
} | tee seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
gcc, for Linux
    leaf 8
    chain 80
    chain, measured: 80
clang-14, for Linux
    leaf 0
    chain 72
    chain, measured: 80
gcc, for Windows
    leaf 8
    chain 112
clang-14, for Windows
    leaf 0
    chain 104
O
