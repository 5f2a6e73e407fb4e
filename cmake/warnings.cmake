# hostmem_warnings: the warnings for our own code. Linked privately, so that they do not affect users' targets.
add_library(hostmem_warnings INTERFACE)

# Visual C++'s C runtime calls standard functions unsafe (C4996).
set(HOSTMEM_VISUAL_C_DEFINITIONS _CRT_SECURE_NO_WARNINGS)

if(MSVC)
    target_compile_definitions(hostmem_warnings INTERFACE ${HOSTMEM_VISUAL_C_DEFINITIONS})
    # cl.exe needs an option for C11's atomics, which clang-cl does not know.
    target_compile_options(hostmem_warnings INTERFACE
        /W4 /utf-8 $<$<COMPILE_LANGUAGE:C>:/std:c11> $<$<COMPILE_LANG_AND_ID:C,MSVC>:/experimental:c11atomics>
        $<$<BOOL:${HOSTMEM_WARNINGS_AS_ERRORS}>:/WX>)
else()
    target_compile_options(hostmem_warnings INTERFACE
        -Wall -Wextra -Wpedantic -Wconversion $<$<BOOL:${HOSTMEM_WARNINGS_AS_ERRORS}>:-Werror>)
endif()
