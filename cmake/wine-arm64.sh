#!/bin/sh
# Runs a Windows program for ARM64 in the emulated Wine that tests/arm64.sh made in build/: cmake/wine-arm64.sh PROGRAM
# [ARGUMENT...]. cmake/wine-arm64.sh --start and --stop start and stop that Wine.
#
# With qemu Wine uses its own folder as "/", so programs are on a drive of their own, R:, which is the repository. Its
# guests have 64 GiB of address space: qemu keeps a record of every page, and would need seconds for a larger one,
# during which no other thread gets memory. Microsoft's ucrtbase.dll is beside the programs, because Wine's own for
# ARM64 fails.
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 125
wine=$root/build/deps/arm64/root/usr/lib/wine
export WINEPREFIX="$root/build/wine-arm64" WINELOADER="$wine/wine64" WINESERVER="$wine/wineserver"
export WINEDEBUG="${WINEDEBUG:--all}" WINEDLLOVERRIDES="${WINEDLLOVERRIDES:-winedbg.exe=d;mshtml=;ucrtbase=n}"
case "$1" in
--start)
    "$wine/wine64" cmd.exe /c exit </dev/null >/dev/null 2>&1
    ;;
--stop)
    "$wine/wineserver" -k </dev/null >/dev/null 2>&1
    ;;
*)
    [ "$1" != --test ] || shift # an argument of cmake/wine.sh
    exec nice -n 10 "$wine/wine64" "$@" </dev/null
    ;;
esac
