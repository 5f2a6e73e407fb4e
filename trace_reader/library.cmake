# hostmem_trace_reader: reads traces, for any program (hostmem/trace_reader.h). Does not need Windows or hostmem.
include_guard(GLOBAL)

set(reader_files problem files source decode unpack sums blocks reorder reader)
list(TRANSFORM reader_files REPLACE "(.+)" "${CMAKE_CURRENT_LIST_DIR}/\\1.c")

add_library(hostmem_trace_reader STATIC EXCLUDE_FROM_ALL ${reader_files})
add_library(hostmem::trace_reader ALIAS hostmem_trace_reader)
set_target_properties(hostmem_trace_reader PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
target_sources(hostmem_trace_reader PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include
    FILES ${PROJECT_SOURCE_DIR}/include/hostmem/trace_format.h ${PROJECT_SOURCE_DIR}/include/hostmem/trace_reader.h)
# Standard printf formats, whatever the C library.
target_compile_definitions(hostmem_trace_reader PRIVATE $<$<BOOL:${MINGW}>:__USE_MINGW_ANSI_STDIO=1>)
target_link_libraries(hostmem_trace_reader PRIVATE $<BUILD_INTERFACE:hostmem_warnings>)

# The same with its internal headers, for hostmem-trace and its tests: files, checksums and messages.
add_library(hostmem_trace_reader_inside INTERFACE)
target_include_directories(hostmem_trace_reader_inside INTERFACE ${CMAKE_CURRENT_LIST_DIR})
target_compile_definitions(hostmem_trace_reader_inside INTERFACE $<$<BOOL:${MINGW}>:__USE_MINGW_ANSI_STDIO=1>)
target_link_libraries(hostmem_trace_reader_inside INTERFACE hostmem_trace_reader)
