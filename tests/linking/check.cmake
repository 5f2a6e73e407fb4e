# Links the program in all the ways that users may choose, and runs it.
#
#   cmake -DCOMPILER=cc [-DFLAGS=...] -DINCLUDE=folder -DSTATIC=libhostmem.a -DIMPORT=libhostmem.dll.a -DDLL=hostmem.dll
#         -DWORK=folder -P check.cmake -- [emulator...]
#
# FLAGS: of the compiler, separated by blanks. Not possible: a program's own definitions together with the whole static
# library (--whole-archive), which defines them too.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/script_command.cmake)
separate_arguments(flags UNIX_COMMAND "${FLAGS}")

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
file(COPY ${DLL} DESTINATION ${WORK})
set(number 0)

# run_compiler(<what it is to do> <argument>...)
function(run_compiler purpose)
    execute_process(COMMAND ${COMPILER} ${flags} ${ARGN}
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT result EQUAL 0)
        string(REPLACE ";" " " line "${ARGN}")
        message(FATAL_ERROR "cannot ${purpose}: ${line}\n${output}")
    endif()
endfunction()

# compile(<define>...): the three sources, to main.o, other.o and own.o.
function(compile)
    foreach(source main other own)
        run_compiler(compile -std=c11 -I${INCLUDE} ${ARGN} -c ${CMAKE_CURRENT_LIST_DIR}/${source}.c
            -o ${WORK}/${source}.o)
    endforeach()
endfunction()

# try(<object or library>...): links them in this order, and runs the program.
function(try)
    set(program ${WORK}/program.exe)
    run_compiler(link ${ARGN} -o ${program})
    execute_process(COMMAND ${command} ${program} WORKING_DIRECTORY ${WORK}
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT result EQUAL 0 OR NOT output MATCHES "linked")
        string(REPLACE ";" " " line "${ARGN}")
        message(FATAL_ERROR "does not run (${result}): ${line}\n${output}")
    endif()
    file(REMOVE ${program})
    math(EXPR number "${number} + 1")
    set(number ${number} PARENT_SCOPE)
endfunction()

set(objects ${WORK}/main.o ${WORK}/other.o)
foreach(define "" -DINITGUID)
    foreach(kind static dll whole)
        set(library ${STATIC})
        set(dll "")
        if(kind STREQUAL "dll")
            set(library ${IMPORT})
            set(dll -DHOSTMEM_DLL)
        elseif(kind STREQUAL "whole")
            if(define)
                continue()
            endif()
            set(library -Wl,--whole-archive ${STATIC} -Wl,--no-whole-archive)
        endif()
        compile(${define} ${dll})
        foreach(own "" ${WORK}/own.o)
            if(own AND (define OR kind STREQUAL "whole"))
                continue() # the program would define them twice
            endif()
            try(${objects} ${own} ${library})
            try(${objects} ${own} -luuid ${library})
            try(${objects} ${own} ${library} -luuid)
        endforeach()
    endforeach()
endforeach()
message("${number} programs were linked and have run")
