# Passes the compiler's reports to stack_usage.awk.
#     cmake -DAWK=program -DSOURCE=repository -DREPORTS=folder... -DLIMIT=bytes -P stack_usage.cmake
set(reports "")
foreach(folder IN LISTS REPORTS)
    file(GLOB_RECURSE more ${folder}/*.ci)
    list(APPEND reports ${more})
endforeach()
file(GLOB_RECURSE sources ${SOURCE}/src/*.h ${SOURCE}/src/*.c) # also headers: inline functions call through pointers, too
if(NOT reports)
    message(FATAL_ERROR "no reports in ${REPORTS}")
endif()
execute_process(COMMAND ${AWK} -v limit=${LIMIT} -f ${CMAKE_CURRENT_LIST_DIR}/stack_usage.awk
    ${SOURCE}/include/hostmem/hostmem.h ${SOURCE}/include/hostmem/inspect.h ${SOURCE}/include/hostmem/trace.h
    ${SOURCE}/include/hostmem/counters.h
    ${sources} ${reports}
    RESULT_VARIABLE result)
if(NOT result EQUAL 0)
    message(FATAL_ERROR "stack_usage.awk: ${result}")
endif()
