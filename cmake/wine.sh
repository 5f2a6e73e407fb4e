#!/bin/sh
# Runs a Windows program in the Wine that the setup made in build/: cmake/wine.sh PROGRAM [ARGUMENT...]
# cmake/wine.sh --start starts that Wine without running a program (and prints "started" if it was not running),
# cmake/wine.sh --stop stops it.
#
# The first program starts Wine's services, which keep its output open: a caller that reads a pipe to its end (CTest)
# would then wait for them. So --start comes first; without --stop they stay for some minutes after the last program.
# winedbg is off, because a crash that it attaches to sometimes exits with 0.
#
# cmake/wine.sh --test PROGRAM [ARGUMENT...] is for programs whose output is compared; it prints the output at the end.
# On a busy machine Wine sometimes cannot create the first process: it reports that and exits with 1, and the program
# has not begun. Then it is started again. So is a test program (test_*) that has failed without a word, with a notice at
# the end: its tests have not begun, because CMocka first writes a line, unbuffered (tests/support/begin.c). So is, at
# most twice, a program of which a thread has lost its FS register: 32-bit Wine 8.0 then faults in its own DLLs, at
# 7B......, where they read through FS. Test programs handle that fault themselves and go on
# (tests/support/lost_segment.h); their line about it is removed. build/wine_lost_fs.log has the names of both. Lines
# that Wine itself wrote between the program's are removed (wine_noise.sed); if nothing else was written, they are shown
# with the code. Where a test program has ended before its tests had, its exit code is told.
#
# With HOSTMEM_WINE_SERVER=NAME programs have a server of their own, with the same files and a copy of the registry: for
# what Wine's server may not survive. --start prepares that.
#
# What Wine's server writes before it fails is in build/wineserver.log. Programs that it served then hang, or end at once
# with 0. --test starts them again, at most five times; build/wine_lost_server.log has their names.
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 125
if [ ! -d "$root/build/wine" ]; then
    echo "hostmem: $root/build/wine is missing; ./tests/run.sh or ./examples/run.sh makes it" >&2
    exit 125
fi

# The programs' input: the file HOSTMEM_WINE_INPUT; otherwise empty.
input="${HOSTMEM_WINE_INPUT:-/dev/null}"

export WINEPREFIX="$root/build/wine${HOSTMEM_WINE_SERVER:+-$HOSTMEM_WINE_SERVER}"
export WINEDLLPATH="$root/build/deps/wine32/usr/lib/i386-linux-gnu/wine"
export WINEDEBUG="${WINEDEBUG:--all}"
# A program with Microsoft's own ucrtbase.dll beside it (preset windows-sdk) uses that one.
export WINEDLLOVERRIDES="${WINEDLLOVERRIDES:-winedbg.exe=d;mshtml=;ucrtbase=n,b}"

case "$1" in
--start)
    if [ -n "$HOSTMEM_WINE_SERVER" ] && ! cmp -s "$root/build/wine/.hostmem" "$WINEPREFIX/.hostmem"; then
        rm -rf "$WINEPREFIX"
        mkdir "$WINEPREFIX" && ln -s ../wine/drive_c "$WINEPREFIX/drive_c" &&
            cp -a "$root"/build/wine/*.reg "$root/build/wine/.update-timestamp" "$root/build/wine/dosdevices" "$WINEPREFIX/" &&
            cp "$root/build/wine/.hostmem" "$WINEPREFIX/" || exit 125
    fi
    wineserver -p300 </dev/null >/dev/null 2>>"$root/build/wineserver.log" && echo started
    wine cmd.exe /c exit </dev/null >/dev/null 2>&1
    ;;
--stop)
    wineserver -k </dev/null >/dev/null 2>&1
    wineserver -w </dev/null >/dev/null 2>&1
    ;;
--test)
    shift
    output=$(mktemp) && lines=$(mktemp) || exit 125
    trap 'rm -f "$output" "$lines" "$output.gone"' EXIT
    trap 'kill -9 "$program" 2>/dev/null; kill "$watch" 2>/dev/null; exit 130' INT TERM
    name=${1##*[/\\]}
    case "$name" in
    test_*) silent_attempts=3 ;;
    *) silent_attempts=0 ;;
    esac
    attempts=20
    lost_attempts=3
    went_on='^hostmem: a thread had lost its FS register at [0-9A-F]{8}; it goes on'
    lost='^wine: Unhandled page fault on read access to FFFFFFFF at address 7B[0-9A-F]{6} '
    silent=
    # Runs the program once. Sets status; $output.gone exists if Wine's server has ended meanwhile.
    run_program() {
        rm -f "$output.gone"
        wineserver -p300 </dev/null >/dev/null 2>>"$root/build/wineserver.log" # unless it runs
        HOSTMEM_WINE_RUN=$$ wine "$@" <"$input" >"$output" 2>&1 &
        program=$!
        {
            trap 'kill "$waiting"; exit' TERM
            wineserver -w &
            waiting=$!
            wait "$waiting"
            : >"$output.gone"
            kill -9 "$program"
        } </dev/null >/dev/null 2>&1 &
        watch=$!
        status=0
        wait "$program" 2>/dev/null || status=$?
        [ "$status" -eq 0 ] && [ -s "$output" ] || sleep 0.1 # the server may have ended a moment before
        kill "$watch" 2>/dev/null
        wait "$watch" 2>/dev/null
    }
    # Processes that wait for a server that is no more.
    kill_left_processes() {
        for environment in /proc/[0-9]*/environ; do
            process=${environment#/proc/}
            grep -qz "^HOSTMEM_WINE_RUN=$$\$" "$environment" 2>/dev/null && kill -9 "${process%/environ}"
        done 2>/dev/null
    }
    server_attempts=6
    note_lost() {
        echo "$name" >>"${HOSTMEM_WINE_LOST_FS:-$root/build/wine_lost_fs.log}"
    }
    while :; do
        run_program "$@"
        LC_ALL=C sed -E -f "$root/cmake/wine_noise.sed" -e "/$went_on/d" "$output" >"$lines"
        LC_ALL=C grep -Eq "$went_on" "$output" && note_lost
        if [ -e "$output.gone" ]; then
            kill_left_processes
            server_attempts=$((server_attempts - 1))
            [ "$server_attempts" -gt 0 ] || break
            echo "$name" >>"${HOSTMEM_WINE_LOST_SERVER:-$root/build/wine_lost_server.log}"
        elif [ "$lost_attempts" -gt 1 ] && [ "$status" -ne 0 ] && LC_ALL=C grep -Eq "$lost" "$output"; then
            lost_attempts=$((lost_attempts - 1))
            note_lost
        elif [ "$silent_attempts" -gt 0 ] && [ "$status" -ne 0 ] && [ ! -s "$lines" ]; then
            silent_attempts=$((silent_attempts - 1))
            silent="$silent $status"
            [ "$silent_attempts" -gt 0 ] || break
        else
            attempts=$((attempts - 1))
            [ "$attempts" -gt 0 ] && [ "$status" -eq 1 ] && grep -q '^ShellExecuteEx failed' "$output" || break
        fi
        sleep "${HOSTMEM_WINE_PAUSE:-5}"
    done
    cat "$lines"
    [ ! -e "$output.gone" ] || echo "hostmem: Wine's server has ended while $name ran, six times" >&2
    if [ -n "$silent" ] && [ -s "$lines" ]; then
        echo "hostmem: $name began at last; it had failed without a word, with the exit codes$silent" >&2
    elif [ -n "$silent" ] && [ "$status" -ne 0 ]; then
        echo "hostmem: $name wrote nothing, three times; its exit code is $status. Wine wrote:" >&2
        cat "$output" >&2
    elif [ "$silent_attempts" -gt 0 ] && [ "$status" -ne 0 ] && ! grep -aq 'test(s) run\.' "$output"; then
        echo "hostmem: $name has ended before its tests had, with exit code $status" >&2
    fi
    exit "$status"
    ;;
*)
    exec wine "$@" <"$input"
    ;;
esac
