/* Columns that are merged when there is no room for more. See history.h. */
#include "history.h"

#include <string.h>

void history_init(history *history)
{
    report_columns_init(&history->columns, HISTORY_COLUMNS);
}

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void widen(history *history)
{
    uint32_t used = history->columns.used;

    for (uint32_t i = 0; i < used; i++)
        for (int figure = 0; figure < HISTORY_FIGURES; figure++) {
            uint64_t value = history->most[i][figure], *merged = &history->most[i / 2][figure];
            *merged = i % 2 ? greater(*merged, value) : value;
        }
    report_columns_widen(&history->columns);
}

void history_add(history *history, uint64_t ticks, const uint64_t figures[HISTORY_FIGURES])
{
    uint32_t column;

    while (!report_columns_hold(&history->columns, ticks))
        widen(history);
    column = report_columns_at(&history->columns, ticks);
    /* Figures stay what they were where there is no sample. */
    while (history->columns.used <= column) {
        uint32_t added = history->columns.used++;
        if (added)
            memcpy(history->most[added], history->most[added - 1], sizeof(history->most[added]));
        else
            memset(history->most[added], 0, sizeof(history->most[added]));
        if (added == column)
            memcpy(history->most[added], figures, sizeof(history->most[added]));
    }
    for (int figure = 0; figure < HISTORY_FIGURES; figure++)
        history->most[column][figure] = greater(history->most[column][figure], figures[figure]);
}

const char *history_spark(const history *history, unsigned figure, uint32_t width, char text[HISTORY_TEXT])
{
    static const char *const levels[] = {" ",
                                         "\xe2\x96\x81",
                                         "\xe2\x96\x82",
                                         "\xe2\x96\x83",
                                         "\xe2\x96\x84",
                                         "\xe2\x96\x85",
                                         "\xe2\x96\x86",
                                         "\xe2\x96\x87",
                                         "\xe2\x96\x88"};
    uint32_t used = history->columns.used, count = used < width ? used : width;
    uint64_t most = 0;
    size_t length = 0;

    for (uint32_t i = 0; i < used; i++)
        most = greater(most, history->most[i][figure]);
    for (uint32_t i = 0; most && i < count; i++) {
        uint64_t value = 0;
        const char *level;
        for (uint32_t at = i * used / count; at < (i + 1) * used / count; at++)
            value = greater(value, history->most[at][figure]);
        level = levels[value ? 1 + (int)((double)value / (double)most * 7) : 0];
        memcpy(text + length, level, strlen(level));
        length += strlen(level);
    }
    text[length] = 0;
    return text;
}
