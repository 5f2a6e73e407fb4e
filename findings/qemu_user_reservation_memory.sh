#!/usr/bin/env bash
# mmap with PROT_NONE reserves address space: Linux notes the range, and takes no memory for its pages, so runtimes reserve far more
# than they will use (.NET 256 GiB at its start). One would guess that under qemu's emulation of another processor it is as cheap.
# qemu 7.2 keeps 24 bytes for every page that is mapped, whatever its protection: 16 GiB that are only reserved take 96 MiB of
# real memory, and the time to fill them. munmap does not give them back.
# Seen with qemu-user-static 7.2.22 (Debian 12), which runs an x86-64 program here.
# For hostmem: the tests on ARM64 (tests/arm64.sh) run the suite and no runtime under emulation; a runtime's reservation would take
# 1.5 GiB there. The sparse arrays of the books reserve 2 MiB at a time, which takes 12 KiB.
set -euo pipefail
command -v gcc >/dev/null || apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install gcc libc6-dev >/dev/null
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
apt-get -q download qemu-user-static >/dev/null 2>&1 ||
    { apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null && apt-get -q download qemu-user-static >/dev/null 2>&1; }
dpkg -x qemu-user-static_*.deb tree
echo "qemu-user-static $(dpkg-deb -f qemu-user-static_*.deb Version)"
cat >reserve.c <<'C'
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define SIZE ((size_t)16 << 30)

static long resident_kib(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[300];
    long kib = 0;
    while (fgets(line, sizeof line, status))
        if (!strncmp(line, "VmRSS:", 6))
            sscanf(line + 6, "%ld", &kib);
    fclose(status);
    return kib;
}

int main(void)
{
    long before = resident_kib(), reserved;
    void *range = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED)
        return 1;
    reserved = resident_kib() - before;
    munmap(range, SIZE);
    printf("reserved: about %ld MiB more, unmapped: about %ld\n", (reserved + 8192) / 16384 * 16,
           (resident_kib() - before + 8192) / 16384 * 16);
    return 0;
}
C
gcc -O1 -static -o reserve reserve.c
echo "Linux: $(./reserve)" | tee seen
echo "qemu: $(tree/usr/bin/qemu-x86_64-static ./reserve)" | tee -a seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
Linux: reserved: about 0 MiB more, unmapped: about 0
qemu: reserved: about 96 MiB more, unmapped: about 96
O
