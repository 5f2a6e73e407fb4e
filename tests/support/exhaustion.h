/* Takes memory through a manager until there is none, and frees it: for test_exhaustion. Nothing is asserted while
 * memory is exhausted: the first mistake is recorded without allocating, and reported later. */
#ifndef HOSTMEM_TESTS_EXHAUSTION_H
#define HOSTMEM_TESTS_EXHAUSTION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define COBJMACROS
#include <hostmem/hostmem.h>

#include <cmocka.h>
#include <corerror.h>

#include "os_limit.h"

#define KIB ((SIZE_T)1 << 10)
#define MIB ((SIZE_T)1 << 20)
#define ROOM (64 * MIB) /* size of a reservation for commits */
#define MAX_PIECES 65536u
#define LAST_ERROR 0x2badcafeu
#define POISON ((void *)(UINT_PTR)0xdddd)

/* Ways to take memory. */
typedef enum way {
    RESERVE,
    RESERVE_AND_COMMIT,
    COMMIT, /* piece by piece, in reservations made for it */
    BLOCK,
    WAYS
} way;

typedef struct piece {
    char *address;
    SIZE_T bytes;
    way way;
} piece;

typedef struct scene {
    os_limit limit;
    hostmem_budget *budget; /* without a limit: only to see what is charged */
    hostmem *instance;
    IHostMemoryManager *manager;
    IHostMalloc *heap;
    piece pieces[MAX_PIECES]; /* freed from the last to the first */
    unsigned count;
    char *room; /* the last reservation made for commits */
    SIZE_T room_used;
    UINT64 requests;   /* the level changes with each */
    UINT64 refused[3]; /* what hostmem_stats must say */
    UINT64 refusals;   /* of all kinds */
    UINT64 seed;
    char wrong[200]; /* the first mistake */
} scene;

/* Records the first mistake; way: -1 if it concerns none. */
void exhaustion_wrong(scene *s, const char *what, int way, UINT64 a, UINT64 b);
hostmem_stats exhaustion_stats(scene *s);

/* The failure table's result for the errors that a limit can cause. */
HRESULT exhaustion_result(DWORD error);

/* TRUE: allocated. FALSE: refused; a refusal that is not in the failure table is recorded. */
BOOL exhaustion_take_at(scene *s, way way, SIZE_T bytes, EMemoryCriticalLevel level);
/* The same with the levels in turn. */
BOOL exhaustion_take(scene *s, way way, SIZE_T bytes);
/* From large to small, until the smallest size is refused. */
void exhaustion_take_all(scene *s, way way);

void exhaustion_give_back_last(scene *s);
void exhaustion_give_all_back(scene *s);

#endif
