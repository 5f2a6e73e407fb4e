# Tests that run programs of this build, as opposed to those that only look at what was built. A kernel for 64-bit
# programs only cannot run 32-bit Windows programs: there such tests are registered but disabled. Every other machine
# runs all of them. cmake/runs_x86.sh detects this, or HOSTMEM_RUNS_X86 overrides it.
set(HOSTMEM_PROGRAMS_RUN TRUE CACHE INTERNAL "Whether programs of this build can be run here")
if(CMAKE_CROSSCOMPILING_EMULATOR AND CMAKE_SIZEOF_VOID_P EQUAL 4)
    execute_process(COMMAND ${PROJECT_SOURCE_DIR}/cmake/runs_x86.sh
        OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    if(answer STREQUAL "no")
        set(HOSTMEM_PROGRAMS_RUN FALSE CACHE INTERNAL "Whether programs of this build can be run here")
        message(STATUS "This machine runs no 32-bit programs: tests that do are disabled")
    endif()
endif()

# hostmem_needs_programs(<test> [<fixture>])
# The test runs programs of this build, or reads what such a program wrote:
# it requires the test that such programs run at all, which is the fixture programs_run unless another is given.
function(hostmem_needs_programs test)
    set(fixture programs_run)
    if(ARGC GREATER 1)
        set(fixture ${ARGV1})
    endif()
    set_property(TEST ${test} APPEND PROPERTY FIXTURES_REQUIRED ${HOSTMEM_TEST_PREFIX}${fixture})
    if(NOT HOSTMEM_PROGRAMS_RUN)
        set_property(TEST ${test} PROPERTY DISABLED TRUE)
    endif()
endfunction()

# hostmem_add_proof(<test> <fixture> <program>)
# The test that programs run in an emulator: the program returns 42.
function(hostmem_add_proof test fixture program)
    add_test(NAME ${test} COMMAND ${PROJECT_SOURCE_DIR}/tests/support/really_runs.sh
        ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:${program}>)
    set_tests_properties(${test} PROPERTIES FIXTURES_SETUP ${HOSTMEM_TEST_PREFIX}${fixture})
    if(NOT HOSTMEM_PROGRAMS_RUN)
        set_tests_properties(${test} PROPERTIES DISABLED TRUE)
    endif()
endfunction()

# Both cases, on any machine: what is disabled, what is printed about it, and that nothing else is left out.
find_program(HOSTMEM_PYTHON NAMES python3 python HINTS /usr/bin)
if(WIN32 AND CMAKE_CROSSCOMPILING_EMULATOR AND CMAKE_SIZEOF_VOID_P EQUAL 8 AND CMAKE_C_COMPILER_ID STREQUAL "GNU"
        AND HOSTMEM_PYTHON AND NOT HOSTMEM_WITH_MIMALLOC)
    add_test(NAME ${HOSTMEM_TEST_PREFIX}programs COMMAND ${HOSTMEM_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/check_programs.py
        ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR}/programs)
    add_test(NAME ${HOSTMEM_TEST_PREFIX}wine COMMAND ${HOSTMEM_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/check_wine.py
        ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR}/wine)
endif()
