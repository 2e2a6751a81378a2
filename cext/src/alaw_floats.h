/* A-law to float32, many octets at once: the same values as alaw_to_float, by arithmetic.
 *
 * An A-law octet is a small float: sign, exponent, mantissa, and half a step. Shifted to the place
 * where float32 has them, it is right but for exponent 0, which has the step of exponent 1 and not
 * its leading one: that is taken off.
 */
#ifndef CALLBOX_ALAW_FLOATS_H
#define CALLBOX_ALAW_FLOATS_H

#include <stddef.h> /* size_t */
#include <string.h> /* memcpy: becomes one unaligned load or store */

#include "tables.h" /* alaw_to_float */

#if defined(__SSE2__) || defined(__ARM_NEON)

typedef uint8_t alaw_octets __attribute__((vector_size(16)));
typedef uint16_t alaw_pairs __attribute__((vector_size(16)));
typedef int32_t alaw_words __attribute__((vector_size(16)));
typedef float alaw_floats __attribute__((vector_size(16)));

/* Eight octets, or four pairs, each above a zero of its own size. */
static inline alaw_octets alaw_over_zero(alaw_octets v, int is_upper)
{
    const alaw_octets zero = {0};

    return is_upper ? __builtin_shufflevector(zero, v, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
                                              14, 30, 15, 31)
                    : __builtin_shufflevector(zero, v, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6,
                                              22, 7, 23);
}

static inline alaw_words alaw_pairs_over_zero(alaw_octets v, int is_upper)
{
    const alaw_pairs zero = {0}, pairs = (alaw_pairs)v;

    return (alaw_words)(is_upper ? __builtin_shufflevector(zero, pairs, 4, 12, 5, 13, 6, 14, 7, 15)
                                 : __builtin_shufflevector(zero, pairs, 0, 8, 1, 9, 2, 10, 3, 11));
}

/* Four of them: `code` is sign, exponent and mantissa, `excess` the highest octet of a float. */
static inline void alaw_put_four(alaw_words code, alaw_words excess, float *to)
{
    const int32_t half_step_and_bias = (119 << 23) + (1 << 18);
    alaw_words bits = ((code >> 5) & ~0x7C07FFFF) + half_step_and_bias;
    alaw_floats v = (alaw_floats)bits - (alaw_floats)excess;

    memcpy(to, &v, sizeof v);
}

static inline void alaw_put_sixteen(const uint8_t *from, float *to)
{
    alaw_octets x;

    memcpy(&x, from, sizeof x);
    x ^= 0xD5; /* even bits; the sign of A-law is set when positive */
    alaw_octets is_least = (alaw_octets)((x & 0x70) == 0);
    alaw_octets excess = is_least & ((x & 0x80) | 0x3C); /* 2^-7 */
    x |= is_least & 0x10;
    for (int half = 0; half < 2; half++) {
        alaw_octets code = alaw_over_zero(x, half), less = alaw_over_zero(excess, half);
        for (int k = 0; k < 2; k++)
            alaw_put_four(alaw_pairs_over_zero(code, k), alaw_pairs_over_zero(less, k),
                          to + 8 * half + 4 * k);
    }
}

/* Decode n octets, at least 16. */
static inline void alaw_to_floats(const uint8_t *from, float *to, size_t n)
{
    for (size_t i = 0; i + 16 <= n; i += 16)
        alaw_put_sixteen(from + i, to + i);
    if (n % 16 != 0) /* the last ones, some of them once more */
        alaw_put_sixteen(from + n - 16, to + n - 16);
}

#else

static inline void alaw_to_floats(const uint8_t *from, float *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = alaw_to_float[from[i]];
}

#endif

#endif
