# The simulated operating system's files, for every test that puts it under the library.
set(HOSTMEM_SIM_OS_SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/sim_backing.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_blocks.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os_heap.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os_table.c
    ${CMAKE_CURRENT_LIST_DIR}/sim_os_virtual.c)

# What the simulation's own tests add.
set(HOSTMEM_SIM_MACHINE_SOURCES ${CMAKE_CURRENT_LIST_DIR}/sim_machine.c)
