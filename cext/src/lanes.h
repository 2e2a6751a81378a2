/* Four floats at once, by the vector extension of GCC and clang: SSE2 and NEON from the same
 * source. */
#ifndef CALLBOX_LANES_H
#define CALLBOX_LANES_H

#include <stddef.h> /* size_t */
#include <string.h> /* memcpy: becomes one unaligned load or store */

typedef float lanes __attribute__((vector_size(16)));

static inline lanes lanes_load(const float *from)
{
    lanes v;

    memcpy(&v, from, sizeof v);
    return v;
}

static inline void lanes_store(float *to, lanes v)
{
    memcpy(to, &v, sizeof v);
}

static inline float lanes_sum(lanes v)
{
    return (v[0] + v[1]) + (v[2] + v[3]);
}

static inline lanes lanes_spread(float v)
{
    return (lanes){v, v, v, v};
}

/* Sum of a[i] * b[i]; n a multiple of 4. */
static inline float lanes_dot(const float *a, const float *b, size_t n)
{
    lanes sums[4] = {{0}}; /* apart: shorter chains */
    size_t i = 0;

    for (; i + 16 <= n; i += 16)
        for (size_t k = 0; k < 4; k++)
            sums[k] += lanes_load(a + i + 4 * k) * lanes_load(b + i + 4 * k);
    for (; i < n; i += 4)
        sums[0] += lanes_load(a + i) * lanes_load(b + i);
    return lanes_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

#endif
