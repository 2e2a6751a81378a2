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
    lanes sum = {0};

    for (size_t i = 0; i < n; i += 4)
        sum += lanes_load(a + i) * lanes_load(b + i);
    return lanes_sum(sum);
}

#endif
