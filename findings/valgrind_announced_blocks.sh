#!/usr/bin/env bash
# An allocator that takes its memory from mmap announces blocks to Valgrind by VALGRIND_MALLOCLIKE_BLOCK, and frees by
# VALGRIND_FREELIKE_BLOCK, macros of valgrind.h that every tool sees. One would guess that the tools that account for the heap
# all take such blocks for blocks.
# Memcheck and Massif do. DHAT, which says how blocks are used, knows only those of the functions that it replaces: of ten
# blocks of 1 MiB and one of 3 from malloc it counts one, and says nothing about the others.
# Seen with Valgrind 3.19.0 of Debian 12.
# For hostmem: its heaps announce nothing to Valgrind, whose tools do not run under Wine; where blocks come from and how long
# they live is in its traces, whatever allocator is below.
set -euo pipefail
dpkg -s valgrind gcc libc6-dev >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install valgrind gcc libc6-dev >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' valgrind
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pool.c <<'END'
#include <stdlib.h>
#include <sys/mman.h>
#include <valgrind/valgrind.h>

#define MIB ((size_t)1 << 20)

int main(void)
{
    char *pool = mmap(NULL, 20 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile char *block = malloc(3 * MIB);
    if (pool == MAP_FAILED || !block)
        return 1;
    *block = 1;
    for (size_t i = 0; i < 10; i++) {
        VALGRIND_MALLOCLIKE_BLOCK(pool + 2 * i * MIB, MIB, 0, 0);
        pool[2 * i * MIB] = 1;
    }
    for (size_t i = 0; i < 10; i++)
        VALGRIND_FREELIKE_BLOCK(pool + 2 * i * MIB, 0);
    free((void *)block);
    return 0;
}
END
gcc -g -O1 -o pool pool.c
{
    valgrind --tool=memcheck ./pool 2>&1 | sed -n 's/^==[0-9]*== *total heap usage: \(.*\) allocs, .*frees, \(.*\) bytes allocated/Memcheck: \1 blocks, \2 bytes/p'
    valgrind -q --tool=massif --massif-out-file=massif ./pool
    echo "Massif: $(sed -n 's/^mem_heap_B=//p' massif | sort -n | tail -n 1) bytes at the peak"
    valgrind --tool=dhat --dhat-out-file=dhat ./pool 2>&1 | sed -n 's/^==[0-9]*== Total: *\(.*\) bytes in \(.*\) blocks/DHAT: \2 blocks, \1 bytes/p'
} | tee seen
printf '%s\n' 'Memcheck: 11 blocks, 13,631,488 bytes' 'Massif: 13631488 bytes at the peak' 'DHAT: 1 blocks, 3,145,728 bytes' |
    cmp - seen || { echo "FAILED: it has changed"; exit 1; }
