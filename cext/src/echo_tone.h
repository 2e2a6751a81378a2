/* Detector of the tone that switches echo cancellers off: 2100 Hz with phase reversals, ITU-T G.168
 * clause 7 and V.25. Plain 2100 Hz (V.25, fax T.30 CED) is told apart: it stops only suppressors.
 */
#ifndef CALLBOX_ECHO_TONE_H
#define CALLBOX_ECHO_TONE_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

enum { ECHO_TONE_PAST = 16 };

struct echo_tone {
    float past[ECHO_TONE_PAST][2]; /* the tone over 5 ms each, [re, im], as a ring */
    unsigned at;
    int n_tone;     /* ticks of tone in a row */
    int since;      /* ticks since the last reversal; -1: none yet */
    bool is_tone;   /* 2100 Hz for long enough */
    bool is_turned; /* with phase reversals */
};

void echo_tone_reset(struct echo_tone *s);
/* Feed the samples of a tick, whose energy is known. */
void echo_tone_process(struct echo_tone *s, const float *pcm, float energy);

#endif
