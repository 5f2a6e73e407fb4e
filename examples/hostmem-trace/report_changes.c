/* A list that doubles when it is full. */
#include "report_changes.h"

#include <stdlib.h>

bool report_changes_set(report_changes *changes, const report_change *now)
{
    if (changes->used && changes->list[changes->used - 1].column == now->column) {
        changes->list[changes->used - 1] = *now;
        return true;
    }
    if (changes->used == changes->room) {
        uint32_t room = changes->room ? 2 * changes->room : 4;
        report_change *larger = realloc(changes->list, room * sizeof *larger);
        if (!larger)
            return false;
        changes->list = larger;
        changes->room = room;
    }
    changes->list[changes->used++] = *now;
    return true;
}

void report_changes_widen(report_changes *changes)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < changes->used; i++) {
        report_change change = changes->list[i];
        change.column /= 2;
        if (kept && changes->list[kept - 1].column == change.column)
            kept--; /* the later one is what the wider column ends with */
        changes->list[kept++] = change;
    }
    changes->used = kept;
}

void report_changes_destroy(report_changes *changes)
{
    free(changes->list);
    *changes = (report_changes){0};
}
