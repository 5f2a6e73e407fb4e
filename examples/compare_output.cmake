# Runs a program and compares what it prints, stdout and stderr together, line by line with a file of regular
# expressions, and its exit code with the one that is expected.
#     cmake -DEXPECTED=file -DEXIT_CODE=number [-DINPUT=file] -P compare_output.cmake -- PROGRAM [ARGUMENT...]
# INPUT: a file for the program's standard input.
include(${CMAKE_CURRENT_LIST_DIR}/../cmake/script_command.cmake)

set(input "")
if(INPUT)
    set(input INPUT_FILE ${INPUT})
    set(ENV{HOSTMEM_WINE_INPUT} ${INPUT}) # cmake/wine.sh passes no other input on
endif()
execute_process(COMMAND ${command} ${input} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE exit_code)
message("${output}")
if(NOT exit_code EQUAL EXIT_CODE)
    message(FATAL_ERROR "the exit code is ${exit_code}, not ${EXIT_CODE}")
endif()

# take_line(text line): removes the first line from a text and returns it. CMake's lists cannot hold brackets and
# semicolons.
function(take_line text line)
    string(FIND "${${text}}" "\n" length)
    string(SUBSTRING "${${text}}" 0 ${length} first)
    math(EXPR rest "${length} + 1")
    string(SUBSTRING "${${text}}" ${rest} -1 others)
    set(${line} "${first}" PARENT_SCOPE)
    set(${text} "${others}" PARENT_SCOPE)
endfunction()

file(READ "${EXPECTED}" patterns)
string(REPLACE "\r" "" output "${output}")
string(REPLACE "\r" "" patterns "${patterns}")
while(output AND patterns)
    take_line(output line)
    take_line(patterns pattern)
    if(NOT line MATCHES "^${pattern}$")
        message(FATAL_ERROR "this line:\n${line}\ndoes not match:\n${pattern}")
    endif()
endwhile()
if(output OR patterns)
    message(FATAL_ERROR "expected and not printed: \"${patterns}\"; printed and not expected: \"${output}\"")
endif()
