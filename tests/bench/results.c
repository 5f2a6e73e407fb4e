/* See results.h. */
#include "results.h"

#include <stdlib.h>

void results_add(results *self, const result_row *row)
{
    if (self->count == self->room) {
        self->room = self->room ? self->room * 2 : 64;
        self->rows = realloc(self->rows, self->room * sizeof *self->rows);
        if (!self->rows)
            abort();
    }
    self->rows[self->count++] = *row;
}

void results_free(results *self)
{
    free(self->rows);
    *self = (results){0};
}

bool results_met(const result_row *row)
{
    return row->at_least ? row->value.median >= row->goal : row->value.median <= row->goal;
}
