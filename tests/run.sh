#!/usr/bin/env bash
# From a fresh clone to the result of every test: installs what is missing, builds every preset that this system can
# run, and runs all their tests together. Arguments go to ctest: tests/run.sh -R heap, tests/run.sh -L storm
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
. cmake/setup.sh
. cmake/windows-sdk/setup.sh
setup_tests

# Clang's preset is only built, for its warnings; the other presets' tests are run.
tested="mingw-x64 mingw-x86 native native-tsan native-fuzz"
for preset in $tested mingw-x64-clang; do
    build_preset "$preset" all -DHOSTMEM_BUILD_TESTS=ON
done
# The tests of heaps again, on mimalloc.
build_preset mingw-x64-mimalloc hostmem_mimalloc_tests -DHOSTMEM_BUILD_TESTS=ON

# The same sources with Microsoft's SDK. Some x64 programs are run: the rest is only linked.
if setup_windows_sdk; then
    for preset in windows-sdk windows-sdk-x86 windows-sdk-arm64; do
        build_preset "$preset" all -DHOSTMEM_BUILD_TESTS=ON
    done
    tested="$tested windows-sdk"
fi

# One CTest over all presets, so that its last lines are the whole result.
for folder in $tested mingw-x64-mimalloc/tests/mimalloc; do
    echo "subdirs($folder)"
done >build/CTestTestfile.cmake
: >build/wineserver.log
start_wine
rm -f build/wine_lost_fs.log build/wine_lost_server.log
status=0
# One more than there are processors: some tests mostly wait. An hour is for tests that hang: how long a test takes
# on a slow or busy machine decides nothing.
ctest --test-dir build --output-on-failure --no-tests=error --timeout 3600 -j $(($(nproc) + 1)) "$@" </dev/null || status=$?
tests/not_run.sh build "$@"
if [ -e build/wine_lost_fs.log ]; then
    echo "hostmem: 32-bit Wine lost a thread's FS register, and the program went on or was started again: $(tr '\n' ' ' <build/wine_lost_fs.log)"
fi
if [ -e build/wine_lost_server.log ]; then
    echo "hostmem: Wine's server ended while these ran, and they were started again: $(tr '\n' ' ' <build/wine_lost_server.log)"
fi
# Not the objects that it lists when it is stopped.
if grep -aqv '^0x' build/wineserver.log; then
    echo "hostmem: Wine's server wrote: $(grep -av '^0x' build/wineserver.log | tail -n 5)"
fi
exit "$status"
