/* Whether this kernel runs 32-bit code: exits with 0 if it does, and with 1 if not. It makes the system call with
 * which Wine's 32-bit part gets the segment of each thread, set_thread_area through int $0x80. A kernel for 64-bit
 * programs only responds with a fault, and some filters of system calls by ending the process, so a child makes the
 * call. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__) && defined(__linux__)
#define SET_THREAD_AREA 243 /* its number in the table of 32-bit calls */
#define PAGE_BYTES 4096

static int make_the_call(void)
{
    /* The description of a segment, in 32-bit address space: entry (-1: any that is free), base, limit, flags (32-bit,
     * limit in pages, usable). */
    unsigned *segment = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    long result = SET_THREAD_AREA;
    if (segment == MAP_FAILED)
        return 1;
    segment[0] = (unsigned)-1;
    segment[2] = 0xfffff;
    segment[3] = 1 | 1 << 4 | 1 << 6;
    __asm__ volatile("int $0x80" : "+a"(result) : "b"(segment) : "memory", "cc", "r8", "r9", "r10", "r11");
    return (int)result != 0;
}
#else
static int make_the_call(void)
{
    return 1;
}
#endif

int main(void)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(make_the_call());
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort(); /* neither yes nor no */
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
