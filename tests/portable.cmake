# The unit tests that need nothing but the simulated operating system: they are built for Windows, and natively.
set(HOSTMEM_PORTABLE_TESTS
    sim_os failure bits size_text sparse pagemap extents ledger budget sites core pressure
    pages_alloc pages_free pages_limits pages_races pages_views heap heap_limits)

# What they share beside it.
set(HOSTMEM_CHECK_SOURCES ${CMAKE_CURRENT_LIST_DIR}/support/check.c ${CMAKE_CURRENT_LIST_DIR}/support/heap_check.c)
