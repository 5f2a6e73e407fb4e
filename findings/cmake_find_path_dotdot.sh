#!/usr/bin/env bash
# A project for another system finds a header with find_path: below CMAKE_FIND_ROOT_PATH, which the toolchain file names
# relative to itself, as ${CMAKE_CURRENT_LIST_DIR}/../deps. It is configured and built; then it is configured again, with
# nothing changed. One would guess that nothing is to be built then.
# Everything that uses the header is. The first configuration gets the path with ".." in it, as it was searched; later
# ones get it from the cache, where it stands without. So the compiler's command changes once, and Ninja builds anew. If the
# toolchain file names the folder without "..", nothing is.
# Seen with CMake 3.25.1 and Ninja 1.11.1 of Debian 12.
# For hostmem: its toolchain files resolve the folder first (cmake/mingw.cmake). Before that, the second run of
# tests/run.sh compiled 370 objects of each preset again.
set -euo pipefail
dpkg -s cmake ninja-build gcc >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install cmake ninja-build gcc >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cmake --version | sed -n 1p
mkdir -p project/cmake project/deps/include
touch project/deps/include/thing.h
echo '#include <thing.h>
int thing;' >project/thing.c
cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(thing LANGUAGES C)
find_path(THING_INCLUDE thing.h)
add_library(thing thing.c)
target_include_directories(thing PRIVATE ${THING_INCLUDE})
END

# includes FOLDER: where the compiler is to find the header, relative to the temporary folder.
includes() { sed -n "s,^ *INCLUDES = -I$work/,,p" "$1/build.ninja"; }

# built_again NAME: configures and builds with a toolchain file, configures again, and says how many steps Ninja would
# then take, and where the header was found both times.
built_again() {
    local first configure=(cmake -G Ninja -S project -B "$1" -DCMAKE_TOOLCHAIN_FILE="$work/project/cmake/$1.cmake")
    "${configure[@]}" >/dev/null
    first=$(includes "$1")
    cmake --build "$1" >/dev/null
    "${configure[@]}" >/dev/null
    echo "$1: $(ninja -C "$1" -n | grep -c '^\[') steps; $first, then $(includes "$1")"
}
cat >project/cmake/relative.cmake <<'END'
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_FIND_ROOT_PATH ${CMAKE_CURRENT_LIST_DIR}/../deps)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
END
cat >project/cmake/resolved.cmake <<'END'
set(CMAKE_SYSTEM_NAME Linux)
get_filename_component(deps ${CMAKE_CURRENT_LIST_DIR}/../deps ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH ${deps})
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
END
found=$(built_again relative; built_again resolved)
echo "$found"
[ "$found" = "relative: 2 steps; project/cmake/../deps/include, then project/deps/include
resolved: 0 steps; project/deps/include, then project/deps/include" ] || { echo "FAILED: it has changed"; exit 1; }
