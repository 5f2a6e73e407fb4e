#!/usr/bin/env bash
# From a fresh clone to a running CLR host: sets up what is missing, builds the x64 examples and runs clrhost.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
. cmake/setup.sh
setup_examples
# The tests need more set-up than the examples: leave them out where it has not been done.
tests=ON
[ -d build/deps/cmocka-x86_64-w64-mingw32 ] || tests=OFF
build_preset mingw-x64 examples/all -DHOSTMEM_BUILD_TESTS=$tests
start_wine

# --- Running it -----------------------------------------------------------------------------------------------------
clrhost() { cmake/wine.sh build/mingw-x64/examples/clrhost.exe "$@"; }

clrhost --stand-in
