# Shared by both MinGW-w64 toolchain files; MINGW_TARGET is the compiler's triplet.
#
# The compilers with Win32 threads are preferred (Debian calls them *-win32): with POSIX threads a program needs
# libwinpthread-1.dll beside it. -DCMAKE_C_COMPILER=clang uses Clang with MinGW's headers, libraries and linker.
set(CMAKE_SYSTEM_NAME Windows)

find_program(MINGW_GCC NAMES ${MINGW_TARGET}-gcc-win32 ${MINGW_TARGET}-gcc REQUIRED)
find_program(MINGW_GXX NAMES ${MINGW_TARGET}-g++-win32 ${MINGW_TARGET}-g++)
find_program(CMAKE_RC_COMPILER NAMES ${MINGW_TARGET}-windres)

set(libgcc_options "-static-libgcc")
if(CMAKE_C_COMPILER MATCHES "clang")
    set(CMAKE_C_COMPILER_TARGET ${MINGW_TARGET})
    # Clang does not find GCC's runtime library in a folder called "12-win32".
    execute_process(COMMAND ${MINGW_GCC} -print-libgcc-file-name
        OUTPUT_VARIABLE libgcc OUTPUT_STRIP_TRAILING_WHITESPACE)
    cmake_path(GET libgcc PARENT_PATH libgcc_dir)
    string(APPEND libgcc_options " -L${libgcc_dir}")
else()
    set(CMAKE_C_COMPILER ${MINGW_GCC})
endif()

foreach(linked EXE SHARED MODULE)
    set(CMAKE_${linked}_LINKER_FLAGS_INIT "${libgcc_options}")
endforeach()

# GCC as well: Clang does not find a C++ library in such a folder, either.
if(MINGW_GXX)
    set(CMAKE_CXX_COMPILER ${MINGW_GXX})
endif()

# Programs come from the build machine; libraries and headers from the target, or from CMAKE_PREFIX_PATH. Without "..":
# the first configuration would use it in compiler commands, later ones a path without, and everything be built again.
get_filename_component(deps ${CMAKE_CURRENT_LIST_DIR}/../build/deps ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH /usr/${MINGW_TARGET} ${deps}/cmocka-${MINGW_TARGET} ${deps}/mimalloc-${MINGW_TARGET}
    ${deps}/cjson-${MINGW_TARGET})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

if(CMAKE_HOST_UNIX)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/wine.sh --test)
endif()
