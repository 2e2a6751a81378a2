/* Gain that moves to a new value in 5 ms, so that it does not click. */
#ifndef CALLBOX_GAIN_H
#define CALLBOX_GAIN_H

#include <stddef.h> /* size_t */

enum { GAIN_RAMP_SMP = 40 };

struct gain {
    float target; /* linear */
    float now;
    float step; /* per sample while ramping */
    int left;   /* samples of the ramp still to come */
};

void gain_reset(struct gain *g);
void gain_set(struct gain *g, float target);
void gain_process(struct gain *g, float *pcm, size_t n);

#endif
