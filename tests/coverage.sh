#!/usr/bin/env bash
# How much of src/ the tests run: builds for x64 with gcov's counters in it, runs the suite under Wine, prints lines and
# branches of every file, and fails when too little runs or when something that does not run is missing from
# tests/uncovered.txt, which says of each such line why.
#
# What a process counts is written when it exits: what only runs in processes that are ended from outside, or that end
# while threads are still inside calls, is not seen.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
. cmake/setup.sh
setup_tests
setup_begin
setup_packages gcovr python3
setup_end

preset=mingw-x64-coverage
build=build/$preset
build_preset "$preset" all -DHOSTMEM_BUILD_TESTS=ON

# Counts of earlier runs, and of sources as they were then.
find "$build" -name '*.gcda' -delete
start_wine
# One test at a time: Windows' gcov does not lock its files. The mutants of the conformance suite run nothing of src/, and
# the account of stack use is of code without counters. First come those whose processes are ended while they write: what
# such a one leaves of a file may be thrown away by the next process, with all that was counted in it before.
cut_off='\.(exits|terminated|suspended|conformance|exhaustion)'
compile_only='\.(lint|consumer|ported|headers_.*|api_reference)(\.|$)'
run_tests() { ctest --test-dir "$build" --output-on-failure --no-tests=error "$@" </dev/null; }
run_tests -R "$cut_off" -E 'conformance\.(mutants|right_manager)'
run_tests -E "$cut_off|stack_usage|$compile_only"

# Counters that threads have pushed below 0 are left out: gcov's additions are not atomic.
report=$build/coverage.json
gcovr --gcov-executable x86_64-w64-mingw32-gcov --gcov-ignore-parse-errors --root . --filter src/ --json "$report" \
    "$build/CMakeFiles/hostmem.dir" "$build/CMakeFiles/hostmem_common.dir" "$build/CMakeFiles/hostmem_dll.dir" >/dev/null
python3 tests/check_coverage.py "$report" tests/uncovered.txt
