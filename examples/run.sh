#!/usr/bin/env bash
# From a fresh clone to a running CLR host: installs what is missing, builds the x64 examples and runs clrhost.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
. cmake/setup.sh
setup_examples
# The tests need more packages than the examples: do not build them if those are not installed.
tests=ON
[ -d build/deps/cmocka-x86_64-w64-mingw32 ] || tests=OFF
build_preset mingw-x64 examples/all -DHOSTMEM_BUILD_TESTS=$tests
start_wine

# --- Running it -----------------------------------------------------------------------------------------------------
clrhost=build/mingw-x64/examples/clrhost.exe
assembly=Trees.exe
stand_in=

# The exit code of clrhost when there is no CLR.
no_clr=3
status=0
cmake/wine.sh $clrhost $assembly Trees Run 6,1 >/dev/null 2>&1 || status=$?
if [ $status -eq $no_clr ]; then
    say "there is no CLR on this machine: clrhost runs against a stand-in, which makes the calls that a CLR makes"
    stand_in=--stand-in
else
    # The compiler comes with the .NET Framework.
    assembly=build/mingw-x64/examples/Trees.exe
    step "compiling the managed programs" cmake/wine.sh 'C:\windows\Microsoft.NET\Framework64\v4.0.30319\csc.exe' \
        /nologo "/out:$assembly" examples/clrhost/managed/Trees.cs
fi

# run argument...: shows the command and runs it.
run() {
    echo "\$ clrhost $*"
    cmake/wine.sh $clrhost "$@" || die "clrhost failed (exit code $?)"
    echo
}

# percent_of_peak percent: that part of the peak of the run in build/unlimited.txt, as a size.
percent_of_peak() {
    awk -v percent="$1" '
        BEGIN { kib["KiB"] = 1; kib["MiB"] = 1024; kib["GiB"] = 1024 * 1024 }
        /committed and heap/ { printf "%dK", $(NF - 1) * kib[$NF] * percent / 100 }' build/unlimited.txt
}

say "with all the memory it wants:"
run $stand_in $assembly Trees Run 16,4 | tr -d '\r' | tee build/unlimited.txt
say "with 60 % of that it is told in time that memory is low, collects garbage more often, and gets the same result:"
run --limit "$(percent_of_peak 60)" --trace build/report.trace $stand_in $assembly Trees Run 16,4
say "with 10 % threads catch an OutOfMemoryException, the process lives, and all memory comes back:"
run --limit "$(percent_of_peak 10)" $stand_in $assembly Trees Run 16,4

# --- A report of the run ---------------------------------------------------------------------------------------------
cmake/wine.sh build/mingw-x64/examples/hostmem-trace.exe report build/report.trace -o build/report.html ||
    die "hostmem-trace failed (exit code $?)"
say "the run with 60 %, as a page for your browser: $hostmem_root/build/report.html"
