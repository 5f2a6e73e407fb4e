#!/usr/bin/env bash
# malloc_trim(0) of glibc gives free memory back to the system. "Returns 1 if memory was actually released back to the
# system, or 0 if it was not possible to release any memory", says its page. So one would guess that a second call,
# right after the first, has nothing to release and returns 0, and that a program can call it until it returns 0.
# It returns 1 every time as long as there is one free block anywhere with a whole page in it: it advises the kernel of
# the same pages again, which were released before, and takes that for success. With memory that is free at the end of
# the heap only, it is as documented.
# Seen with libc6 2.36 (Debian 12).
# For hostmem: whether giving memory back has helped is read from figures, such as used_bytes of hostmem_get_stats, and
# no result of a call is taken for it. The library calls no function like this one; a host with parts on Linux must not
# loop on it.
set -euo pipefail
command -v gcc >/dev/null ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc libc6-dev >/dev/null
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
dpkg-query -W -f '${Package} ${Version}\n' libc6
cat >trim.c <<'C'
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCKS = 1000, SIZE = 65536 };

static char text[256];

/* Resident pages, read without allocating. */
static long resident(void)
{
    long all, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    setvbuf(file, text, _IOFBF, sizeof text);
    if (fscanf(file, "%ld %ld", &all, &pages) != 2)
        pages = 0;
    fclose(file);
    return pages;
}

static void trim(const char *when)
{
    long before = resident(), released;
    int result = malloc_trim(0);
    released = before - resident();
    printf("%s: returns %d, %s\n", when, result,
           released > 10000 ? "more than 10000 pages released" : released < 100 ? "fewer than 100" : "some");
}

int main(void)
{
    static void *blocks[BLOCKS];
    static char output[4096];
    setvbuf(stdout, output, _IOFBF, sizeof output);
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = memset(malloc(SIZE), 1, SIZE);
    for (int i = 0; i < BLOCKS - 1; i++)
        free(blocks[i]);
    trim("free below a block, first");
    trim("free below a block, second");
    trim("free below a block, third");
    free(blocks[BLOCKS - 1]);
    trim("all free, first");
    trim("all free, second");
    return 0;
}
C
gcc -O1 -fno-builtin-malloc -o trim trim.c
./trim | tee seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
free below a block, first: returns 1, more than 10000 pages released
free below a block, second: returns 1, fewer than 100
free below a block, third: returns 1, fewer than 100
all free, first: returns 1, fewer than 100
all free, second: returns 0, fewer than 100
O
