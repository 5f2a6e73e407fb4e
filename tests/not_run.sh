#!/usr/bin/env bash
# not_run.sh FOLDER [ARGUMENT OF CTEST...]: prints one line about the tests of a build folder that ctest, with these
# arguments, leaves out as disabled; nothing if there are none. Only tests/programs.cmake disables tests.
set -euo pipefail
count=$(ctest --test-dir "$1" -N "${@:2}" </dev/null | grep -c '(Disabled)$' || true)
[ "$count" -eq 0 ] ||
    echo "hostmem: $count tests of 32-bit programs were not run: the kernel of this machine is for 64-bit programs alone"
