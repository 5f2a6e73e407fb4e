#!/usr/bin/env bash
# With Clang for C and GCC for C++, a C target that reuses the precompiled header of another C target would be guessed to
# look for the file that Clang makes, cmake_pch.h.pch, wherever the target is.
# In a directory that has called enable_language(CXX) it looks for cmake_pch.h.gch, GCC's name, which nothing makes: CMake
# generates without a word, and Ninja then says "missing and no known rule to make it". The language that was enabled
# last sets the one variable that both languages have, CMAKE_PCH_EXTENSION.
# Seen with CMake 3.25.1, Clang 14 and GCC 12.2 of Debian 12.
# For hostmem: cmake/precompiled.cmake leaves out targets in directories where that variable differs from its own.
set -euo pipefail
command -v cmake >/dev/null && command -v ninja >/dev/null && command -v clang >/dev/null && command -v g++ >/dev/null ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install cmake ninja-build clang g++ >/dev/null
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir with_cxx without_cxx
echo 'int f(void) { return 1; }' | tee a.c with_cxx/b.c >without_cxx/b.c
cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(p LANGUAGES C)
add_library(a OBJECT a.c)
target_precompile_headers(a PRIVATE <stdio.h>)
add_subdirectory(without_cxx)
add_subdirectory(with_cxx)
END
echo 'add_library(same OBJECT b.c)
target_precompile_headers(same REUSE_FROM a)' >without_cxx/CMakeLists.txt
echo 'enable_language(CXX)
add_library(other OBJECT b.c)
target_precompile_headers(other REUSE_FROM a)' >with_cxx/CMakeLists.txt
cmake --version | head -n 1
cmake -G Ninja -B build -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=g++ >/dev/null
cmake --build build --target same >/dev/null
echo "beside it: built"
said=$(cmake --build build --target other 2>&1) && status=0 || status=$?
echo "in a directory with C++: exit code $status: $said"
[ "$status" -ne 0 ] && grep -q 'cmake_pch.h.gch.*missing and no known rule' <<<"$said" || { echo "FAILED: it has changed"; exit 1; }
