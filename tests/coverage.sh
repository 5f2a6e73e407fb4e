#!/usr/bin/env bash
# Test coverage of src/: builds for x64 with gcov's counters, runs the tests under Wine, prints line and branch coverage
# of every file, and fails if it is too low or if an uncovered line is missing from tests/uncovered.txt, which says why
# each is not run.
#
# A process writes its counters when it exits: what only runs in processes that are ended from outside, or that end
# while threads are still inside of calls, is not included.
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

# Remove the counts of earlier runs, and of earlier versions of the sources.
find "$build" -name '*.gcda' -delete
start_wine
# One test at a time: Windows' gcov does not lock its files. The mutants of the conformance suite run nothing of src/,
# and stack usage is computed for code without counters. Tests whose processes are ended while they write come first:
# the next process may discard an incomplete file, with everything counted in it before.
cut_off='\.(exits|terminated|suspended|conformance|exhaustion)'
compile_only='\.(lint|consumer|parent|amalgamation|ported|headers_.*|api_reference)(\.|$)'
run_tests() { ctest --test-dir "$build" --output-on-failure --no-tests=error "$@" </dev/null; }
run_tests -R "$cut_off" -E 'conformance\.(mutants|right_manager)'
run_tests -E "$cut_off|stack_usage|$compile_only"

# Negative counters are left out: gcov's additions are not atomic, so threads can produce them.
report=$build/coverage.json
gcovr --gcov-executable x86_64-w64-mingw32-gcov --gcov-ignore-parse-errors --root . --filter src/ --json "$report" \
    "$build/CMakeFiles/hostmem.dir" "$build/CMakeFiles/hostmem_common.dir" "$build/CMakeFiles/hostmem_dll.dir" >/dev/null
python3 tests/check_coverage.py "$report" tests/uncovered.txt
