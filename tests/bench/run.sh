#!/usr/bin/env bash
# Measures everything under Wine and refreshes the results in tests/bench/README.md; takes about two minutes, and should
# have the machine to itself. With arguments it only runs the benchmark with them: tests/bench/run.sh --only protect
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
. cmake/setup.sh
setup_tests
build_preset mingw-x64-mimalloc hostmem_bench -DHOSTMEM_BUILD_TESTS=ON
start_wine
bench=build/mingw-x64-mimalloc/tests/bench/hostmem_bench.exe
if [ $# -gt 0 ]; then
    cmake/wine.sh $bench "$@"
    exit
fi

readme=tests/bench/README.md
load=$(cut -d ' ' -f 1 /proc/loadavg)
cmake/wine.sh $bench --json build/bench.json --markdown build/bench.md
{
    echo "$(LC_ALL=C date -u '+%-d %B %Y'), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)," \
        "$(nproc) processors, Linux $(uname -r | cut -d . -f 1-2), $(wine --version)." \
        "Load average when it began: $load."
    echo
    cat build/bench.md
} >build/bench.results
awk -v results=build/bench.results '
    /^<!-- results end -->$/ { inside = 0 }
    !inside { print }
    /^<!-- results begin -->$/ { inside = 1; while ((getline line < results) > 0) print line }
' $readme >build/bench.readme
cat build/bench.readme >$readme
say "refreshed $readme; the same as JSON is in build/bench.json"
