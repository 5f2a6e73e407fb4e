# Builds a program with the installed trace reader, runs it unless RUN is false, and looks at its output:
#
#   cmake -DWAY=find_package|pkg_config|from_source -DINSTALLED=folder -DSOURCE=folder -DWORK=folder -DCOMPILER=cc
#         [-DFLAGS=options] -DREAD_TRACE=read_trace.c -DTRACE=file -DRUN=TRUE|FALSE [-DSYSTEM=Windows] -P check.cmake
#         -- [emulator...]
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/../../../cmake/script_command.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/../../support/run.cmake)

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
set(program ${WORK}/consumer)
set(system "")
if(SYSTEM)
    set(system -DCMAKE_SYSTEM_NAME=${SYSTEM})
    string(APPEND program .exe)
endif()
if(WAY STREQUAL "from_source") # built and installed as the document of hostmem-trace says, in a folder of its own
    run("configuring hostmem" ${CMAKE_COMMAND} -G Ninja -S ${SOURCE} -B ${WORK}/hostmem -DHOSTMEM_BUILD_TESTS=OFF
        -DHOSTMEM_BUILD_EXAMPLES=OFF -DCMAKE_C_COMPILER=${COMPILER} -DCMAKE_INSTALL_PREFIX=${WORK}/installed)
    run("building hostmem" ${CMAKE_COMMAND} --build ${WORK}/hostmem)
    run("installing hostmem" ${CMAKE_COMMAND} --install ${WORK}/hostmem)
    set(INSTALLED ${WORK}/installed)
    set(FLAGS "")
endif()
if(WAY STREQUAL "pkg_config")
    find_program(PKG_CONFIG NAMES pkg-config pkgconf REQUIRED)
    # Nothing from the build machine's own packages.
    set(ENV{PKG_CONFIG_LIBDIR} "${INSTALLED}/lib/pkgconfig")
    run("pkg-config" ${PKG_CONFIG} --cflags --libs hostmem-trace-reader)
    separate_arguments(flags UNIX_COMMAND "${output} ${FLAGS}")
    run("compiling" ${COMPILER} -std=c11 -Wall -Wextra -Werror ${READ_TRACE} ${flags} -o ${program})
else()
    run("configuring" ${CMAKE_COMMAND} -G Ninja -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK} ${system}
        -DCMAKE_C_COMPILER=${COMPILER} "-DCMAKE_C_FLAGS=${FLAGS}" "-DCMAKE_PREFIX_PATH=${INSTALLED}"
        -DREAD_TRACE=${READ_TRACE})
    run("building" ${CMAKE_COMMAND} --build ${WORK})
endif()
if(NOT RUN)
    message("consumer: built, and not run: programs of this kind cannot be run here")
    return()
endif()
run("running it" ${command} ${program} ${TRACE})
if(NOT output MATCHES "process 4242: 24 events, .* complete")
    message(FATAL_ERROR "this is not what the trace has:\n${output}")
endif()
message("${output}")
