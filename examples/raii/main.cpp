// hostmem from C++: references and instances that destructors release. A host would pass the control to
// SetHostControl; here the program itself takes memory through the manager, up to the limit.
#include <hostmem/hostmem.h>

#include <iostream>
#include <memory>
#include <utility>

// Holds one reference on a COM object.
template <class Interface> class com_ptr
{
public:
    com_ptr() = default;
    com_ptr(com_ptr &&other) noexcept : object(std::exchange(other.object, nullptr)) {}
    com_ptr &operator=(com_ptr other) noexcept
    {
        std::swap(object, other.object);
        return *this;
    }
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

// An instance: the destructor ends its threads and releases it; what the CLR still holds keeps working.
struct hostmem_releaser {
    void operator()(hostmem *instance) const
    {
        hostmem_release(instance);
    }
};
using hostmem_ptr = std::unique_ptr<hostmem, hostmem_releaser>;

static hostmem_ptr create(UINT64 limit_bytes)
{
    hostmem_config config = {};
    hostmem *instance = nullptr;
    config.size = sizeof(config);
    config.limit_bytes = limit_bytes;
    hostmem_create(&config, &instance);
    return hostmem_ptr(instance);
}

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
    hostmem_ptr memory = create(1 << 20);
    com_ptr<IHostMemoryManager> manager;
    com_ptr<IHostControl> control;
    hostmem_stats stats = {};
    if (!memory || FAILED(hostmem_get_manager(memory.get(), manager.out())) ||
        FAILED(hostmem_get_control(memory.get(), nullptr, control.out()))) {
        std::cerr << "raii: there is no manager\n";
        return 1;
    }
    std::cout << "blocks of 64 KiB within 1 MiB: " << fill(manager.get()) << '\n';
    stats.size = sizeof(stats);
    hostmem_get_stats(memory.get(), &stats);
    std::cout << "refused: " << stats.refused[eTaskCritical] << ", still in use: " << stats.used_bytes << " bytes\n";
    return 0;
}
