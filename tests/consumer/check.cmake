# Builds the consumer in one way, runs it unless RUN is false, and compares its output:
#
#   cmake -DWAY=... -DLINK=hostmem|dll -DINSTALLED=folder -DSOURCE=folder -DWORK=folder -DCOMPILER=cc -DRUN=TRUE|FALSE
#         [-DSYSTEM=Windows] -P check.cmake -- [emulator...]
#
# WAY: find_package, exported (through another package that uses hostmem), pkg_config, pkg_config_imported, meson (from
# the installed tree), add_subdirectory or fetch_content (from the source). SYSTEM: the target, if it differs from the
# build machine.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/script_command.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/../support/run.cmake)

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
set(program ${WORK}/consumer.exe)

set(module hostmem)
if(LINK STREQUAL "dll")
    set(module hostmem-dll)
endif()
# Nothing from the build machine's own packages.
set(ENV{PKG_CONFIG_LIBDIR} "${INSTALLED}/lib/pkgconfig")
set(system "")
if(SYSTEM)
    set(system -DCMAKE_SYSTEM_NAME=${SYSTEM})
endif()

# configure(<way> <folder> <prefix> [argument...])
function(configure way folder prefix)
    run("configuring" ${CMAKE_COMMAND} -G Ninja -S ${CMAKE_CURRENT_LIST_DIR} -B ${folder} ${system}
        -DCMAKE_C_COMPILER=${COMPILER} -DWAY=${way} -DHOSTMEM_SOURCE=${SOURCE} "-DCMAKE_PREFIX_PATH=${prefix}"
        -DHOSTMEM_PRECOMPILED_HEADERS=ON ${ARGN})
endfunction()

if(WAY STREQUAL "pkg_config")
    find_program(PKG_CONFIG NAMES pkg-config pkgconf REQUIRED)
    run("pkg-config" ${PKG_CONFIG} --cflags --libs ${module})
    separate_arguments(flags UNIX_COMMAND "${output}")
    run("compiling" ${COMPILER} -std=c99 -Wall -Wextra -Werror ${CMAKE_CURRENT_LIST_DIR}/main.c ${flags} -o ${program})
elseif(WAY STREQUAL "meson")
    file(WRITE ${WORK}/cross.ini "[binaries]\nc = '${COMPILER}'\npkgconfig = 'pkg-config'\n"
        "[properties]\npkg_config_libdir = '${INSTALLED}/lib/pkgconfig'\n"
        "[host_machine]\nsystem = 'windows'\ncpu_family = 'x86_64'\ncpu = 'x86_64'\nendian = 'little'\n")
    run("meson" meson setup ${WORK}/build ${CMAKE_CURRENT_LIST_DIR} --cross-file ${WORK}/cross.ini -Dmodule=${module})
    run("ninja" ninja -C ${WORK}/build)
    file(RENAME ${WORK}/build/consumer.exe ${program})
elseif(WAY STREQUAL "exported")
    configure(exported ${WORK}/middle "${INSTALLED}" -DLINK=${LINK})
    run("building" ${CMAKE_COMMAND} --build ${WORK}/middle)
    run("installing" ${CMAKE_COMMAND} --install ${WORK}/middle --prefix ${WORK}/prefix)
    configure(middle ${WORK} ${WORK}/prefix "-Dhostmem_DIR=${INSTALLED}/lib/cmake/hostmem")
    run("building" ${CMAKE_COMMAND} --build ${WORK} --target consumer)
elseif(WAY STREQUAL "pkg_config_imported")
    configure(${WAY} ${WORK} "" -DLINK=${module})
    run("building" ${CMAKE_COMMAND} --build ${WORK} --target consumer)
else()
    configure(${WAY} ${WORK} "${INSTALLED}" -DLINK=${LINK})
    run("building" ${CMAKE_COMMAND} --build ${WORK} --target consumer)
endif()

if(LINK STREQUAL "dll" AND NOT EXISTS ${WORK}/hostmem.dll)
    if(EXISTS ${WORK}/hostmem/hostmem.dll)
        file(COPY ${WORK}/hostmem/hostmem.dll DESTINATION ${WORK})
    else()
        file(COPY "${INSTALLED}/bin/hostmem.dll" DESTINATION ${WORK})
    endif()
endif()
if(NOT RUN)
    message("consumer: built, and not run: programs of this kind cannot be run here")
    return()
endif()
run("running it" ${command} ${program})
string(STRIP "${output}" output)
set(expected "consumer: the static library works")
if(LINK STREQUAL "dll")
    set(expected "consumer: hostmem.dll works")
endif()
if(NOT output STREQUAL expected)
    message(FATAL_ERROR "\"${expected}\" was expected, and not:\n${output}")
endif()
message("${output}")
