# What needs nothing of Windows: the tests over the simulated operating system, which run under Wine and on this system,
# and what they share.
set(HOSTMEM_PORTABLE_TESTS
    sim_os sim_os_controls sim_os_virtual sim_os_time sim_os_placement
    failure bits size_text sparse pagemap extents ledger waiting waiting_storms shares budget account sites resets core
    load pressure address_reserve admission admission_waits placement closed budget_shared budget_races config environment
    pages_alloc pages_free pages_limits pages_races pages_views heap heap_limits heap_owner
    stats output format regions records origins baseline leaks sampler hostmem host_malloc host_control memory_manager notices notifying contract
    fault fault_rules fault_results fault_text fault_races sweep
    crc recorder etw trace trace_events trace_threads)

# Of what a report of a trace gathers.
set(HOSTMEM_PORTABLE_REPORT_TESTS report_ranges report_timeline report_marks report_pages report_model)
include(${PROJECT_SOURCE_DIR}/examples/hostmem-trace/report_parts.cmake)

set(support
    sim_backing sim_blocks sim_os sim_os_files sim_os_etw sim_os_heap sim_os_memory sim_os_placement sim_os_query sim_os_system sim_os_table
    sim_os_threads sim_os_time sim_os_virtual sim_machine sim_thread check heap_check host_fixture com_doubles
    listening_callback trace_reader trace_check policy sweep waiting_scene fault_ground
    instant_os instant_space caller victim)

# Of the programs that read traces, and of what they read; with their parts.
set(HOSTMEM_PORTABLE_TRACE_TESTS trace_format trace_reader trace_parts)
list(APPEND support trace_file trace_scenes)
include(${PROJECT_SOURCE_DIR}/examples/hostmem-trace/parts.cmake)

list(TRANSFORM support REPLACE ".+" "${CMAKE_CURRENT_LIST_DIR}/support/\\0.c" OUTPUT_VARIABLE HOSTMEM_TEST_SUPPORT_SOURCES)
