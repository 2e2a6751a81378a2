/* A sine from a table with linear interpolation: error below -100 dB, no drift, no libm. */
#ifndef CALLBOX_OSCILLATOR_H
#define CALLBOX_OSCILLATOR_H

#include "tables.h" /* sine_wave */

struct oscillator {
    uint32_t step; /* 2^32 = one turn per sample */
    uint32_t phase;
};

static inline void oscillator_set(struct oscillator *o, float hz)
{
    o->step = (uint32_t)((double)hz * (4294967296.0 / 8000.0));
    o->phase = 0;
}

static inline float oscillator_next(struct oscillator *o)
{
    uint32_t i = o->phase >> 22; /* 1024 steps */
    float part = (float)(o->phase & 0x3FFFFF) * (1.0f / 4194304.0f);
    float y = sine_wave[i] + part * (sine_wave[i + 1] - sine_wave[i]);

    o->phase += o->step;
    return y;
}

#endif
