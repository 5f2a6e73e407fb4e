// hostmem from C++: references and instances that destructors release, without a C++ library and without exceptions.
// A host would pass the control to SetHostControl; here the program itself takes memory through the manager, up to the
// limit.
#include <hostmem/hostmem.h>

#include <stdio.h>

// Holds one reference on a COM object. A host that has ATL, WRL or WIL uses their pointers instead.
template <class Interface> class com_ptr
{
public:
    com_ptr() = default;
    com_ptr(const com_ptr &) = delete;
    com_ptr &operator=(const com_ptr &) = delete;
    ~com_ptr()
    {
        if (object)
            object->Release();
    }
    Interface *operator->() const
    {
        return object;
    }
    Interface *get() const
    {
        return object;
    }
    // For functions that return a reference through a pointer. Precondition: none is held.
    Interface **out()
    {
        return &object;
    }

private:
    Interface *object = nullptr;
};

// An instance: the destructor ends its threads and releases it; what the CLR still holds keeps working. With the
// standard library it can be a std::unique_ptr<hostmem, ...>.
class memory
{
public:
    explicit memory(UINT64 limit_bytes)
    {
        hostmem_config config = {};
        config.size = sizeof(config);
        config.limit_bytes = limit_bytes;
        if (FAILED(hostmem_create(&config, &instance)))
            instance = nullptr;
    }
    memory(const memory &) = delete;
    memory &operator=(const memory &) = delete;
    ~memory()
    {
        if (instance)
            hostmem_release(instance);
    }
    // NULL: there was no memory for it.
    hostmem *get() const
    {
        return instance;
    }

private:
    hostmem *instance = nullptr;
};

// Allocates blocks until one is refused; returns their number. They are freed with the heap.
static unsigned fill(IHostMemoryManager *manager)
{
    com_ptr<IHostMalloc> heap;
    unsigned count = 0;
    void *block;
    if (FAILED(manager->CreateMalloc(MALLOC_THREADSAFE, heap.out())))
        return 0;
    while (SUCCEEDED(heap->Alloc(64 * 1024, eTaskCritical, &block)))
        count++;
    return count;
}

int main()
{
    memory instance(1 << 20);
    com_ptr<IHostMemoryManager> manager;
    com_ptr<IHostControl> control;
    hostmem_stats stats = {};
    if (!instance.get() || FAILED(hostmem_get_manager(instance.get(), manager.out())) ||
        FAILED(hostmem_get_control(instance.get(), nullptr, control.out()))) {
        fputs("raii: there is no manager\n", stderr);
        return 1;
    }
    printf("blocks of 64 KiB within 1 MiB: %u\n", fill(manager.get()));
    stats.size = sizeof(stats);
    hostmem_get_stats(instance.get(), &stats);
    printf("refused: %u, still in use: %u bytes\n", static_cast<unsigned>(stats.refused[eTaskCritical]),
           static_cast<unsigned>(stats.used_bytes));
    return 0;
}
