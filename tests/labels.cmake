# Which tests have which label (`ctest -L`), and which tests CTest starts first. README.md describes the labels.
set(HOSTMEM_LABEL_RULES # label, and a regular expression for the test's name without its prefix
    lint "^(lint\\.|api_reference$)"
    runtimes "^coreclr\\."
    package "^(amalgamation|consumer|headers_|linking|natvis$|nuget$|parent|ported|ports$|sdk_sources$)"
    fuzz "^fuzz\\."
    storm "^(perturbed_.*|stops\\..*|storm|parts|suspended|terminated|exits|.*_races|.*_storms|trace_threads|mimalloc\\.(storm|suspended|exits))$"
    trace "^(crc|event_buffer|methods|trace.*|report.*)$")
# The tests that x86_emulated.sh runs: as many as take a reasonable time.
set(HOSTMEM_EMULATED_TESTS "^(contract|conformance\\.(hostmem|right_manager)|memory_manager|host_malloc|standin|exits)$")
set(HOSTMEM_TEST_COSTS # approximate seconds of tests that would otherwise run alone at the end
    60 "^(fuzz\\.pages|lint\\.tidy\\..*|ports|stops\\.[0-9]|sdk_sources)$"
    40 "^(suspended|unload|headers_gcc_cxx|coreclr\\..*\\.refusals)$"
    30 "^(consumer\\.(add_subdirectory|fetch_content)|parent)"
    25 "^(terminated|exits|exhaustion_standin|conformance\\.mutants)"
    15 "^(linking|headers_|fuzz|report\\.(page|follow)|standin_sweep|mimalloc\\.(exits|suspended))"
    10 "^(conformance|standin_limits|clrhost\\.check|programs)"
    5 "^(perturbed_.*|storm|parts|.*_storms|.*_races|sweep|admission|fault_results|trace_reader|bench)$")

# The label that all tests of this build have; of native's, the quick ones are the unit tests.
if(HOSTMEM_WINDOWS_SDK)
    set(HOSTMEM_BUILD_LABEL package)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "ARM64|aarch64")
    set(HOSTMEM_BUILD_LABEL arm64)
elseif(WIN32 AND CMAKE_SIZEOF_VOID_P EQUAL 4)
    set(HOSTMEM_BUILD_LABEL x86)
elseif(WIN32)
    set(HOSTMEM_BUILD_LABEL x64)
elseif(CMAKE_C_FLAGS MATCHES "fsanitize=thread")
    set(HOSTMEM_BUILD_LABEL tsan)
else()
    set(HOSTMEM_BUILD_LABEL unit)
endif()

# To be called at the end of every directory with tests: cmake_language(DEFER CALL hostmem_label_tests)
function(hostmem_label_tests)
    get_property(tests DIRECTORY PROPERTY TESTS)
    string(LENGTH "${HOSTMEM_TEST_PREFIX}" prefix_length)
    foreach(test IN LISTS tests)
        string(SUBSTRING ${test} ${prefix_length} -1 name)
        set(labels "")
        set(rules ${HOSTMEM_LABEL_RULES})
        while(rules)
            list(POP_FRONT rules label expression)
            if(name MATCHES "${expression}")
                list(APPEND labels ${label})
            endif()
        endwhile()
        if(NOT (HOSTMEM_BUILD_LABEL STREQUAL "unit" AND (labels MATCHES "storm|fuzz|package" OR name MATCHES "^report\\.(page|traces|follow)$")))
            list(APPEND labels ${HOSTMEM_BUILD_LABEL})
        endif()
        if(HOSTMEM_BUILD_LABEL STREQUAL "x86" AND name MATCHES "${HOSTMEM_EMULATED_TESTS}")
            list(APPEND labels x86-emulated)
        endif()
        list(REMOVE_DUPLICATES labels)
        set_property(TEST ${test} APPEND PROPERTY LABELS ${labels})

        get_property(cost TEST ${test} PROPERTY COST)
        set(costs ${HOSTMEM_TEST_COSTS})
        while(costs AND NOT cost)
            list(POP_FRONT costs seconds expression)
            if(name MATCHES "${expression}")
                set(cost ${seconds})
                set_property(TEST ${test} PROPERTY COST ${seconds})
            endif()
        endwhile()
    endforeach()
endfunction()
