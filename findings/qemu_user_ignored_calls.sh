#!/usr/bin/env bash
# madvise(MADV_DONTNEED) over a range with an unmapped page in it fails with ENOMEM, but only after it has taken the memory of
# all pages that are there; and setrlimit(RLIMIT_AS) bounds the address space. One would guess that under qemu's emulation of
# another processor both either work or fail.
# In qemu 7.2 both succeed and do nothing: the pages keep their contents, which a program that has seen 0 takes for zeroes,
# and getrlimit tells that there is no limit. Advice that does not exist succeeds as well.
# Seen with qemu-user-static 7.2.22 (Debian 12), which runs an x86-64 program here.
# For hostmem: the simulated system takes the memory of one mapping at a time (tests/support/sim_backing.c) and is told when
# to be out of memory, so its tests mean the same on ARM64 under qemu; a limit by ulimit -v would be none there.
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
cat >calls.c <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

int main(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct rlimit limit = {(rlim_t)1 << 30, (rlim_t)1 << 30}, told;
    memset(memory, 7, 4 * page);
    munmap(memory + 2 * page, page);
    printf("with a hole: %s", madvise(memory, 4 * page, MADV_DONTNEED) ? strerrorname_np(errno) : "success");
    printf(", contents %d %d\n", memory[0], memory[3 * page]);
    printf("advice 12345: %s\n", madvise(memory, page, 12345) ? strerrorname_np(errno) : "success");
    printf("RLIMIT_AS: %s", setrlimit(RLIMIT_AS, &limit) ? strerrorname_np(errno) : "success");
    getrlimit(RLIMIT_AS, &told);
    printf(", then %s\n", told.rlim_cur == limit.rlim_cur ? "that limit" : told.rlim_cur == RLIM_INFINITY ? "none" : "another");
    return 0;
}
C
gcc -O1 -static calls.c -o calls
./calls | sed 's/^/Linux: /' | tee seen
$qemu ./calls | sed 's/^/qemu: /' | tee -a seen
printf '%s\n' 'Linux: with a hole: ENOMEM, contents 0 0' 'Linux: advice 12345: EINVAL' \
    'Linux: RLIMIT_AS: success, then that limit' 'qemu: with a hole: success, contents 7 7' \
    'qemu: advice 12345: success' 'qemu: RLIMIT_AS: success, then none' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
