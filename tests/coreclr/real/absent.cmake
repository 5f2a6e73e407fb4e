# Says why real runtimes are not tested. With CI=true that is a failure: nobody would notice.
#     cmake -DREASON=text -P absent.cmake
if("$ENV{CI}" STREQUAL "true")
    message(FATAL_ERROR "real runtimes cannot be tested, and CI=true: ${REASON}")
endif()
message("skipped: ${REASON}")
