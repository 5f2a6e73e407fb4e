#!/usr/bin/env bash
# mi_good_size(size) of mimalloc is "a good allocation size": how much room a block of that size has, so that a growing
# buffer asks for all of it. One would guess that it is what mi_usable_size says of such a block.
# Up to 128 KiB it is. Above, it is the size rounded up to pages, and the block has up to twice as much room: of 512 KiB and one
# byte, 516 KiB are said to be good, and the block has 1 MiB. A program that allocates good sizes leaves half of such blocks unused.
# Seen with libmimalloc2.0 2.0.9 (Debian 12).
# For hostmem: with HOSTMEM_MIMALLOC a block is counted with the size that was asked for, and for blocks above 128 KiB mimalloc may
# take up to twice as much from the system: include/README.md says so.
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
cat >good.c <<'C'
#include <mimalloc.h>
#include <stdio.h>

int main(void)
{
    static const size_t sizes[] = {100000, 131072, 131073, 524288, 524289, 16777217};
    size_t size, others = 0;
    for (size = 1; size <= 131072; size++) {
        void *block = mi_malloc(size);
        others += mi_usable_size(block) != mi_good_size(size);
        mi_free(block);
    }
    printf("up to 128 KiB: %zu sizes differ\n", others);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        printf("%zu: good %zu, usable %zu\n", sizes[i], mi_good_size(sizes[i]), mi_usable_size(mi_malloc(sizes[i])));
    return 0;
}
C
gcc -O1 -o good good.c -I tree/usr/include -L tree/usr/lib/x86_64-linux-gnu -l:libmimalloc.so.2.0
LD_LIBRARY_PATH=tree/usr/lib/x86_64-linux-gnu ./good | tee seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
up to 128 KiB: 0 sizes differ
100000: good 114688, usable 114688
131072: good 131072, usable 131072
131073: good 135168, usable 196608
524288: good 524288, usable 524288
524289: good 528384, usable 1048576
16777217: good 16781312, usable 17825792
O
