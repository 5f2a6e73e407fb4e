#!/usr/bin/env bash
# GCC's -fcallgraph-info writes a file beside the object, as -MD and -fstack-usage do, and ccache handles those. One
# would guess that it keeps this file with the object, or does not cache a compilation if it cannot keep all of its
# files.
# It does neither: on a hit the object is restored and the .ci file is not, without a message. -fstack-usage's file is
# restored.
# Seen with ccache 4.7.5 and GCC 12.2 of Debian 12.
# For hostmem: the test of stack use (tests/stack) reads .ci files, so its target is compiled without a launcher; with
# one, a second build folder has the files of some sources only.
set -euo pipefail
command -v ccache >/dev/null && command -v gcc >/dev/null ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install ccache gcc libc6-dev >/dev/null
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export CCACHE_DIR=$folder/cache
cd "$folder"
echo 'int f(int x) { return x + 1; }' >f.c
ccache --version | head -n 1
gcc --version | head -n 1

# compile: prints which files a compilation through ccache leaves.
compile() {
    rm -f f.o f.ci f.su
    ccache gcc -O2 -fcallgraph-info=su -fstack-usage -c f.c -o f.o
    echo f.*
}
first=$(compile)
second=$(compile)
hits=$(ccache --print-stats | awk '/^(direct|preprocessed)_cache_hit/ { hits += $2 } END { print hits }')
echo "a miss leaves: $first"
echo "a hit leaves:  $second ($hits hit)"
[ "$first" = "f.c f.ci f.o f.su" ] && [ "$second" = "f.c f.o f.su" ] && [ "$hits" -eq 1 ] ||
    { echo "FAILED: it has changed"; exit 1; }
