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
set(here ${CMAKE_CURRENT_LIST_DIR})
set(number 0)

# try(<what is between the sources and the end of the command line> ...)
function(try)
    set(program ${WORK}/program.exe)
    execute_process(COMMAND ${COMPILER} ${flags} -std=c11 -I${INCLUDE} ${ARGN} -o ${program}
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    string(REPLACE ";" " " line "${ARGN}")
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "cannot be linked: ${line}\n${output}")
    endif()
    execute_process(COMMAND ${command} ${program} WORKING_DIRECTORY ${WORK}
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT result EQUAL 0 OR NOT output MATCHES "linked")
        message(FATAL_ERROR "does not run (${result}): ${line}\n${output}")
    endif()
    file(REMOVE ${program})
    math(EXPR number "${number} + 1")
    set(number ${number} PARENT_SCOPE)
endfunction()

set(sources ${here}/main.c ${here}/other.c)
foreach(define "" -DINITGUID)
    foreach(own "" ${here}/own.c)
        if(define AND own)
            continue() # the program would define them twice
        endif()
        foreach(kind static dll whole)
            if(kind STREQUAL "whole" AND (own OR define))
                continue()
            endif()
            set(library ${STATIC})
            set(dll "")
            if(kind STREQUAL "dll")
                set(library ${IMPORT})
                set(dll -DHOSTMEM_DLL)
            elseif(kind STREQUAL "whole")
                set(library -Wl,--whole-archive ${STATIC} -Wl,--no-whole-archive)
            endif()
            try(${define} ${dll} ${sources} ${own} ${library})
            try(${define} ${dll} ${sources} ${own} -luuid ${library})
            try(${define} ${dll} ${sources} ${own} ${library} -luuid)
        endforeach()
    endforeach()
endforeach()
message("${number} programs were linked and have run")
