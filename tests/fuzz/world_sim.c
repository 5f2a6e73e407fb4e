/* See world.h. */
#include "world.h"

#include <stdlib.h>

#include "sim_os.h"
#include "stream.h"

typedef struct machines {
    sim_os *a, *b;
} machines;

BOOL fuzz_world_create(fuzz_world *world)
{
    sim_os_config config = {.arena_bytes = (SIZE_T)64 << 20};
    machines *both = calloc(1, sizeof *both);
    if (!both)
        return FALSE;
    both->a = sim_os_create(&config);
    both->b = sim_os_create(&config);
    *world = (fuzz_world){
        .os = sim_os_functions(both->a),
        .under = sim_os_functions(both->a),
        .twin = sim_os_functions(both->b),
        .zone_a = sim_os_arena_base(both->a) + config.arena_bytes / 2,
        .zone_b = sim_os_arena_base(both->b) + config.arena_bytes / 2,
        .private_data = both,
    };
    return TRUE;
}

BOOL fuzz_world_destroy(fuzz_world *world)
{
    machines *both = world->private_data;
    BOOL clean = sim_os_check(both->a, NULL);
    clean = sim_os_check(both->b, NULL) && clean;
    sim_os_destroy(both->a);
    sim_os_destroy(both->b);
    free(both);
    return clean;
}
