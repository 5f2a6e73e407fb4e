# Whether other programs can use the installed trace reader: a test for each way. What is built for this preset is first
# installed in a folder below the build folder, by the same test as for the library where that is built.
set(installed "${CMAKE_CURRENT_BINARY_DIR}/consumer/installed here") # a blank in the path, to find missing quotes
if(NOT TEST ${HOSTMEM_TEST_PREFIX}consumer.install)
    add_test(NAME ${HOSTMEM_TEST_PREFIX}consumer.install
        COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --prefix ${installed} --config $<CONFIG>)
    set_tests_properties(${HOSTMEM_TEST_PREFIX}consumer.install PROPERTIES FIXTURES_SETUP ${HOSTMEM_TEST_PREFIX}installed)
endif()
set(ways find_package)
find_program(HOSTMEM_PKG_CONFIG NAMES pkg-config pkgconf)
if(NOT MSVC AND HOSTMEM_PKG_CONFIG)
    list(APPEND ways pkg_config)
endif()
if(NOT WIN32)
    list(APPEND ways from_source)
endif()
set(system "")
if(CMAKE_CROSSCOMPILING)
    set(system -DSYSTEM=${CMAKE_SYSTEM_NAME})
endif()
foreach(way IN LISTS ways)
    set(test ${HOSTMEM_TEST_PREFIX}consumer.reader_${way})
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -DWAY=${way} "-DINSTALLED=${installed}"
        -DSOURCE=${PROJECT_SOURCE_DIR} -DWORK=${CMAKE_CURRENT_BINARY_DIR}/consumer/reader_${way}
        -DCOMPILER=${CMAKE_C_COMPILER} "-DFLAGS=${CMAKE_C_FLAGS}"
        -DREAD_TRACE=${PROJECT_SOURCE_DIR}/tests/hostmem-trace/read_trace.c
        -DTRACE=${CMAKE_CURRENT_BINARY_DIR}/hostmem-trace/life.trace -DRUN=${HOSTMEM_PROGRAMS_RUN} ${system}
        -P ${PROJECT_SOURCE_DIR}/tests/consumer/reader/check.cmake -- ${CMAKE_CROSSCOMPILING_EMULATOR})
    set_tests_properties(${test} PROPERTIES FIXTURES_REQUIRED ${HOSTMEM_TEST_PREFIX}installed)
    if(HOSTMEM_PROGRAMS_RUN)
        set_property(TEST ${test} APPEND PROPERTY FIXTURES_REQUIRED ${HOSTMEM_TEST_PREFIX}trace.write_life)
        hostmem_needs_programs(${test})
    endif()
endforeach()
