/* Mix-minus. */
#include "mixer.h"

#include <string.h> /* memcpy, memset */

void mixer_clear(struct mixer *m)
{
    if (m->n_parties > 0)
        memset(m, 0, sizeof *m);
}

void mixer_add(struct mixer *m, const float *pcm)
{
    m->n_parties++;
    for (int i = 0; i < DSP_BLOCK_SMP; i++)
        m->sum[i] += pcm[i];
}

void mixer_minus(const struct mixer *m, const float *own, float *pcm)
{
    memcpy(pcm, m->sum, sizeof m->sum);
    for (int i = 0; i < DSP_BLOCK_SMP && own != NULL; i++)
        pcm[i] -= own[i];
}
