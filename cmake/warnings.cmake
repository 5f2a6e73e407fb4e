# hostmem_warnings: the warnings for our own code. Linked privately, so that they do not affect users' targets.
add_library(hostmem_warnings INTERFACE)

# A parent project may turn on warnings, as errors even, that these sources were not written for.
set(HOSTMEM_WITHOUT_WARNINGS OFF)
if(NOT PROJECT_IS_TOP_LEVEL AND NOT HOSTMEM_WARNINGS_AS_ERRORS)
    set(HOSTMEM_WITHOUT_WARNINGS ON)
endif()

# Visual C++'s C runtime calls standard functions unsafe (C4996).
set(HOSTMEM_VISUAL_C_DEFINITIONS _CRT_SECURE_NO_WARNINGS)

if(MSVC)
    target_compile_definitions(hostmem_warnings INTERFACE ${HOSTMEM_VISUAL_C_DEFINITIONS})
    # cl.exe needs an option for C11's atomics, which clang-cl does not know.
    target_compile_options(hostmem_warnings INTERFACE
        $<IF:$<BOOL:${HOSTMEM_WITHOUT_WARNINGS}>,/w,/W4> /utf-8 $<$<COMPILE_LANGUAGE:C>:/std:c11> $<$<COMPILE_LANG_AND_ID:C,MSVC>:/experimental:c11atomics>
        $<$<BOOL:${HOSTMEM_WARNINGS_AS_ERRORS}>:/WX>)
elseif(HOSTMEM_WITHOUT_WARNINGS)
    target_compile_options(hostmem_warnings INTERFACE -w)
else()
    target_compile_options(hostmem_warnings INTERFACE
        -Wall -Wextra -Wpedantic -Wconversion $<$<BOOL:${HOSTMEM_WARNINGS_AS_ERRORS}>:-Werror>)
endif()
