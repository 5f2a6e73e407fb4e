#!/usr/bin/env bash
# Repeats the randomized tests with new seeds until the time is over: tests/soak.sh [MINUTES | HOURSh] (default: 10
# minutes). Prints for every round how to repeat it. Continues after a failure, keeps the whole output of the first one
# in build/soak/first-failure.log, and exits with 1 then.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
. cmake/setup.sh

# A row each: name; tests, as ctest -R takes them; environment variables for them. SEED is replaced by a new number in
# every round. Each row must match a test. The numbers are chosen so that no row takes more than a few minutes.
rows='
storms;           ^(x64|x86)\.storm$
native storms;    ^(native|tsan)\.(storm|parts)$;       HOSTMEM_STORM_SEED=SEED HOSTMEM_STORM_SECONDS=20
perturbed storms; ^tsan\.perturbed_(storm|parts)$;      HOSTMEM_STORM_SEED=SEED HOSTMEM_STORM_SECONDS=20
quota caches;     \.(perturbed_)?quota_cache_charges$; HOSTMEM_TEST_SEED=SEED
races;            \.(pages|budget|fault)_races$
random tables;    \.(extent_table|atomic_bitmap)$;     HOSTMEM_TEST_SEED=SEED
random walks;     \.walk$;                              HOSTMEM_TEST_SEED=SEED
sweep;            \.sweep$
stand-in sweep;   \.standin_sweep$;                     HOSTMEM_SWEEP_EVERY=20
twins;            \.fuzz\.twins$;                       HOSTMEM_FUZZ_SEED=SEED
libFuzzer;        ^native\.fuzz\.;                      HOSTMEM_FUZZ_SECONDS=60
suspended;        ^x..*\.suspended$;                   HOSTMEM_TEST_SEED=SEED HOSTMEM_SUSPENSIONS=10000
native suspended; ^native\.suspended$;                 HOSTMEM_TEST_SEED=SEED HOSTMEM_SUSPENSIONS=100000
terminated;       \.terminated$;                        HOSTMEM_TEST_SEED=SEED
exits;            \.exits$;                             HOSTMEM_EXITS=100
exhaustion;       \.exhaustion(_standin)?\.;            HOSTMEM_TEST_SEED=SEED
stand-in;         \.standin(_limits)?$
conformance;      \.conformance\.(hostmem|limited_.*)$
'

usage() { die "how long? tests/soak.sh [MINUTES | HOURSh], as in tests/soak.sh 90 or tests/soak.sh 8h"; }

case ${1:-10} in
*[!0-9h]* | h | ?*h?* | '') usage ;;
*h) seconds=$((10#${1%h} * 3600)) ;;
*) seconds=$((10#${1:-10} * 60)) ;;
esac
[ "$#" -le 1 ] && [ "$seconds" -gt 0 ] || usage

setup_tests
tested="mingw-x64 mingw-x86 native native-tsan native-fuzz"
for preset in $tested; do
    build_preset "$preset" all -DHOSTMEM_BUILD_TESTS=ON
done
for preset in $tested; do
    echo "subdirs($preset)"
done >build/CTestTestfile.cmake
start_wine

names=() regexes=() variables=() rounds=() failures=()
while IFS=';' read -r name regex assignments; do
    [ -n "$name" ] || continue
    names+=("$name")
    regexes+=("${regex#"${regex%%[! ]*}"}") # without leading blanks
    variables+=("$assignments")
    rounds+=(0)
    failures+=(0)
done <<<"$rows"

logs=build/soak
rm -rf "$logs" && mkdir -p "$logs"
first=$logs/first-failure.log
begin=$SECONDS

summary() {
    local i total=0
    say "after $(((SECONDS - begin) / 60)) of $((seconds / 60)) minutes:"
    for i in "${!names[@]}"; do
        printf '    %-18s %6d rounds, %d failed\n' "${names[i]}" "${rounds[i]}" "${failures[i]}"
        total=$((total + failures[i]))
    done
    tests/not_run.sh build
    [ "${rounds[-1]}" -gt 0 ] || say "there was no time for a round of every row"
    [ "$total" -eq 0 ] || say "the first failure is in $first"
    return $((total > 0))
}

# run_row index: one round of a row.
run_row() {
    local i=$1 seed=$((RANDOM << 30 | RANDOM << 15 | RANDOM)) repeat
    repeat=$(echo ${variables[i]//=SEED/=$seed})
    rounds[i]=$((rounds[i] + 1))
    echo "    $((SECONDS - begin)) s: ${names[i]}, round ${rounds[i]}${repeat:+, $repeat}"
    if ! env $repeat ctest --test-dir build --output-on-failure --no-tests=error -j "$(nproc)" -R "${regexes[i]}" \
        </dev/null >"$logs/last.log" 2>&1; then
        failures[i]=$((failures[i] + 1))
        echo "    FAILED: $repeat ctest --test-dir build -R '${regexes[i]}'"
        sed -n 's/^.*\*\*\*/    &/p' "$logs/last.log"
        [ -e "$first" ] || { echo "$repeat"; cat "$logs/last.log"; } >"$first"
    fi
}

say "rounds for $((seconds / 60)) minutes ..."
while [ $((SECONDS - begin)) -lt "$seconds" ]; do
    for i in "${!names[@]}"; do
        [ $((SECONDS - begin)) -lt "$seconds" ] || break
        run_row "$i"
    done
done
summary
