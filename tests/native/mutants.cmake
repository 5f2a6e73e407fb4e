# Faults that the sweep has to tell: the library's sources with one of the mistakes that they were freed of, each linked
# with the sweep (test_stops.c), which is run where it must find it.

# hostmem_stops_mutant(<name> SOURCE <file of src/> [HEADER <file of src/>] WAY <part of a name> CALL <part of a name>
#                      TOLD <regular expression> REPLACE <text> <other text> [<text> <other text>...])
# All places that have the text get the other one; there must be one. HEADER: they are in that file, which SOURCE
# includes.
function(hostmem_stops_mutant name)
    cmake_parse_arguments(PARSE_ARGV 1 mutant "" "SOURCE;HEADER;WAY;CALL;TOLD" REPLACE)
    set(program stops_mutant_${name})
    set(compiled ${CMAKE_CURRENT_BINARY_DIR}/${program}.c)
    set(options -include ${CMAKE_CURRENT_SOURCE_DIR}/step.h)
    if(mutant_HEADER)
        set(source ${PROJECT_SOURCE_DIR}/src/${mutant_HEADER})
        set(changed ${CMAKE_CURRENT_BINARY_DIR}/${program}.headers/${mutant_HEADER})
        file(WRITE ${compiled} "#include \"${mutant_SOURCE}\"\n")
        list(APPEND options -iquote ${CMAKE_CURRENT_BINARY_DIR}/${program}.headers)
    else()
        set(source ${PROJECT_SOURCE_DIR}/src/${mutant_SOURCE})
        set(changed ${compiled})
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    file(READ ${source} text)
    while(mutant_REPLACE)
        list(POP_FRONT mutant_REPLACE from to)
        string(REPLACE "@" ";" from "${from}") # a semicolon would end an argument
        string(REPLACE "@" ";" to "${to}")
        string(FIND "${text}" "${from}" at)
        if(at EQUAL -1)
            message(FATAL_ERROR "The mutant ${name} has no place in ${source}: ${from}")
        endif()
        string(REPLACE "${from}" "${to}" text "${text}")
    endwhile()
    file(CONFIGURE OUTPUT ${changed} CONTENT "${text}" @ONLY)

    get_filename_component(file ${mutant_SOURCE} NAME)
    hostmem_add_stepped(${program} ${compiled} test_stops.c
        $<FILTER:$<TARGET_OBJECTS:hostmem_stepped>,EXCLUDE,/${file}\\.o$>)
    set_source_files_properties(${compiled} PROPERTIES COMPILE_OPTIONS "${options}")
    add_test(NAME ${HOSTMEM_TEST_PREFIX}stops.mutants.${name} COMMAND ${program})
    set_tests_properties(${HOSTMEM_TEST_PREFIX}stops.mutants.${name} PROPERTIES
        ENVIRONMENT "HOSTMEM_STOPS_WAY=${mutant_WAY};HOSTMEM_STOPS_CALL=${mutant_CALL}"
        PASS_REGULAR_EXPRESSION "${mutant_TOLD}")
endfunction()

hostmem_stops_mutant(sum_in_a_variable SOURCE budget/budget.c
    WAY "crossing into the last 4 MiB" CALL "VirtualAlloc (large)"
    TOLD "ended in .* a request for all the room is refused"
    REPLACE
    "        atomic_fetch_sub(&budget->charged_bytes, bytes)@\n        flushed += bytes@\n    }\n"
    "        flushed += bytes@\n    }\n    atomic_fetch_sub(&budget->charged_bytes, flushed)@\n")
hostmem_stops_mutant(ended_waiter SOURCE budget/budget.c
    WAY "waiting for more than there is" CALL "VirtualAlloc (large)"
    TOLD "ended in .* blocks afterwards: they cost more"
    REPLACE "    if (bypass & HMI_BYPASS_WAITING)\n        hmi_waiting_check(&budget->waiting)@\n" "")
hostmem_stops_mutant(told_too_late SOURCE budget/budget.c
    WAY "a callback, becoming low" CALL "VirtualAlloc (large)"
    TOLD "memory is low, and the CLR has not heard of it"
    REPLACE
    "        tell_listeners(budget)@\n        atomic_store(&budget->zone, zone)@\n"
    "        atomic_store(&budget->zone, zone)@\n        tell_listeners(budget)@\n")
hostmem_stops_mutant(refusal_noted_and_not_told SOURCE budget/notifier.c
    WAY "a callback, refused" CALL "VirtualAlloc (large)"
    TOLD "a request was refused, and the CLR has not heard of it"
    REPLACE
    "    atomic_store(&notifier->refused, true)@\n    wake(notifier)@"
    "    if (!atomic_exchange(&notifier->refused, true))\n        wake(notifier)@")
hostmem_stops_mutant(registered_with_a_thread_to_come SOURCE budget/notifier.c
    WAY "threads are refused" CALL "RegisterMemoryNotificationCallback"
    TOLD "a callback was registered, and is never called"
    REPLACE
    "    if (atomic_load(&notifier->is_started))\n        return 0@\n"
    "    if (atomic_exchange(&notifier->is_started, true))\n        return 0@\n"
    "        return atomic_load(&notifier->is_started) ? 0 : error@"
    "        atomic_store(&notifier->is_started, false)@\n        return error@")
hostmem_stops_mutant(block_of_the_trace_kept SOURCE events/event_buffer.c
    WAY "a trace" CALL "VirtualQuery"
    TOLD "ended in .* a trace afterwards: it has less room, by events"
    REPLACE
    " || (!found && ++block->idle_rounds >= FORGOTTEN_ROUNDS && count_emptied(block))" "")
hostmem_stops_mutant(trace_left_alone SOURCE hostmem.c
    WAY "no limit" CALL "hostmem_trace_start"
    TOLD "ended in .* a thread of the library's does not end"
    REPLACE "        hmi_trace_abandon(instance->trace)@" "        return@")
hostmem_stops_mutant(sum_behind SOURCE books/ledger.c
    WAY "no limit" CALL "VirtualAlloc (commit code)"
    TOLD "ended in .* executable_bytes is off"
    REPLACE
    "    expect(&ledger->executable_bytes, expected)@\n" ""
    "settle(&ledger->executable_bytes, expected, set, 0)@" "settle(&ledger->executable_bytes, 0, set, 0)@"
    "    if ((int64_t)bytes < 0)\n        bytes = 0@\n" "")
hostmem_stops_mutant(kind_of_a_freed_block_kept SOURCE com/host_malloc.c HEADER memory/heap_calls.h
    WAY "memory is named" CALL "Free"
    TOLD "the kinds do not add up"
    REPLACE "    hmi_heap_count(heap, 0 - (uint64_t)head.size)@\n" "")
