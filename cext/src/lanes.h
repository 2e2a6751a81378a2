/* Four floats at once, by the vector extension of GCC and clang: SSE2 and NEON from the same
 * source. */
#ifndef CALLBOX_LANES_H
#define CALLBOX_LANES_H

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

#endif
