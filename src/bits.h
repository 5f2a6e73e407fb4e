/* Machine words as sets of bits. */
#ifndef HOSTMEM_SRC_BITS_H
#define HOSTMEM_SRC_BITS_H

#include <limits.h>
#include <stdint.h>

/* The widest word that every supported processor changes atomically in one instruction. */
typedef uintptr_t hostmem_word;

#define HOSTMEM_WORD_BITS ((unsigned)(sizeof(hostmem_word) * CHAR_BIT))

/* Number of bits set. In plain arithmetic: an instruction for it is not on every processor, and a compiler's help is a
 * call. */
static inline unsigned hostmem_bits_count(hostmem_word word)
{
    const hostmem_word ones = ~(hostmem_word)0;
    word -= word >> 1 & ones / 3;
    word = (word & ones / 5) + (word >> 2 & ones / 5);
    word = (word + (word >> 4)) & ones / 17;
    return (unsigned)(word * (ones / 255) >> (HOSTMEM_WORD_BITS - 8));
}

/* Index of the lowest bit set. Precondition: word is not 0. */
static inline unsigned hostmem_bits_lowest(hostmem_word word)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(word);
#else
    return hostmem_bits_count((word & (0 - word)) - 1);
#endif
}

/* Bits first to first + count - 1. Precondition: 1 <= count, first + count <= HOSTMEM_WORD_BITS. */
static inline hostmem_word hostmem_bits_mask(unsigned first, unsigned count)
{
    return (~(hostmem_word)0 >> (HOSTMEM_WORD_BITS - count)) << first;
}

#endif
