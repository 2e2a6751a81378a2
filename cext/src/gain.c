/* Ramp to a new gain. */
#include "gain.h"

void gain_reset(struct gain *g)
{
    g->target = g->now = 1.0f;
    g->from = 1.0f;
    g->left = 0;
}

void gain_set(struct gain *g, float target)
{
    g->target = target;
    g->from = g->now;
    g->left = GAIN_RAMP_SMP;
}

void gain_process(struct gain *g, float *pcm, size_t n)
{
    size_t i = 0;

    for (; i < n && g->left > 0; i++) {
        float t = 1.0f - (float)--g->left / GAIN_RAMP_SMP;
        g->now =
            g->left == 0 ? g->target : g->from + (g->target - g->from) * t * t * (3.0f - 2.0f * t);
        pcm[i] *= g->now;
    }
    if (g->now == 1.0f)
        return;
    for (; i < n; i++)
        pcm[i] *= g->now;
}
