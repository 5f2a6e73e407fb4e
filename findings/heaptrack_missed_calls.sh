#!/usr/bin/env bash
# heaptrack records a program's heap: it replaces the functions of C's library that allocate, and has malloc, calloc, realloc,
# posix_memalign, aligned_alloc and valloc. One would guess that each way to allocate a mebibyte and lose it is a leak
# of one, and that a block that was given back is none.
# memalign and pvalloc are not replaced: memory that was allocated so is neither in the peak nor in the leaks. And
# realloc(block, 0), which glibc frees by, and which returns NULL, leaves the block among the leaks: heaptrack looks at results
# that are not NULL only.
# Seen with heaptrack 1.4.0 on glibc 2.36, of Debian 12.
# For hostmem: realloc and _recalloc of a governed block with size 0 free it and return NULL, as Windows' C runtime does, and
# the books and traces have it as freed (test functions).
set -euo pipefail
dpkg -s heaptrack gcc libc6-dev >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install heaptrack gcc libc6-dev >/dev/null
dpkg-query -W -f '${Package} ${Version}\n' heaptrack libc6
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >lose.c <<'END'
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define MIB ((size_t)1 << 20)

static void *volatile lost;

int main(int count, char **arguments)
{
    const char *way = count > 1 ? arguments[1] : "";
    if (!strcmp(way, "malloc"))
        lost = malloc(MIB);
    else if (!strcmp(way, "valloc"))
        lost = valloc(MIB);
    else if (!strcmp(way, "memalign"))
        lost = memalign(4096, MIB);
    else if (!strcmp(way, "pvalloc"))
        lost = pvalloc(MIB);
    else if (!strcmp(way, "malloc_free"))
        free(malloc(MIB));
    else if (!strcmp(way, "malloc_realloc_0"))
        lost = realloc(malloc(MIB), 0);
    return lost == NULL;
}
END
gcc -g -O1 -fno-builtin -w -o lose lose.c
for way in malloc valloc memalign pvalloc malloc_free malloc_realloc_0; do
    rm -f recorded.*
    heaptrack -o recorded ./lose $way >said 2>&1 || true
    echo "$way: leaked $(heaptrack_print -f recorded.* 2>/dev/null | sed -n 's/^total memory leaked: //p')"
done | tee seen
printf '%s\n' 'malloc: leaked 1.05M' 'valloc: leaked 1.05M' 'memalign: leaked 0B' 'pvalloc: leaked 0B' \
    'malloc_free: leaked 0B' 'malloc_realloc_0: leaked 1.05M' | cmp - seen || { echo "FAILED: it has changed"; exit 1; }
