#!/bin/sh
# Runs a libFuzzer program over its corpus and new inputs: run_fuzzer.sh PROGRAM CORPUS SECONDS [OPTION...]
# HOSTMEM_FUZZ_SECONDS, if set, replaces SECONDS. New inputs are kept beside the program, so that the next run begins
# with them; an input that fails is kept, too.
program=$1
corpus=$2
seconds=${HOSTMEM_FUZZ_SECONDS:-$3}
shift 3
found=$program-found
mkdir -p "$found" || exit 2
"$program" -max_total_time="$seconds" -artifact_prefix="$program-" -print_final_stats=1 -timeout=300 "$@" "$found" "$corpus"
status=$?
[ "$status" -eq 0 ] || echo "fuzz: the input is in the file named above; to repeat: $program FILE"
exit "$status"
