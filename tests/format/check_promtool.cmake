# Passes a program's output to "promtool check metrics", which must report nothing.
#     cmake -DPROMTOOL=program -P check_promtool.cmake -- PROGRAM [ARGUMENT...]
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/script_command.cmake)

execute_process(COMMAND ${command} COMMAND ${PROMTOOL} check metrics OUTPUT_VARIABLE said ERROR_VARIABLE said
    RESULTS_VARIABLE exit_codes)
message("${said}")
if(NOT exit_codes STREQUAL "0;0" OR NOT said STREQUAL "")
    message(FATAL_ERROR "the exit codes are ${exit_codes}")
endif()
