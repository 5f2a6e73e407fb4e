#!/usr/bin/env bash
# __sanitizer_install_malloc_and_free_hooks gives a program two functions that the sanitizers' allocator calls: one
# "immediately after allocation of size bytes, which returned ptr", one "immediately before deallocation of ptr". A test
# counts blocks with them. One would guess that the hooks see the same calls under each sanitizer: the header is one for
# all.
# The address sanitizer's see each block once when it comes and once when it goes. The thread sanitizer's see no block
# of aligned_alloc and posix_memalign come, but see it go, and they see requests come that have failed. The leak
# sanitizer's, without the address sanitizer, see nothing of realloc: they know a block by the size that it had first. A
# count of blocks or bytes is right under one sanitizer, and below zero or too high under another.
# Seen with GCC 12.2 (libasan8, libtsan2, liblsan0) of Debian 12.
# For hostmem: its tests count blocks by the library's own figures and by the simulated system's (tests/sim_os), and so
# hold for the presets native (address sanitizer) and native-tsan alike. Hooks must not take their place.
set -euo pipefail
command -v gcc >/dev/null ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc libc6-dev >/dev/null
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
dpkg-query -W -f '${Package} ${Version}\n' libasan8 libtsan2 liblsan0
cat >hooks.c <<'C'
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* As in sanitizer/allocator_interface.h. */
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t),
                                              void (*free_hook)(const volatile void *));

static size_t counts, came, went, bytes;

static void on_malloc(const volatile void *block, size_t size)
{
    (void)block;
    came += counts;
    bytes += counts * size;
}

static void on_free(const volatile void *block)
{
    (void)block;
    went += counts;
}

static void *volatile block;

static void show(const char *what)
{
    counts = 0;
    printf("%s +%zu -%zu, %zu bytes\n", what, came, went, bytes);
    came = went = bytes = 0;
    counts = 1;
}

int main(void)
{
    static char output[4096];
    void *aligned = NULL;
    setvbuf(stdout, output, _IOFBF, sizeof output);
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
    show("nothing:");
    block = malloc(100);
    free(block);
    show("malloc, free:");
    block = calloc(10, 10);
    free(block);
    show("calloc, free:");
    block = aligned_alloc(64, 128);
    free(block);
    show("aligned_alloc, free:");
    if (posix_memalign(&aligned, 64, 128))
        return 1;
    free(aligned);
    show("posix_memalign, free:");
    block = malloc(100);
    block = realloc(block, 100000);
    free(block);
    show("malloc, realloc, free:");
    block = malloc((size_t)1 << 46);
    show(block ? "64 TiB, granted:" : "64 TiB, refused:");
    return 0;
}
C
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=0 LSAN_OPTIONS=allocator_may_return_null=1:detect_leaks=0
export TSAN_OPTIONS=allocator_may_return_null=1
for sanitizer in address thread leak; do
    gcc -O0 -fsanitize=$sanitizer -o hooks hooks.c
    echo "-fsanitize=$sanitizer"
    ./hooks 2>/dev/null
done | tee seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
-fsanitize=address
nothing: +0 -0, 0 bytes
malloc, free: +1 -1, 100 bytes
calloc, free: +1 -1, 100 bytes
aligned_alloc, free: +1 -1, 128 bytes
posix_memalign, free: +1 -1, 128 bytes
malloc, realloc, free: +2 -2, 100100 bytes
64 TiB, refused: +0 -0, 0 bytes
-fsanitize=thread
nothing: +0 -0, 0 bytes
malloc, free: +1 -1, 100 bytes
calloc, free: +1 -1, 100 bytes
aligned_alloc, free: +0 -1, 0 bytes
posix_memalign, free: +0 -1, 0 bytes
malloc, realloc, free: +2 -2, 100100 bytes
64 TiB, refused: +1 -0, 70368744177664 bytes
-fsanitize=leak
nothing: +0 -0, 0 bytes
malloc, free: +1 -1, 100 bytes
calloc, free: +1 -1, 100 bytes
aligned_alloc, free: +1 -1, 128 bytes
posix_memalign, free: +1 -1, 128 bytes
malloc, realloc, free: +1 -1, 100 bytes
64 TiB, refused: +0 -0, 0 bytes
O
