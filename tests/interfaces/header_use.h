/* The prologue of the header tests: includes the header under test in the order that check_headers.cmake asks for,
 * and nothing else, so that the header must include what it needs. TESTED_HEADER: what is tested. MSCOREE_FIRST,
 * MSCOREE_LAST: where the program includes mscoree.h itself. EXPECT_SDK: that mscoree.h must have been the one in
 * the folder sdk. WRONG_CALL: adds an error that the compiler must report, to show that the tests can fail. */
#ifdef MSCOREE_FIRST
#include <mscoree.h>
#endif

#include TESTED_HEADER

#ifdef MSCOREE_LAST
#include <mscoree.h>
#endif

#if defined(EXPECT_SDK) != defined(HOSTMEM_TEST_SDK_MSCOREE_H)
#error "another mscoree.h was included than this combination is about"
#endif

/* What IHostMemoryManager::VirtualQuery writes. */
#ifdef WRONG_CALL
typedef INT64 query_result[2];
#else
typedef SIZE_T query_result;
#endif
