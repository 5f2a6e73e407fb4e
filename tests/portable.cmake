# The folders of the tests are those of src/; what several tests share is in support/, sim_os/ and standin/.
set(HOSTMEM_TEST_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(HOSTMEM_TEST_INCLUDES ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_LIST_DIR}/support ${CMAKE_CURRENT_LIST_DIR}/sim_os
    ${CMAKE_CURRENT_LIST_DIR}/standin ${CMAKE_CURRENT_LIST_DIR}/coreclr)

# hostmem_find_test(<result> <name>): the path of test_<name>.c in any of the folders.
function(hostmem_find_test result name)
    file(GLOB paths ${HOSTMEM_TEST_FOLDER}/test_${name}.c ${HOSTMEM_TEST_FOLDER}/*/test_${name}.c)
    list(FILTER paths EXCLUDE REGEX "/tests/native/")
    list(LENGTH paths count)
    if(NOT count EQUAL 1)
        message(FATAL_ERROR "test_${name}.c must exist in exactly one folder of tests/; found: ${paths}")
    endif()
    set(${result} ${paths} PARENT_SCOPE)
endfunction()

# Needs nothing from Windows: the tests over the simulated operating system, which run under Wine and on this system,
# and what they share.
set(HOSTMEM_PORTABLE_TESTS
    sim_os sim_os_controls sim_os_virtual sim_os_time sim_os_placement
    failure bits size_text sparse_array atomic_bitmap block_map extent_table overlap ledger waiting waiting_storms quota_cache quota_cache_charges budget sites relock_queue core
    memory_load notifier address_reserve admission admission_waits placement closed budget_shared budget_races config environment
    pages_alloc pages_free pages_limits pages_races views views_races heap heap_limits heap_owner
    stats output format regions records kinds origins baseline leaks sampler page_origins hostmem host_malloc host_control memory_manager notices notifying contract
    fault fault_rules fault_results fault_text fault_races sweep
    crc event_buffer etw counters trace trace_pack trace_events trace_environment trace_threads
    imports import_patch object_ranges blocks private_heaps module_names)

# Tests of the parts of a report.
set(HOSTMEM_PORTABLE_REPORT_TESTS
    report_ranges report_timeline report_marks report_pages report_changes report_paths report_model)
include(${PROJECT_SOURCE_DIR}/examples/hostmem-trace/report_parts.cmake)

set(support
    sim_backing sim_blocks sim_os sim_os_files sim_os_etw sim_os_counters sim_os_heap sim_os_memory sim_os_placement sim_os_query sim_os_system sim_os_table
    sim_os_threads sim_os_time sim_os_virtual sim_machine sim_thread check heap_check host_fixture com_doubles
    late_clock listening_callback trace_packed trace_reader trace_check policy sweep waiting_scene fault_ground
    instant_os instant_space caller victim fake_image stranger)

# Tests of the programs that read traces, with what they need.
set(HOSTMEM_PORTABLE_TRACE_TESTS trace_format trace_reader trace_parts methods)
list(APPEND support trace_file trace_scenes trace_scene_growth trace_scene_pages)
include(${PROJECT_SOURCE_DIR}/examples/hostmem-trace/parts.cmake)

set(HOSTMEM_TEST_SUPPORT_SOURCES "")
foreach(name IN LISTS support)
    set(folder support)
    if(name MATCHES "^sim_os")
        set(folder sim_os)
    elseif(name MATCHES "^(fake_image|stranger)$")
        set(folder coreclr)
    endif()
    list(APPEND HOSTMEM_TEST_SUPPORT_SOURCES ${CMAKE_CURRENT_LIST_DIR}/${folder}/${name}.c)
endforeach()

# The results of Windows' functions, for test_win32_calls.c.
foreach(name virtual protect free reactos kernel clr heap views edges)
    list(APPEND HOSTMEM_WIN32_CALLS_SOURCES ${CMAKE_CURRENT_LIST_DIR}/win32_calls/calls_${name}.c)
endforeach()
list(APPEND HOSTMEM_WIN32_CALLS_SOURCES ${CMAKE_CURRENT_LIST_DIR}/win32_calls/world.c)
