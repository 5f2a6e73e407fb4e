/* The groups of rules, in the order in which they are checked and reported. */
#include "rules.h"

#include <string.h>

static const rule *const families[] = {
    com_rules,  result_rules,  error_rules,  page_rules,  segment_rules, release_rules, block_rules,
    heap_rules, foreign_rules, notice_rules, space_rules, thread_rules,  late_rules,
};

const rule *rule_at(unsigned number)
{
    size_t family;
    for (family = 0; family < sizeof families / sizeof *families; family++) {
        const rule *rule;
        for (rule = families[family]; rule->name; rule++) {
            if (!number--)
                return rule;
        }
    }
    return NULL;
}

const rule *rule_named(const char *name)
{
    const rule *rule;
    unsigned number;
    for (number = 0; (rule = rule_at(number)) != NULL; number++) {
        if (!strcmp(rule->name, name))
            return rule;
    }
    return NULL;
}
