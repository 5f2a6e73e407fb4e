# What needs nothing of Windows: the tests that run over the simulated operating system alone, under Wine as well as on
# this system, and what they share.
include(${CMAKE_CURRENT_LIST_DIR}/sim_os.cmake)
set(HOSTMEM_TEST_SUPPORT_SOURCES
    ${HOSTMEM_SIM_OS_SOURCES}
    ${CMAKE_CURRENT_LIST_DIR}/check.c
    ${CMAKE_CURRENT_LIST_DIR}/host_fixture.c
    ${CMAKE_CURRENT_LIST_DIR}/com_doubles.c)
set(HOSTMEM_PORTABLE_TESTS
    sim_os sim_os_time sim_os_placement failure bits size_text sparse pagemap extents ledger budget sites core load pages_alloc
    hostmem host_malloc host_control memory_manager notices)
