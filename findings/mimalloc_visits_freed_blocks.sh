#!/usr/bin/env bash
# mi_heap_visit_blocks calls a function for each block in use in a heap of mimalloc, as for a list of leaks. One would
# guess that a block that has been freed is not visited any more, whoever freed it.
# Blocks that another thread has freed are visited as long as the heap's owner has not collected them: of a thousand about
# twenty here. After mi_heap_collect with force they are gone from the list. (mi_heap_visit_blocks has no remark on that.)
# mi_heap_check_owned says of them, too, that the heap owns them.
# Seen with libmimalloc2.0 2.0.9 (Debian 12).
# For hostmem: lists of live blocks come from what hostmem itself has recorded, on mimalloc, too; of mimalloc only mi_malloc
# and mi_free are called (src/memory/heap_mimalloc.c).
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
cat >visit.c <<'C'
#include <mimalloc.h>
#include <pthread.h>
#include <stdio.h>

#define BLOCKS 1000

static void *blocks[BLOCKS];

static void *free_all(void *unused)
{
    int i;
    for (i = 0; i < BLOCKS; i++)
        mi_free(blocks[i]);
    return unused;
}

static bool count(const mi_heap_t *heap, const mi_heap_area_t *area, void *block, size_t size, void *number)
{
    (void)heap, (void)area, (void)size;
    *(int *)number += block != NULL; /* NULL: an area begins */
    return true;
}

static int visit(mi_heap_t *heap)
{
    int number = 0;
    mi_heap_visit_blocks(heap, true, count, &number); /* false if there is nothing to visit */
    return number;
}

int main(void)
{
    mi_heap_t *heap = mi_heap_new();
    pthread_t thread;
    int i, before, freed;
    for (i = 0; i < BLOCKS; i++)
        blocks[i] = mi_heap_malloc(heap, 1000);
    before = visit(heap);
    if (pthread_create(&thread, NULL, free_all, NULL) || pthread_join(thread, NULL))
        return 1;
    freed = visit(heap);
    mi_heap_collect(heap, true);
    printf("%d %d %d\n", before, freed, visit(heap));
    return 0;
}
C
gcc -O1 -o visit visit.c "-I$(dirname "$(find tree -name mimalloc.h)")" tree/usr/lib/x86_64-linux-gnu/libmimalloc.so.2.0 -lpthread
read -r before freed collected < <(LD_LIBRARY_PATH=$PWD/tree/usr/lib/x86_64-linux-gnu ./visit)
echo "visited: $before allocated, $freed after all were freed by another thread, $collected after a forced collection"
[ "$before" -eq 1000 ] && [ "$freed" -gt 0 ] && [ "$collected" -eq 0 ] || { echo "FAILED: it has changed"; exit 1; }
