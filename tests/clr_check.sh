#!/usr/bin/env bash
# Managed code on hostmem: runs Trees under clrhost without a limit, with 60 % and with 10 % of what that used, and
# checks that the limit held, that notifications made the collector run, and that the process continued after threads
# caught an OutOfMemoryException. For a real CLR on Windows (Git's bash) and for the stand-in.
#
#     tests/clr_check.sh FOLDER COMMAND...
#
# COMMAND runs clrhost, and takes its options: "build/clrhost.exe --clr v4.0.30319", "cmake/wine.sh clrhost.exe
# --stand-in". The assembly is FOLDER/Trees.exe. FOLDER gets the output of the runs and their traces.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: tests/clr_check.sh FOLDER COMMAND..." >&2; exit 2; }
folder=$(cd -- "$1" && pwd)
shift
clrhost=("$@")

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
failures=0

# run name [option...]: must succeed; the output is in FOLDER/name.txt.
run() {
    local name=$1 status=0
    shift
    echo "$name: ${clrhost[*]} $* $folder/Trees.exe Trees Run 16,4"
    rm -f "$folder/$name.trace"
    "${clrhost[@]}" --trace "$folder/$name.trace" "$@" "$folder/Trees.exe" Trees Run 16,4 >"$folder/$name.txt" 2>&1 || status=$?
    tr -d '\r' <"$folder/$name.txt" >"$folder/$name.part" && mv "$folder/$name.part" "$folder/$name.txt"
    sed 's/^/    /' "$folder/$name.txt"
    [ "$status" -eq 0 ] || { echo "FAILED: clrhost ended with $status"; exit 1; }
    [ -s "$folder/$name.trace" ] || fail "there is no trace"
}

# number name pattern: the first number on the first line that matches.
number() {
    awk -v pattern="$2" '
        $0 ~ pattern {
            for (i = 1; i <= NF; i++)
                if ($i ~ /^-?[0-9]+$/) { print $i; exit }
        }' "$folder/$1.txt"
}

# peak name: the peak of "committed and heap", in KiB.
peak() {
    awk '
        BEGIN { kib["B"] = 1 / 1024; kib["KiB"] = 1; kib["MiB"] = 1024; kib["GiB"] = 1024 * 1024 }
        /committed and heap/ { printf "%d", $(NF - 1) * kib[$NF]; exit }' "$folder/$1.txt"
}

run unlimited
result=$(number unlimited 'Trees.Run returned')
kib=$(peak unlimited)
[ "${kib:-0}" -gt 1024 ] || fail "the runtime took next to nothing from the manager ($kib KiB)"
[ "${result:-0}" -gt 0 ] || fail "Trees.Run returned ${result:-nothing}"

run limited --limit $((kib * 60 / 100))K
[ "$(number limited 'Trees.Run returned')" = "$result" ] || fail "with 60 % the result is another"
# Requests at the process level may go above the limit.
[ "$(peak limited)" -le $((kib * 66 / 100)) ] || fail "with 60 % much more than the limit was in use"
[ "$(number limited '^  sent')" -gt 0 ] || fail "with 60 % there was no Low notification"
[ "$(number limited 'garbage collections')" -gt "$(number unlimited 'garbage collections')" ] ||
    fail "with 60 % there were no more collections than without a limit"

run short --limit $((kib * 10 / 100))K
out_of_memory=$(number short 'Trees.Run returned')
[ "${out_of_memory:-0}" -lt 0 ] || fail "with 10 % nobody caught an OutOfMemoryException"
[ "$(number short '^  refused')" -gt 0 ] || fail "with 10 % nothing was refused"

if [ "$failures" -gt 0 ]; then
    echo "$failures checks failed"
    exit 1
fi
echo "all checks passed"
