#!/bin/sh
# Runs a Windows program in the Wine that the set-up made in build/: cmake/wine.sh PROGRAM [ARGUMENT...]
# Starts that Wine without running anything, and stops it: cmake/wine.sh --start (says "started" if it was not running),
# cmake/wine.sh --stop.
#
# The first program starts Wine's services, which keep its output open: a caller that reads a pipe to its end (CTest)
# would then wait for them. So --start comes first; unstopped, they stay for some minutes after the last program.
# winedbg is off, because a crash that it attaches to sometimes exits with 0.
#
# cmake/wine.sh --test PROGRAM [ARGUMENT...] is for programs whose output is compared; it shows it at the end. On a busy
# machine Wine sometimes cannot create the first process: it says so and exits with 1, and the program has not begun. It
# is started anew then. Lines that Wine itself wrote among the program's are left out (wine_noise.sed).
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 125
if [ ! -d "$root/build/wine" ]; then
    echo "hostmem: $root/build/wine is missing; ./tests/run.sh or ./examples/run.sh makes it" >&2
    exit 125
fi

# What programs read: HOSTMEM_WINE_INPUT is a file; without it there is nothing.
input="${HOSTMEM_WINE_INPUT:-/dev/null}"

export WINEPREFIX="$root/build/wine"
export WINEDLLPATH="$root/build/deps/wine32/usr/lib/i386-linux-gnu/wine"
export WINEDEBUG="${WINEDEBUG:--all}"
# A program with Microsoft's own ucrtbase.dll beside it (preset windows-sdk) runs with that.
export WINEDLLOVERRIDES="${WINEDLLOVERRIDES:-winedbg.exe=d;mshtml=;ucrtbase=n,b}"

case "$1" in
--start)
    wineserver -p300 </dev/null >/dev/null 2>&1 && echo started
    wine cmd.exe /c exit </dev/null >/dev/null 2>&1
    ;;
--stop)
    wineserver -k </dev/null >/dev/null 2>&1
    wineserver -w </dev/null >/dev/null 2>&1
    ;;
--test)
    shift
    output=$(mktemp) || exit 125
    trap 'rm -f "$output"' EXIT
    attempts=20
    while :; do
        status=0
        wine "$@" <"$input" >"$output" 2>&1 || status=$?
        attempts=$((attempts - 1))
        [ "$attempts" -gt 0 ] && [ "$status" -eq 1 ] && grep -q '^ShellExecuteEx failed' "$output" || break
        sleep "${HOSTMEM_WINE_PAUSE:-5}"
    done
    LC_ALL=C sed -E -f "$root/cmake/wine_noise.sed" "$output"
    exit "$status"
    ;;
*)
    exec wine "$@" <"$input"
    ;;
esac
