/* Gain that moves to a new value in 10 ms, smooth at both ends, so that it does not click. */
#ifndef CALLBOX_GAIN_H
#define CALLBOX_GAIN_H

#include <stddef.h> /* size_t */

enum { GAIN_RAMP_SMP = 80 };

struct gain {
    float target; /* linear */
    float now;
    float from; /* where the ramp began */
    int left;   /* samples of the ramp still to come */
};

void gain_reset(struct gain *g);
void gain_set(struct gain *g, float target);
void gain_process(struct gain *g, float *pcm, size_t n);

#endif
