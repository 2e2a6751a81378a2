/* Mixers: everybody hears the others. */
#ifndef CALLBOX_MIXER_H
#define CALLBOX_MIXER_H

#include "api.h"

struct mixer {
    int n_members;
    float sum[DSP_BLOCK_SMP]; /* of this tick */
};

/* Begin a tick. */
void mixer_clear(struct mixer *m);
/* Add a member's samples. */
void mixer_add(struct mixer *m, const float *pcm);
/* Give what a member hears: the sum without itself. */
void mixer_minus(const struct mixer *m, const float *own, float *pcm);

#endif
