/* See sim_backing.h: one implementation for POSIX, one for Windows. */
#include "sim_backing.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void sim_die(const char *what, const void *address)
{
    fprintf(stderr, "sim_os: %s (%p)\n", what, address);
    fflush(stderr);
    abort();
}

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        sim_die("no memory for the simulation itself", NULL);
    }
    return memory;
}

#ifdef _WIN32

#include <windows.h>

static DWORD protection(sim_access access)
{
    return access == SIM_ACCESS_WRITE ? PAGE_READWRITE : access == SIM_ACCESS_READ ? PAGE_READONLY : PAGE_NOACCESS;
}

void *sim_backing_reserve(size_t size, size_t alignment)
{
    void *memory = VirtualAlloc(NULL, size, MEM_RESERVE, PAGE_NOACCESS);
    if (((UINT_PTR)memory & (alignment - 1)) != 0) {
        sim_die("the system's granularity is too small", memory);
    }
    return memory;
}

void sim_backing_release(void *address, size_t size)
{
    (void)size;
    if (!VirtualFree(address, 0, MEM_RELEASE)) {
        sim_die("VirtualFree failed", address);
    }
}

void sim_backing_commit(void *address, size_t size, sim_access access)
{
    if (VirtualAlloc(address, size, MEM_COMMIT, protection(access)) == NULL) {
        sim_die("VirtualAlloc failed", address);
    }
}

void sim_backing_protect(void *address, size_t size, sim_access access)
{
    DWORD old;
    if (!VirtualProtect(address, size, protection(access), &old)) {
        sim_die("VirtualProtect failed", address);
    }
}

void sim_backing_decommit(void *address, size_t size)
{
    if (!VirtualFree(address, size, MEM_DECOMMIT)) {
        sim_die("VirtualFree failed", address);
    }
}

size_t sim_backing_page_size(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwPageSize;
}

struct sim_mutex {
    SRWLOCK lock;
};

sim_mutex *sim_mutex_create(void)
{
    sim_mutex *mutex = allocate(sizeof *mutex);
    InitializeSRWLock(&mutex->lock);
    return mutex;
}

void sim_mutex_destroy(sim_mutex *mutex)
{
    free(mutex);
}

void sim_mutex_lock(sim_mutex *mutex)
{
    AcquireSRWLockExclusive(&mutex->lock);
}

void sim_mutex_unlock(sim_mutex *mutex)
{
    ReleaseSRWLockExclusive(&mutex->lock);
}

#else

#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static int protection(sim_access access)
{
    return access == SIM_ACCESS_WRITE ? PROT_READ | PROT_WRITE : access == SIM_ACCESS_READ ? PROT_READ : PROT_NONE;
}

void *sim_backing_reserve(size_t size, size_t alignment)
{
    size_t slack = alignment - 1;
    char *memory = mmap(NULL, size + slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    size_t head = (alignment - ((uintptr_t)memory & slack)) & slack;
    size_t page = sim_backing_page_size();
    size_t mapped = (size + slack + page - 1) & ~(page - 1);
    if (head > 0) {
        munmap(memory, head);
    }
    if (mapped - head > size) {
        munmap(memory + head + size, mapped - head - size);
    }
    return memory + head;
}

void sim_backing_release(void *address, size_t size)
{
    if (munmap(address, size) != 0) {
        sim_die("munmap failed", address);
    }
}

void sim_backing_commit(void *address, size_t size, sim_access access)
{
    sim_backing_protect(address, size, access);
}

void sim_backing_protect(void *address, size_t size, sim_access access)
{
    /* The kernel allows about 65000 mappings in a process; with more alternating pages use sim_os's instant. */
    if (mprotect(address, size, protection(access)) != 0) {
        sim_die("mprotect failed", address);
    }
}

void sim_backing_decommit(void *address, size_t size)
{
    if (madvise(address, size, MADV_DONTNEED) != 0 || mprotect(address, size, PROT_NONE) != 0) {
        sim_die("freeing memory failed", address);
    }
}

size_t sim_backing_page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

struct sim_mutex {
    pthread_mutex_t lock;
};

sim_mutex *sim_mutex_create(void)
{
    sim_mutex *mutex = allocate(sizeof *mutex);
    pthread_mutex_init(&mutex->lock, NULL);
    return mutex;
}

void sim_mutex_destroy(sim_mutex *mutex)
{
    pthread_mutex_destroy(&mutex->lock);
    free(mutex);
}

void sim_mutex_lock(sim_mutex *mutex)
{
    pthread_mutex_lock(&mutex->lock);
}

void sim_mutex_unlock(sim_mutex *mutex)
{
    pthread_mutex_unlock(&mutex->lock);
}

#endif
