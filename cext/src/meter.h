/* Level meter: mean square over about 80 ms. */
#ifndef CALLBOX_METER_H
#define CALLBOX_METER_H

#include <stdatomic.h> /* _Atomic: read by another thread */
#include <stddef.h>    /* size_t */

struct meter {
    _Atomic float power;
};

static inline void meter_process(struct meter *m, const float *pcm, size_t n)
{
    float lanes[4] = {0};
    float old = atomic_load_explicit(&m->power, memory_order_relaxed);

    for (size_t i = 0; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            lanes[k] += pcm[i + k] * pcm[i + k];
    float mean = (lanes[0] + lanes[1] + lanes[2] + lanes[3]) / (float)n;
    atomic_store_explicit(&m->power, old + 0.125f * (mean - old), memory_order_relaxed);
}

#endif
