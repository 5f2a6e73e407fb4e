#!/bin/sh
# really_runs.sh WINE --test PROGRAM: succeeds if PROGRAM, which returns 42, does so under WINE. A Wine that cannot run
# some kind of program may report success for it without running it, and then every test would pass.
"$1" --start >/dev/null
"$@" </dev/null >/dev/null 2>&1
status=$?
echo "$3 returned $status; 42 means that it really ran"
[ "$status" -eq 42 ]
