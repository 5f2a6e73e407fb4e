# hostmem_warnings: how strictly our own code is compiled. Linked privately, so that it never reaches a user's target.
add_library(hostmem_warnings INTERFACE)

# The C runtime of Visual C++ calls functions of the standard unsafe (C4996).
set(HOSTMEM_VISUAL_C_DEFINITIONS _CRT_SECURE_NO_WARNINGS)

if(MSVC)
    target_compile_definitions(hostmem_warnings INTERFACE ${HOSTMEM_VISUAL_C_DEFINITIONS})
    # cl.exe has C11's atomics behind a switch of their own, which clang-cl does not know.
    target_compile_options(hostmem_warnings INTERFACE
        /W4 /utf-8 $<$<COMPILE_LANGUAGE:C>:/std:c11> $<$<COMPILE_LANG_AND_ID:C,MSVC>:/experimental:c11atomics>
        $<$<BOOL:${HOSTMEM_WARNINGS_AS_ERRORS}>:/WX>)
else()
    target_compile_options(hostmem_warnings INTERFACE
        -Wall -Wextra -Wpedantic -Wconversion $<$<BOOL:${HOSTMEM_WARNINGS_AS_ERRORS}>:-Werror>)
endif()
