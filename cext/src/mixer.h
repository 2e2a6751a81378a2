/* Mixers: every party hears the others. */
#ifndef CALLBOX_MIXER_H
#define CALLBOX_MIXER_H

#include "api.h"

struct mixer {
    int n_parties;
    float sum[DSP_BLOCK_SMP]; /* of this tick */
};

/* Begin a tick. */
void mixer_clear(struct mixer *m);
/* Add a party's samples. */
void mixer_add(struct mixer *m, const float *pcm);
/* Give what a party hears: the sum without itself; `own` NULL: all of it. */
void mixer_minus(const struct mixer *m, const float *own, float *pcm);

#endif
