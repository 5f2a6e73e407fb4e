/* A program that uses the installed library: allocates memory through it up to a limit, and prints the version that
 * it was built for and the one that it runs with. */
#define COBJMACROS
#include <hostmem/hostmem.h>

#include <stdio.h>

static int complain(const char *what)
{
    fprintf(stderr, "consumer: %s\n", what);
    return 1;
}

int main(void)
{
    hostmem_config config = {.size = sizeof(config), .limit_bytes = 1u << 20};
    hostmem *memory;
    IHostMemoryManager *manager;
    void *page, *more;

    if (hostmem_version() != HOSTMEM_VERSION)
        return complain("the header and the library are of different versions");
    if (FAILED(hostmem_create(&config, &memory)) || FAILED(hostmem_get_manager(memory, &manager)))
        return complain("there is no manager");
    if (FAILED(IHostMemoryManager_VirtualAlloc(manager, NULL, 1u << 20, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE,
                                               eTaskCritical, &page)))
        return complain("what the limit allows was refused");
    if (IHostMemoryManager_VirtualAlloc(manager, NULL, 1, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical,
                                        &more) != E_OUTOFMEMORY)
        return complain("the limit does not hold");
    IHostMemoryManager_VirtualFree(manager, page, 0, MEM_RELEASE);
    IHostMemoryManager_Release(manager);
    hostmem_release(memory);
#if defined(HOSTMEM_DLL)
    puts(GetModuleHandleA("hostmem.dll") ? "consumer: hostmem.dll works" : "consumer: where is hostmem.dll?");
#else
    puts(GetModuleHandleA("hostmem.dll") ? "consumer: why hostmem.dll?" : "consumer: the static library works");
#endif
    return 0;
}
