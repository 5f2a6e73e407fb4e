# The rules that tools can check: the order of the folders of src/, weak memory orders there, .editorconfig in all files,
# .clang-format in all of our sources, .clang-tidy in src/. The last two differ between versions of their tools;
# Debian 12's, version 14, are used.
find_program(HOSTMEM_CLANG_FORMAT NAMES clang-format-14 clang-format)
find_program(HOSTMEM_CLANG_TIDY NAMES clang-tidy-14 clang-tidy)

# lint_version(<result> <program>): whether it has the version that the rules were written for.
function(lint_version result program)
    set(output "")
    if(program)
        execute_process(COMMAND ${program} --version OUTPUT_VARIABLE output ERROR_QUIET)
    endif()
    set(${result} FALSE PARENT_SCOPE)
    if(output MATCHES "version 14\\.")
        set(${result} TRUE PARENT_SCOPE)
    else()
        message(STATUS "The house rules are not checked by ${program}: not version 14")
    endif()
endfunction()

lint_version(usable "${HOSTMEM_CLANG_FORMAT}")
if(usable)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/*.[ch] ${PROJECT_SOURCE_DIR}/include/*.h
        ${PROJECT_SOURCE_DIR}/trace_reader/*.[ch]
        ${PROJECT_SOURCE_DIR}/tests/*.[ch] ${PROJECT_SOURCE_DIR}/tests/*.cpp ${PROJECT_SOURCE_DIR}/examples/*.[ch]
        ${PROJECT_SOURCE_DIR}/examples/*.cpp)
    add_test(NAME ${HOSTMEM_TEST_PREFIX}lint.format COMMAND ${HOSTMEM_CLANG_FORMAT} --dry-run -Werror ${sources})
endif()

lint_version(usable "${HOSTMEM_CLANG_TIDY}")
if(usable)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/*.c)
    list(FILTER sources EXCLUDE REGEX "/heap_mimalloc\\.c$") # whose headers are somewhere else
    # In parts, which run beside each other: all of it takes minutes.
    set(parts 4)
    foreach(part RANGE 1 ${parts})
        set(of_this)
        set(at 0)
        foreach(source IN LISTS sources)
            math(EXPR at "${at} % ${parts} + 1")
            if(at EQUAL part)
                list(APPEND of_this ${source})
            endif()
        endforeach()
        add_test(NAME ${HOSTMEM_TEST_PREFIX}lint.tidy.${part} COMMAND ${HOSTMEM_CLANG_TIDY} --quiet ${of_this}
            -- --target=x86_64-w64-mingw32 -std=c11 -I${PROJECT_SOURCE_DIR}/include -I${PROJECT_SOURCE_DIR}/src)
    endforeach()
endif()

find_program(HOSTMEM_PYTHON NAMES python3 python HINTS /usr/bin) # Debian's, which has Debian's packages
set(missing 1)
if(HOSTMEM_PYTHON)
    add_test(NAME ${HOSTMEM_TEST_PREFIX}lint.folders
        COMMAND ${HOSTMEM_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/lint_folders.py ${PROJECT_SOURCE_DIR})
    add_test(NAME ${HOSTMEM_TEST_PREFIX}lint.links
        COMMAND ${HOSTMEM_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/lint_links.py ${PROJECT_SOURCE_DIR})
    add_test(NAME ${HOSTMEM_TEST_PREFIX}lint.uncovered
        COMMAND ${HOSTMEM_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/check_coverage.py --list tests/uncovered.txt
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    add_test(NAME ${HOSTMEM_TEST_PREFIX}lint.memory_order
        COMMAND ${HOSTMEM_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/lint_memory_order.py ${PROJECT_SOURCE_DIR})
    execute_process(COMMAND ${HOSTMEM_PYTHON} -c "import editorconfig" RESULT_VARIABLE missing OUTPUT_QUIET ERROR_QUIET)
endif()
if(missing EQUAL 0)
    add_test(NAME ${HOSTMEM_TEST_PREFIX}lint.editorconfig
        COMMAND ${HOSTMEM_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/lint_editorconfig.py ${PROJECT_SOURCE_DIR})
else()
    message(STATUS "The house rules of .editorconfig are not checked (Debian: python3-editorconfig)")
endif()
