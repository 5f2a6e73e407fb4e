#!/usr/bin/env bash
# mi_process_info of mimalloc has current_rss, peak_rss, current_commit and peak_commit, all of the process. One would guess that
# current_rss is the resident memory that the system tells, and that no current value is above its peak.
# On Linux, current_rss is what mimalloc has committed: 256 MiB that were never touched are in it, and of memory that mimalloc has
# not given it knows nothing. peak_rss is the system's. So the resident memory can be far above the peak of resident memory.
# Seen with libmimalloc2.0 2.0.9 (Debian 12).
# For hostmem: no figure of a report is taken from mimalloc; blocks are counted where they are requested.
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
cat >rss.c <<'C'
#include <mimalloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define SIZE ((size_t)256 << 20)

static void show(const char *when)
{
    size_t elapsed, user, system, rss, peak_rss, commit, peak_commit, faults;
    mi_process_info(&elapsed, &user, &system, &rss, &peak_rss, &commit, &peak_commit, &faults);
    printf("%s: rss %s than 200 MiB, its peak %s\n", when, rss < (SIZE / 256 * 200) ? "less" : "more",
           peak_rss < SIZE / 256 * 200 ? "less" : "more");
}

int main(void)
{
    void *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *block = mi_malloc(SIZE);
    if (memory == MAP_FAILED || !block)
        return 1;
    show("a block that is not touched");
    mi_free(block);
    memset(memory, 1, SIZE);
    show("touched memory of mmap");
    return 0;
}
C
gcc -O1 -o rss rss.c -I tree/usr/include -L tree/usr/lib/x86_64-linux-gnu -l:libmimalloc.so.2.0
LD_LIBRARY_PATH=tree/usr/lib/x86_64-linux-gnu ./rss | tee seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
a block that is not touched: rss more than 200 MiB, its peak less
touched memory of mmap: rss less than 200 MiB, its peak more
O
