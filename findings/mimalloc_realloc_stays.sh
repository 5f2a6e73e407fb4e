#!/usr/bin/env bash
# mi_heap_realloc(heap, block, size) of mimalloc takes a heap as mi_heap_malloc does. One would guess that its result
# belongs to that heap, and lives until that heap is destroyed.
# If the new size fits, the block stays where it is, in the heap that it came from, and is destroyed with that one. Only
# a block that has to grow beyond its room, or shrinks below half of it, comes from the heap that was named.
# Seen with libmimalloc2.0 2.0.9 (Debian 12).
# For hostmem: a block is resized by allocating and freeing in one heap of the manager's, never by a function of the heaps
# below it (hmi_blocks_resize in src/coreclr/blocks.c), so that the heap that is named is the one that has the block.
set -euo pipefail
command -v gcc >/dev/null || apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc libc6-dev >/dev/null
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
apt-get -q download libmimalloc2.0 libmimalloc-dev >/dev/null 2>&1 ||
    { apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null && apt-get -q download libmimalloc2.0 libmimalloc-dev >/dev/null 2>&1; }
for package in ./*.deb; do dpkg -x "$package" tree; done
echo "libmimalloc2.0 $(dpkg-deb -f libmimalloc2.0_*.deb Version)"
cat >move.c <<'C'
#include <mimalloc.h>
#include <stdio.h>

static mi_heap_t *first, *second;

static void try_size(size_t size)
{
    void *block = mi_heap_realloc(second, mi_heap_malloc(first, 100), size);
    printf("100 to %d: %s\n", (int)size, mi_heap_check_owned(second, block)  ? "the heap that was named"
                                         : mi_heap_check_owned(first, block) ? "the heap that it came from"
                                                                            : "another heap");
}

int main(void)
{
    first = mi_heap_new();
    second = mi_heap_new();
    try_size(104);
    try_size(60);
    try_size(40);
    try_size(200);
    return 0;
}
C
gcc -O1 -o move move.c "-I$(dirname "$(find tree -name mimalloc.h)")" tree/usr/lib/x86_64-linux-gnu/libmimalloc.so.2.0
LD_LIBRARY_PATH=$PWD/tree/usr/lib/x86_64-linux-gnu ./move | tee seen
printf '%s\n' '100 to 104: the heap that it came from' '100 to 60: the heap that it came from' \
    '100 to 40: the heap that was named' '100 to 200: the heap that was named' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
