#!/bin/sh
# Runs a libFuzzer program over its corpus and new inputs: run_fuzzer.sh PROGRAM CORPUS RUNS [OPTION...]
# The same seed and number of inputs each time, so that neither chance nor the machine's speed decides the result.
# HOSTMEM_FUZZ_SECONDS, if set, runs it for so long from a random seed instead, and keeps new inputs beside the program,
# so that the next such run begins with them. An input that fails is printed and kept in both cases.
program=$1
corpus=$2
runs=$3
shift 3
log=$program.log
if [ -n "${HOSTMEM_FUZZ_SECONDS:-}" ]; then
    found=$program-found
    set -- "-max_total_time=$HOSTMEM_FUZZ_SECONDS" "$@"
else
    found=$program-new
    rm -rf "$found"
    set -- -seed=1 "-runs=$runs" "$@"
fi
mkdir -p "$found" || exit 2
"$program" "-artifact_prefix=$program-" -print_final_stats=1 -timeout=300 "$@" "$found" "$corpus" >"$log" 2>&1
status=$?
# A line for each new input would hide the rest.
grep -avE '^#[0-9]+[[:space:]]+(NEW|REDUCE|RELOAD|pulse)|^[[:space:]]NEW_FUNC' "$log"
[ "$status" -eq 0 ] && exit
input=$(sed -n 's/^artifact_prefix=.*Test unit written to //p' "$log" | tail -n 1)
if [ -f "$input" ]; then
    echo "fuzz: the input, also in $input:"
    base64 "$input"
    echo "fuzz: to repeat: base64 -d >INPUT, and $program INPUT"
fi
exit "$status"
