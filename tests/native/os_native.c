/* Replaces win32.c natively: the default operating system of an instance is one simulated machine for the whole
 * process. */
#include <pthread.h>

#include "sim_os.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static sim_os *machine;

static void create_machine(void)
{
    machine = sim_os_create(NULL);
}

hostmem_os *hmi_os_win32(void)
{
    pthread_once(&once, create_machine);
    return sim_os_functions(machine);
}
