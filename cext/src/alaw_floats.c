/* A-law to float32, many octets at once: the same values as alaw_to_float, by arithmetic.
 *
 * An A-law octet is a small float: sign, exponent, mantissa, and half a step. Shifted to the place
 * where float32 has them, it is right but for exponent 0, which has the step of exponent 1 and not
 * its leading one: that is taken off.
 */
#include <string.h> /* memcpy: becomes one unaligned load or store */

#include "api.h"
#include "tables.h" /* alaw_to_float */

#if defined(__SSE2__) || defined(__ARM_NEON)

typedef uint8_t octets __attribute__((vector_size(16)));
typedef int16_t pairs __attribute__((vector_size(16)));
typedef float floats __attribute__((vector_size(16)));

/* Eight octets, each above a zero octet. */
static inline pairs octets_over_zero(octets v, int is_upper)
{
    const octets zero = {0};

    return (pairs)(is_upper ? __builtin_shufflevector(zero, v, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28,
                                                      13, 29, 14, 30, 15, 31)
                            : __builtin_shufflevector(zero, v, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5,
                                                      21, 6, 22, 7, 23));
}

/* Four pairs, each above a zero pair. */
static inline floats pairs_over_zero(pairs v, int is_upper)
{
    const pairs zero = {0};

    return (floats)(is_upper ? __builtin_shufflevector(zero, v, 4, 12, 5, 13, 6, 14, 7, 15)
                             : __builtin_shufflevector(zero, v, 0, 8, 1, 9, 2, 10, 3, 11));
}

/* Decode sixteen. All that is not zero fits into the upper halves of the floats. */
static inline void put_sixteen(const uint8_t *from, float *to)
{
    const int16_t bias_and_half_step = (119 << 7) + (1 << 2);
    octets x;

    memcpy(&x, from, sizeof x);
    x ^= 0xD5; /* even bits; the sign of A-law is set when positive */
    octets is_least = (octets)((x & 0x70) == 0);
    octets excess = is_least & ((x & 0x80) | 0x3C); /* 2^-7 */
    x |= is_least & 0x10;
    for (int half = 0; half < 2; half++) {
        pairs code = octets_over_zero(x, half), less = octets_over_zero(excess, half);
        code = ((code >> 5) & ~0x7C07) + bias_and_half_step; /* the sign stays in its place */
        for (int k = 0; k < 2; k++) {
            floats v = pairs_over_zero(code, k) - pairs_over_zero(less, k);
            memcpy(to + 8 * half + 4 * k, &v, sizeof v);
        }
    }
}

#endif

void alaw_to_floats(const uint8_t *in, float *out, size_t n)
{
    size_t i = 0;

#if defined(__SSE2__) || defined(__ARM_NEON)
    for (; i + 16 <= n; i += 16)
        put_sixteen(in + i, out + i);
    if (i < n && i > 0) { /* the last ones, some of them once more */
        put_sixteen(in + n - 16, out + n - 16);
        return;
    }
#endif
    for (; i < n; i++)
        out[i] = alaw_to_float[in[i]];
}
