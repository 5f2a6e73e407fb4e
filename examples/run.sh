#!/usr/bin/env bash
# From a fresh clone to a running host: installs what is missing, builds the x64 examples and runs a managed program on
# a .NET runtime in corehost; without dotnet, clrhost against a stand-in.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
. cmake/setup.sh
setup_examples
# The tests need more packages than the examples: do not build them if those are not installed.
tests=ON
[ -d build/deps/cmocka-x86_64-w64-mingw32 ] || tests=OFF
build_preset mingw-x64 examples/all -DHOSTMEM_BUILD_TESTS=$tests
start_wine

# percent_of_peak percent [least]: that part of the peak of the run in build/unlimited.txt, as a size; least, in KiB.
percent_of_peak() {
    awk -v percent="$1" -v least="${2:-0}" '
        BEGIN { kib["KiB"] = 1; kib["MiB"] = 1024; kib["GiB"] = 1024 * 1024 }
        /committed and heap/ { size = $(NF - 1) * kib[$NF] * percent / 100; printf "%dK", size < least ? least : size }' \
        build/unlimited.txt
}

# run host argument...: shows the command and runs it.
run() {
    local host=$1
    shift
    echo "\$ $host $*"
    cmake/wine.sh "build/mingw-x64/examples/$host.exe" "$@" 2>&1 | tr -d '\r' || die "$host failed"
    echo
}

# --- A runtime of .NET --------------------------------------------------------------------------------------------------
build_documents() {
    DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 dotnet build examples/corehost/managed/Documents.csproj -c Release \
        --artifacts-path build/managed -o build/documents
}

run_corehost() {
    local runtime=build/deps/dotnet/$hostmem_example_runtime program=build/documents/Documents.dll
    step "compiling the managed program" build_documents
    say "a program on .NET ${hostmem_example_runtime%-*}, without a limit:"
    run corehost --runtime $runtime $program | tee build/unlimited.txt
    say "with 60 % of that the runtime knows the limit, collects garbage more often, and gets the same result:"
    run corehost --limit "$(percent_of_peak 60)" --trace build/report.trace --runtime $runtime $program
    say "with 10 % it catches an OutOfMemoryException for most of its documents, and the process continues:"
    # The runtime needs 8 MiB to start; the program's peak is 60 to 95 MiB, as its collector chooses.
    run corehost --limit "$(percent_of_peak 10 8192)" --runtime $runtime $program
}

# --- The CLR of the .NET Framework, or the stand-in -----------------------------------------------------------------------
run_clrhost() {
    local assembly=Trees.exe stand_in= status=0 no_clr=3 # what clrhost exits with when there is no CLR
    cmake/wine.sh build/mingw-x64/examples/clrhost.exe $assembly Trees Run 6,1 >/dev/null 2>&1 || status=$?
    if [ $status -eq $no_clr ]; then
        say "there is no CLR on this machine: clrhost runs against a stand-in, which makes the calls that a CLR makes"
        stand_in=--stand-in
    else
        # The compiler comes with the .NET Framework.
        assembly=build/mingw-x64/examples/Trees.exe
        step "compiling the managed programs" cmake/wine.sh \
            'C:\windows\Microsoft.NET\Framework64\v4.0.30319\csc.exe' \
            /nologo "/out:$assembly" examples/clrhost/managed/Trees.cs
    fi
    say "without a limit:"
    run clrhost $stand_in $assembly Trees Run 16,4 | tee build/unlimited.txt
    say "with 60 % of that it is notified in time that memory is low, collects garbage more often, and gets the same result:"
    run clrhost --limit "$(percent_of_peak 60)" --trace build/report.trace $stand_in $assembly Trees Run 16,4
    say "with 10 % threads catch an OutOfMemoryException, the process continues, and all memory is freed:"
    run clrhost --limit "$(percent_of_peak 10)" $stand_in $assembly Trees Run 16,4
}

if [ -d build/deps/dotnet/$hostmem_example_runtime ] && have_dotnet; then
    run_corehost
else
    run_clrhost
fi

# --- A report of it ---------------------------------------------------------------------------------------------------
cmake/wine.sh build/mingw-x64/examples/hostmem-trace.exe report build/report.trace -o build/report.html ||
    die "hostmem-trace failed (exit code $?)"
say "the run with 60 %, as a page for your browser: $hostmem_root/build/report.html"
