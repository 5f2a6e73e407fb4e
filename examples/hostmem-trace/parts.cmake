# hostmem_trace_parts: hostmem-trace without its commands, for the program and its tests. Does not need Windows.
include_guard(GLOBAL)

include(${CMAKE_CURRENT_LIST_DIR}/../../trace_reader/library.cmake)

set(parts utf8 file_name input live_map live_blocks kinds names frame_names methods image origin_names thread_names tally
    usage report_ranges report_pages digest growth proto gzip follow history durations)
if(WIN32)
    list(APPEND parts symbolizer_windows)
else()
    list(APPEND parts symbolizer)
endif()
list(TRANSFORM parts REPLACE "(.+)" "${CMAKE_CURRENT_LIST_DIR}/\\1.c")

add_library(hostmem_trace_parts STATIC EXCLUDE_FROM_ALL ${parts})
set_target_properties(hostmem_trace_parts PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
target_include_directories(hostmem_trace_parts PUBLIC ${CMAKE_CURRENT_LIST_DIR} ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(hostmem_trace_parts PUBLIC hostmem_trace_reader_inside PRIVATE hostmem_warnings)
