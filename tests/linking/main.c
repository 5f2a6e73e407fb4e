/* A program that uses interface identifiers: it passes if those that it was linked with have the right values. */
#define COBJMACROS
#include <hostmem/hostmem.h>
#include <stdio.h>

extern const IID *linking_other(void);

int main(void)
{
    hostmem *memory;
    IHostControl *control;
    void *manager = NULL, *none = NULL;
    if (FAILED(hostmem_create(NULL, &memory)) || FAILED(hostmem_get_control(memory, NULL, &control)))
        return 1;
    if (IHostControl_GetHostManager(control, &IID_IHostMemoryManager, &manager) != S_OK || !manager)
        return 2;
    if (IHostControl_GetHostManager(control, &IID_IHostMalloc, &none) != E_NOINTERFACE)
        return 3;
    if (!IsEqualGUID(linking_other(), &IID_IHostControl))
        return 4;
    IHostMemoryManager_Release((IHostMemoryManager *)manager);
    IHostControl_Release(control);
    if (hostmem_release(memory))
        return 5;
    puts("linked");
    return 0;
}
