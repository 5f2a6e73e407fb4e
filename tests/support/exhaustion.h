/* Memory that is taken through a manager until there is none, and given back: what test_exhaustion takes and counts.
 * Nothing is asserted while memory is out: what is wrong is written down without taking any, and reported later. */
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
#define ROOM (64 * MIB) /* what is reserved to commit in */
#define MAX_PIECES 65536u
#define LAST_ERROR 0x2badcafeu
#define POISON ((void *)(UINT_PTR)0xdddd)

/* How memory is taken. */
typedef enum way {
    RESERVE,
    RESERVE_AND_COMMIT,
    COMMIT, /* piece by piece, in rooms that are reserved for it */
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
    piece pieces[MAX_PIECES]; /* given back from the last to the first */
    unsigned count;
    char *room; /* the last that was reserved to commit in */
    SIZE_T room_used;
    UINT64 requests;   /* levels take turns */
    UINT64 refused[3]; /* what hostmem_stats has to say */
    UINT64 refusals;   /* of all kinds */
    UINT64 seed;
    char wrong[200]; /* the first mistake */
} scene;

/* Writes down the first mistake; way: -1 where it has to do with none. */
void exhaustion_wrong(scene *s, const char *what, int way, UINT64 a, UINT64 b);
hostmem_stats exhaustion_stats(scene *s);

/* What the failure table makes of the codes that a limit can have. */
HRESULT exhaustion_result(DWORD error);

/* TRUE: it has been taken. FALSE: refused, as the failure table says or else that is written down. */
BOOL exhaustion_take_at(scene *s, way way, SIZE_T bytes, EMemoryCriticalLevel level);
/* The same at each level in turn. */
BOOL exhaustion_take(scene *s, way way, SIZE_T bytes);
/* From large to small, until the least is refused. */
void exhaustion_take_all(scene *s, way way);

void exhaustion_give_back_last(scene *s);
void exhaustion_give_all_back(scene *s);

#endif
