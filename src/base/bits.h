/* Sets of bits in one machine word. */
#ifndef HMI_BASE_BITS_H
#define HMI_BASE_BITS_H

#include <limits.h>
#include <stdint.h>

/* The widest word that every supported processor can change atomically with one instruction. */
typedef uintptr_t hmi_word;

#define HMI_WORD_BITS ((unsigned)(sizeof(hmi_word) * CHAR_BIT))

/* Number of bits set. Plain arithmetic: not every supported processor has an instruction for it, and without one the
 * compiler's builtin is a function call. */
static inline unsigned hmi_bits_count(hmi_word word)
{
    const hmi_word ones = ~(hmi_word)0;
    word -= word >> 1 & ones / 3;
    word = (word & ones / 5) + (word >> 2 & ones / 5);
    word = (word + (word >> 4)) & ones / 17;
    return (unsigned)(word * (ones / 255) >> (HMI_WORD_BITS - 8));
}

/* Index of the lowest bit set. Precondition: word is not 0. */
static inline unsigned hmi_bits_lowest(hmi_word word)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(word);
#else
    return hmi_bits_count((word & (0 - word)) - 1);
#endif
}

/* A word in which the bits first to first + count - 1 are set. Precondition: 1 <= count, first + count <=
 * HMI_WORD_BITS. */
static inline hmi_word hmi_bits_mask(unsigned first, unsigned count)
{
    return (~(hmi_word)0 >> (HMI_WORD_BITS - count)) << first;
}

#endif
