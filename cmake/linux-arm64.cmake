# Linux on ARM64, cross-compiled, for the sources that need no Windows; programs run under qemu's user emulation.
# tests/arm64.sh downloads what is needed besides the compiler.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -L /usr/aarch64-linux-gnu)
get_filename_component(deps ${CMAKE_CURRENT_LIST_DIR}/../build/deps ABSOLUTE) # why: see mingw.cmake
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu ${deps}/arm64/root)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE BOTH) # for Wine's headers, which are the build machine's
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
