#!/usr/bin/env bash
# Measures everything under Wine and refreshes the results in tests/bench/README.md; takes some minutes, and should have
# the machine to itself. With arguments it only runs the benchmark with them: tests/bench/run.sh --only protect
#
# --against REV [ARGUMENT...] compares the library as it is in this folder with a revision: both are built as DLLs, run
# beside each other in one process, and take turns. REV may be any revision that has tests/bench/empty_os.c.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
. cmake/setup.sh
setup_tests
build_preset mingw-x64-mimalloc hostmem_bench -DHOSTMEM_BUILD_TESTS=ON
start_wine
bench=build/mingw-x64-mimalloc/tests/bench/hostmem_bench.exe

# build_dll name folder: the library in that folder as build/against/NAME/hostmem_bench_build.dll.
build_dll() {
    step "configuring the library: $1" cmake -G Ninja -S tests/bench/build -B "build/against/$1" -DHOSTMEM_SOURCE="$2" \
        -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/mingw-x64.cmake" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DHOSTMEM_WITH_MIMALLOC=ON
    step "building the library: $1" cmake --build "build/against/$1" --target hostmem_bench_build
}

if [ "${1:-}" = --against ]; then
    [ $# -ge 2 ] || die "--against needs a revision"
    revision=$(git rev-parse --verify --quiet "$2^{commit}") || die "no such revision: $2"
    shift 2
    old=build/against/source
    git worktree remove --force $old 2>/dev/null || git worktree prune
    rm -rf $old
    git worktree add --quiet --detach $old "$revision"
    build_dll old "$PWD/$old"
    build_dll new "$PWD"
    git worktree remove --force $old
    cmake/wine.sh $bench --builds build/against/new/hostmem_bench_build.dll build/against/old/hostmem_bench_build.dll "$@"
    exit
fi

if [ $# -gt 0 ]; then
    cmake/wine.sh $bench "$@"
    exit
fi

# record NAME PROGRAM ARGUMENT...: runs a .NET program governed, and leaves its calls in build/work/NAME.trace.
record() {
    step "recording $1" cmake/wine.sh build/mingw-x64-mimalloc/examples/corehost.exe --limit 4G \
        --trace "build/work/$1.trace" --runtime "build/deps/dotnet/$hostmem_example_runtime" "${@:2}"
}

record_programs() {
    local tools=build/deps/dotnet/tools i
    build_preset mingw-x64-mimalloc corehost
    build_preset mingw-x64-mimalloc hostmem_workload
    rm -rf build/work && mkdir -p build/work
    {
        echo "module Shapes"
        for ((i = 0; i < 200; i++)); do
            echo "type Shape$i = | Circle of float | Square of float"
            echo "let area$i shape = match shape with | Circle r -> 3.14*r*r | Square a -> a*a"
        done
    } >build/work/shapes.fs
    {
        echo '<?xml version="1.0"?><coverage><packages><package name="p"><classes>'
        for ((i = 0; i < 300; i++)); do
            echo "<class name=\"C$i\" filename=\"x$i.cs\" line-rate=\"0.5\"><methods/><lines>" \
                '<line number="1" hits="1"/><line number="2" hits="0"/></lines></class>'
        done
        echo '</classes></package></packages></coverage>'
    } >build/work/coverage.xml
    record formatter $tools/fantomas/*/fantomas.dll build/work/shapes.fs --out build/work/formatted.fs
    record report $tools/dotnet-reportgenerator-globaltool/*/ReportGenerator.dll -reports:build/work/coverage.xml \
        -targetdir:build/work/report -reporttypes:CsvSummary
    record collections-and-code build/mingw-x64-mimalloc/workload/Workload.dll objects:18:5 arrays:100 methods:2000 contexts:20
}

readme=tests/bench/README.md
load=$(cut -d ' ' -f 1 /proc/loadavg)
record_programs
cmake/wine.sh $bench --json build/bench.json --markdown build/bench.summary --work build/work/formatter.trace \
    --work build/work/report.trace --work build/work/collections-and-code.trace >build/bench.md
{
    echo "$(LC_ALL=C date -u '+%-d %B %Y'), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)," \
        "$(nproc) processors, Linux $(uname -r | cut -d . -f 1-2), $(wine --version)." \
        "Load average when it began: $load."
    echo
    cat build/bench.summary
} >build/bench.results
awk -v results=build/bench.results '
    /^<!-- results end -->$/ { inside = 0 }
    !inside { print }
    /^<!-- results begin -->$/ { inside = 1; while ((getline line < results) > 0) print line }
' $readme >build/bench.readme
cat build/bench.readme >$readme
say "refreshed $readme; all results are in build/bench.md and, as JSON, in build/bench.json"
