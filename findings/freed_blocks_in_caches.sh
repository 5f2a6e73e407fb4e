#!/usr/bin/env bash
# Allocators tell how much the program has allocated: mallinfo2().uordblks of glibc ("The total number of bytes used by
# in-use allocations"), malloc_info of glibc (which its page recommends instead), stats.allocated of jemalloc ("Total
# number of bytes allocated by the application"), generic.current_allocated_bytes of tcmalloc ("Number of bytes
# currently allocated by application"). All keep some freed blocks in a cache for each thread. One would guess that such
# a block is free in the figures.
# For tcmalloc it is. In glibc's and jemalloc's it is in use: of 100 blocks, all freed, 7 count as in use in glibc and
# 20 in jemalloc. It is so for each small size and in each thread, and a test for leaks by these figures finds one.
# jemalloc has a call that empties the cache; glibc has none (malloc_trim does not), except to run with a cache of no
# blocks.
# Seen with libc6 2.36, libjemalloc2 5.3.0 and libtcmalloc-minimal4 2.10 (Debian 12).
# For hostmem: heap_bytes of hostmem_get_stats counts what was asked for and not freed (include/hostmem/hostmem.h),
# whatever heap is below, so a freed block is free at once. What a heap keeps in caches, as mimalloc does with
# HOSTMEM_MIMALLOC, is in none of its figures.
set -euo pipefail
command -v gcc >/dev/null ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc libc6-dev >/dev/null
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages='libjemalloc2 libjemalloc-dev libtcmalloc-minimal4 libgoogle-perftools-dev'
# shellcheck disable=SC2086
apt-get -q download $packages >/dev/null 2>&1 ||
    { apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null && apt-get -q download $packages >/dev/null 2>&1; }
for package in ./*.deb; do dpkg -x "$package" tree; done
dpkg-query -W -f '${Package} ${Version}\n' libc6
for package in libjemalloc2 libtcmalloc-minimal4; do echo "$package $(dpkg-deb -f "$package"_*.deb Version)"; done
cat >blocks.c <<'C'
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined JEMALLOC
#include <jemalloc/jemalloc.h>

static long in_use(void)
{
    size_t bytes = 0, size = sizeof bytes;
    unsigned long epoch = 1;
    mallctl("epoch", NULL, NULL, &epoch, sizeof epoch);
    mallctl("stats.allocated", &bytes, &size, NULL, 0);
    return (long)bytes;
}
#elif defined TCMALLOC
#include <gperftools/malloc_extension_c.h>

static long in_use(void)
{
    size_t bytes = 0;
    MallocExtension_GetNumericProperty("generic.current_allocated_bytes", &bytes);
    return (long)bytes;
}
#else
static long in_use(void)
{
    return (long)mallinfo2().uordblks;
}
#endif

/* The last such line is of all arenas together. */
static long free_in_malloc_info(void)
{
    static char text[65536];
    char *rest;
    long bytes = 0;
    FILE *file = fmemopen(text, sizeof text, "w");
    malloc_info(0, file);
    fclose(file);
    for (char *at = text; (rest = strstr(at, "<total type=\"rest\"")) != NULL; at = rest + 1)
        bytes = strtol(strstr(rest, "size=\"") + 6, NULL, 10);
    return bytes;
}

int main(void)
{
    static void *blocks[100];
    static char output[4096];
    long before, all, each, is_free;
    setvbuf(stdout, output, _IOFBF, sizeof output);
    free_in_malloc_info(); /* what is allocated once, is now */
    in_use();
    before = in_use();
    for (int i = 0; i < 100; i++)
        blocks[i] = malloc(1000);
    all = in_use() - before;
    each = all / 100;
    is_free = free_in_malloc_info();
    for (int i = 0; i < 100; i++)
        free(blocks[i]);
    printf("100 blocks of %ld bytes, freed; in use: %ld", each, (in_use() - before) / each);
#if defined JEMALLOC
    mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
    printf(", cache flushed: %s", in_use() - before < each ? "none" : "some");
#elif !defined TCMALLOC
    printf(", free in malloc_info: %ld", (free_in_malloc_info() - is_free + each / 2) / each);
    malloc_trim(0);
    printf(", in use after malloc_trim: %ld", (in_use() - before) / each);
#endif
    printf("\n");
    return is_free < 0;
}
C
libraries=tree/usr/lib/x86_64-linux-gnu
build=(gcc -O1 -fno-builtin-malloc -fno-builtin-free -I tree/usr/include blocks.c -L "$libraries")
"${build[@]}" -o glibc
"${build[@]}" -DJEMALLOC -o jemalloc -l:libjemalloc.so.2
"${build[@]}" -DTCMALLOC -o tcmalloc -l:libtcmalloc_minimal.so.4
export LD_LIBRARY_PATH=$libraries
{
    for allocator in glibc jemalloc tcmalloc; do echo "$allocator: $(./$allocator)"; done
    echo "no cache: $(GLIBC_TUNABLES=glibc.malloc.tcache_count=0 ./glibc)"
} | tee seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
glibc: 100 blocks of 1008 bytes, freed; in use: 7, free in malloc_info: 93, in use after malloc_trim: 7
jemalloc: 100 blocks of 1024 bytes, freed; in use: 20, cache flushed: none
tcmalloc: 100 blocks of 1024 bytes, freed; in use: 0
no cache: 100 blocks of 1008 bytes, freed; in use: 0, free in malloc_info: 100, in use after malloc_trim: 0
O
