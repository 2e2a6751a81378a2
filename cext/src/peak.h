/* The largest magnitude of some samples, four at a time. */
#ifndef CALLBOX_PEAK_H
#define CALLBOX_PEAK_H

#include <stdint.h>

#include "lanes.h"

typedef int32_t peak_lanes __attribute__((vector_size(16)));

/* n is a multiple of 4. Magnitudes order as their bits do, so integers are compared. */
static inline float peak_of(const float *pcm, int n)
{
    peak_lanes high = {0};
    float out[4];

    for (int i = 0; i < n; i += 4) {
        peak_lanes x;
        memcpy(&x, pcm + i, sizeof x);
        x &= 0x7FFFFFFF;
        peak_lanes is_higher = x > high;
        high = (x & is_higher) | (high & ~is_higher);
    }
    memcpy(out, &high, sizeof out);
    float a = out[0] > out[1] ? out[0] : out[1];
    float b = out[2] > out[3] ? out[2] : out[3];
    return a > b ? a : b;
}

#endif
