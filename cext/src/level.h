/* Levels of a call: the voice, the noise in its pauses, the highest peak, what was clipped.
 *
 * The level of the voice is the mean power while a voice is on, short pauses included, as ITU-T P.56 (method B) counts it.
 * Written by the tick, read by another thread: what is read is never older than a tick.
 */
#ifndef CALLBOX_LEVEL_H
#define CALLBOX_LEVEL_H

#include <stdatomic.h>

#include "api.h"
#include "vad.h"

enum { LEVEL_HELD = 7 /* frames before a voice is recognised that belong to it */ };

struct level {
    double voice_sum; /* of mean squares of frames */
    double noise_sum;
    uint32_t n_noise;
    float held[LEVEL_HELD];
    int at_held;
    bool was_voice;
    _Atomic float voice_power; /* mean square; 0: none yet */
    _Atomic float noise_power;
    _Atomic float peak;         /* largest magnitude */
    _Atomic uint32_t n_clipped; /* samples at the end of the scale */
    _Atomic uint32_t n_voice;   /* frames */
    _Atomic uint32_t n_frames;
};

void level_reset(struct level *s);
/* Count a frame that `v` has just heard. */
void level_process(struct level *s, const struct vad *v, const float *pcm);
/* Read from any thread. */
void level_read(const struct level *s, struct dsp_level *out);

#endif
