#!/usr/bin/env bash
# A program that handles its own page faults needs to know whether a fault was a read or a write. One would guess that
# qemu's user emulation of ARM64 says so as Linux does, by an ESR record in the signal frame. It leaves that record out,
# so that a program cannot tell, and Wine for ARM64 takes every fault for a read: memory with MEM_WRITE_WATCH ends in an
# access violation at the first write.
# Seen with qemu-user-static 7.2 (Debian 12), gcc-aarch64-linux-gnu 12.
# For hostmem: two of 77 conformance rules, write_watch and life_of_a_segment, cannot pass under emulation;
# tests/arm64.sh requires that the suite's correct manager fails in the same places.
set -euo pipefail
command -v qemu-aarch64-static aarch64-linux-gnu-gcc >/dev/null ||
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends \
        qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
qemu-aarch64-static --version | head -n 1
cat >"$work/faults.c" <<'END'
#define _GNU_SOURCE
#include <asm/sigcontext.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>

static char *page;
static volatile int records, esr;

static void handler(int number, siginfo_t *info, void *context)
{
    struct _aarch64_ctx *record = (void *)((ucontext_t *)context)->uc_mcontext.__reserved;
    (void)number;
    (void)info;
    for (; record->magic; record = (void *)((char *)record + record->size)) {
        records++;
        esr += record->magic == ESR_MAGIC;
    }
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(volatile char *)page = 1;
    printf("records in the frame: %s, of a fault's cause: %d\n", records ? "some" : "none", esr);
    return 0;
}
END
aarch64-linux-gnu-gcc -O1 -static -o "$work/faults" "$work/faults.c"
seen=$(qemu-aarch64-static "$work/faults")
echo "$seen"
[ "$seen" = "records in the frame: some, of a fault's cause: 0" ] || { echo "this has changed"; exit 1; }
