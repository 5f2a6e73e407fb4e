# The simulated operating system's files, for every test that puts it under the library.
set(HOSTMEM_SIM_OS_SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/sim_backing.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_blocks.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os_heap.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os_memory.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os_placement.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os_query.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os_system.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os_table.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os_threads.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os_time.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os_virtual.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_thread.c)
