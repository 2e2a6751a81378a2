/* Mix-minus. */
#include "mixer.h"

#include <string.h> /* memset */

void mixer_clear(struct mixer *m)
{
    if (m->n_members > 0)
        memset(m, 0, sizeof *m);
}

void mixer_add(struct mixer *m, const float *pcm)
{
    m->n_members++;
    for (int i = 0; i < DSP_BLOCK_SMP; i++)
        m->sum[i] += pcm[i];
}

void mixer_minus(const struct mixer *m, const float *own, float *pcm)
{
    for (int i = 0; i < DSP_BLOCK_SMP; i++)
        pcm[i] = m->sum[i] - own[i];
}
