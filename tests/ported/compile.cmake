# Compiles sources to objects in the current folder, most of them with a precompiled windows.h, which takes a third of
# the time.
#
#   cmake "-DCOMPILER=cc;option;..." -DHEADER=windows_headers.h -DPLAIN=<regular expression> -P compile.cmake -- source...
#
# PLAIN: the sources that must not use it.
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/script_command.cmake)
set(sources ${command})
set(plain ${sources})
list(FILTER plain INCLUDE REGEX "${PLAIN}")
list(FILTER sources EXCLUDE REGEX "${PLAIN}")
if(NOT sources OR NOT plain)
    message(FATAL_ERROR "there are not sources of both kinds")
endif()
foreach(arguments "-x;c-header;${HEADER};-o;windows_headers.pch" "-include-pch;windows_headers.pch;-c;${sources}" "-c;${plain}")
    execute_process(COMMAND ${COMPILER} ${arguments} RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "${result}")
    endif()
endforeach()
