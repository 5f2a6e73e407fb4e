# Compiles programs against the public headers, in the combinations that the headers promise to work in, and reports
# those that do not. Nothing is linked or run. One call checks the combinations for a compiler and a language:
#
#   cmake -DLANGUAGE=C|CXX -DCOMPILER=... -DOPTIONS=... -DPORTED=... -DINCLUDE=... -P check_headers.cmake
#
# OPTIONS: a list of further options of the compiler. PORTED: a list of options, each for another target, for which only
# hostmem.h is compiled. INCLUDE: the folder with hostmem/.
cmake_minimum_required(VERSION 3.25)

set(strict -Wall -Wextra -Wpedantic -Wconversion -Werror -fsyntax-only -I${INCLUDE})

# How a program sees interfaces: the options for that and the source to compile. Adjacent entries differ most.
if(LANGUAGE STREQUAL "C")
    set(standards c99 c11 c17)
    set(views slots macros)
    set(slots header_use.c)
    set(macros -DCOBJMACROS header_use.c)
else()
    set(standards c++11 c++14 c++17 c++20)
    set(views classes cinterface_macros classes_macros cinterface)
    set(classes header_use.cpp)
    set(cinterface_macros -DCINTERFACE -DCOBJMACROS -x c++ header_use.c)
    set(classes_macros -DCOBJMACROS header_use.cpp)
    set(cinterface -DCINTERFACE -x c++ header_use.c)
endif()

# Where mscoree.h is included, and which one.
set(sdk -DEXPECT_SDK -isystem ${CMAKE_CURRENT_LIST_DIR}/sdk)
set(alone "")
set(mscoree_first -DMSCOREE_FIRST)
set(mscoree_last -DMSCOREE_LAST)
set(sdk_alone ${sdk})
set(sdk_first ${sdk} -DMSCOREE_FIRST)
set(sdk_last ${sdk} -DMSCOREE_LAST)

set(tried 0)
set(failed 0)

# Compiles one combination; more options may follow. It has failed if the compiler's result, "compiles" or "is refused",
# is not the expected one.
function(check expected standard view place header)
    execute_process(
        COMMAND ${COMPILER} ${OPTIONS} -std=${standard} ${strict} ${${place}} -DTESTED_HEADER=<hostmem/${header}>
            ${ARGN} ${${view}}
        WORKING_DIRECTORY ${CMAKE_CURRENT_LIST_DIR}
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    set(complaint "")
    if(expected STREQUAL "compiles" AND NOT result EQUAL 0)
        set(complaint "does not compile")
    elseif(expected STREQUAL "is refused" AND NOT output MATCHES "error: [^\n]*(VirtualQuery|SIZE_T|override)")
        set(complaint "the planted error was not reported")
    endif()
    if(complaint)
        list(JOIN ARGN " " more)
        message("FAILED: ${header} ${standard} ${view} ${place} ${more}: ${complaint}\n${output}")
        math(EXPR failed "${failed} + 1")
    endif()
    math(EXPR tried "${tried} + 1")
    set(tried ${tried} PARENT_SCOPE)
    set(failed ${failed} PARENT_SCOPE)
endfunction()

# Returns the items of the list in turn. All combinations would take minutes, and most differ in nothing that matters.
function(in_turn list turn out)
    list(LENGTH ${list} count)
    math(EXPR index "${turn} % ${count}")
    list(GET ${list} ${index} item)
    set(${out} ${item} PARENT_SCOPE)
endfunction()

# Each header alone, in every standard.
set(turn 0)
foreach(standard IN LISTS standards)
    in_turn(views ${turn} view)
    check(compiles ${standard} ${view} alone hostmem.h)
    math(EXPR turn "${turn} + 1")
    in_turn(views ${turn} view)
    check(compiles ${standard} ${view} alone interfaces.h)
    check(compiles ${standard} ${view} alone inspect.h)
    check(compiles ${standard} ${view} alone counters.h)
endforeach()

# With each mscoree.h, in each order. With as little of windows.h as possible, which is quicker, and more cannot be
# worse.
set(turn 0)
foreach(place mscoree_first mscoree_last sdk_alone sdk_first sdk_last)
    in_turn(views ${turn} view)
    in_turn(standards ${turn} standard)
    check(compiles ${standard} ${view} ${place} hostmem.h -DWIN32_LEAN_AND_MEAN)
    math(EXPR turn "${turn} + 1")
endforeach()

# Two views for the other targets, and with an error that must be found.
list(GET standards 1 standard)
foreach(turn 0 1)
    in_turn(views ${turn} view)
    foreach(options IN LISTS PORTED)
        string(REPLACE " " ";" options "${options}")
        check(compiles ${standard} ${view} alone hostmem.h ${options})
    endforeach()
    check("is refused" ${standard} ${view} alone interfaces.h -DWRONG_CALL)
endforeach()

message("${tried} combinations, ${failed} failed")
if(failed)
    message(FATAL_ERROR "A public header does not work everywhere: see FAILED above.")
endif()
