#!/usr/bin/env bash
# A program asks glibc how much it has allocated, by mallinfo, mallinfo2 (since glibc 2.33, with wide enough fields) or malloc_info.
# It is started with another allocator in place of malloc (LD_PRELOAD). One would guess that the allocator
# answers these calls as well, since it replaces their malloc, or that a call whose allocator is not in use fails.
# glibc answers what is not replaced, of its own heap, which is empty: the calls succeed and say 0 bytes. jemalloc and mimalloc replace
# malloc_usable_size of malloc.h's questions and nothing else. tcmalloc replaces mallinfo, and not mallinfo2 and malloc_info: a
# program that was changed to the newer function, as the notes of glibc 2.33 advise, has figures of 0 from then on.
# Seen with libc6 2.36, libtcmalloc-minimal4 2.10, libjemalloc2 5.3.0 and libmimalloc2.0 2.0.9 of Debian 12.
# For hostmem: its figures come from its own books (src/books, src/memory/heap.c), so they are the same with HOSTMEM_MIMALLOC and
# without; nothing in it asks an allocator for sums.
set -euo pipefail
command -v gcc >/dev/null || apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc libc6-dev >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
packages='libtcmalloc-minimal4 libjemalloc2 libmimalloc2.0'
# shellcheck disable=SC2086
apt-get -q download $packages >/dev/null 2>&1 ||
    { apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null && apt-get -q download $packages >/dev/null 2>&1; }
for package in ./*.deb; do dpkg -x "$package" tree; done
dpkg-query -W -f '${Package} ${Version}\n' libc6
for package in $packages; do echo "$package $(dpkg-deb -f "$package"_*.deb Version)"; done
cat >ask.c <<'C'
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *of(size_t bytes)
{
    return bytes == 0 ? "0" : bytes >= 10000000 && bytes < 12000000 ? "10 MB" : "other";
}

/* What all arenas have from the system together. */
static size_t in_malloc_info(void)
{
    static char text[65536];
    char *at, *last = NULL;
    FILE *file = fmemopen(text, sizeof text, "w");
    if (malloc_info(0, file))
        return 1;
    fclose(file);
    for (at = text; (at = strstr(at, "<system type=\"current\" size=\"")) != NULL; at++)
        last = at;
    return last ? strtoul(last + 29, NULL, 10) : 1;
}

int main(void)
{
    static void *volatile blocks[100];
    static char output[1000];
    struct mallinfo2 wide;
    struct mallinfo narrow;
    for (int i = 0; i < 100; i++)
        blocks[i] = malloc(100000);
    wide = mallinfo2();
    narrow = mallinfo();
    snprintf(output, sizeof output, "mallinfo %s, mallinfo2 %s, malloc_info %s, malloc_usable_size of a block %s\n",
             of((unsigned)narrow.uordblks), of(wide.uordblks), of(in_malloc_info()),
             malloc_usable_size(blocks[0]) >= 100000 ? "right" : "wrong");
    return write(1, output, strlen(output)) < 0;
}
C
gcc -O1 -fno-builtin -Wno-deprecated-declarations -o ask ask.c
libraries=$PWD/tree/usr/lib/x86_64-linux-gnu
{
    echo "glibc: $(./ask)"
    for library in libtcmalloc_minimal.so.4 libjemalloc.so.2 libmimalloc.so.2.0; do
        echo "$library: $(LD_PRELOAD=$libraries/$library ./ask)"
    done
} | tee seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
glibc: mallinfo 10 MB, mallinfo2 10 MB, malloc_info 10 MB, malloc_usable_size of a block right
libtcmalloc_minimal.so.4: mallinfo 10 MB, mallinfo2 0, malloc_info 0, malloc_usable_size of a block right
libjemalloc.so.2: mallinfo 0, mallinfo2 0, malloc_info 0, malloc_usable_size of a block right
libmimalloc.so.2.0: mallinfo 0, mallinfo2 0, malloc_info 0, malloc_usable_size of a block right
O
