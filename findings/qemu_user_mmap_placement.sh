#!/usr/bin/env bash
# MAP_FIXED_NOREPLACE maps at an address or fails with EEXIST, and MAP_32BIT maps below 2 GiB. One would guess that qemu,
# which runs the programs of one processor on another, passes both to Linux, which knows them.
# qemu 7.2 leaves both out. With the first, memory that is in use is not replaced, but instead of failing the call succeeds
# at another address; with the second it succeeds above 4 GiB. So a program that checks for MAP_FAILED only believes that it
# has the addresses that it wanted.
# Seen with qemu-user-static 7.2.22 (Debian 12), which runs an x86-64 program here.
# For hostmem: the simulated system of the tests on ARM64 reserves without a wanted address and aligns what it got
# (tests/support/sim_backing.c). A wanted address would have to be compared with the result.
set -euo pipefail
command -v gcc >/dev/null || apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc libc6-dev >/dev/null
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
apt-get -q download qemu-user-static >/dev/null 2>&1 ||
    { apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null && apt-get -q download qemu-user-static >/dev/null 2>&1; }
dpkg -x ./qemu-user-static_*.deb tree
qemu=tree/usr/bin/qemu-x86_64-static
$qemu --version | sed -n 1p
cat >place.c <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#define BYTES ((size_t)1 << 20)

static void *map(void *wanted, int flags)
{
    return mmap(wanted, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

int main(void)
{
    void *first = map(NULL, 0), *second = map(first, MAP_FIXED_NOREPLACE), *low = map(NULL, MAP_32BIT);
    if (second == MAP_FAILED)
        printf("used addresses: %s\n", errno == EEXIST ? "EEXIST" : "another error");
    else
        printf("used addresses: %s\n", second == first ? "replaced" : "elsewhere");
    printf("MAP_32BIT: %s\n", (uintptr_t)low >> 32 ? "above 4 GiB" : "below");
    return 0;
}
C
gcc -O1 -static place.c -o place
./place >linux
$qemu ./place >emulated
paste -d ';' linux emulated | sed 's/\(.*\): \(.*\);.*: \(.*\)/\1: Linux \2, qemu \3/' | tee seen
printf '%s\n' 'used addresses: Linux EEXIST, qemu elsewhere' 'MAP_32BIT: Linux below, qemu above 4 GiB' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
