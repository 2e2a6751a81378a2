/* Linear ramp to a new gain. */
#include "gain.h"

void gain_reset(struct gain *g)
{
    g->target = g->now = 1.0f;
    g->step = 0.0f;
    g->left = 0;
}

void gain_set(struct gain *g, float target)
{
    g->target = target;
    g->step = (target - g->now) / GAIN_RAMP_SMP;
    g->left = GAIN_RAMP_SMP;
}

void gain_process(struct gain *g, float *pcm, size_t n)
{
    size_t i = 0;

    for (; i < n && g->left > 0; i++) {
        g->now += g->step;
        if (--g->left == 0)
            g->now = g->target;
        pcm[i] *= g->now;
    }
    if (g->now == 1.0f)
        return;
    for (; i < n; i++)
        pcm[i] *= g->now;
}
