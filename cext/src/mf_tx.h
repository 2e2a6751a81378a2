/* Sender of MFC/R2 interregister signals, ITU-T Q.441 table 5 and Q.454: two tones, from soft start to soft end. */
#ifndef CALLBOX_MF_TX_H
#define CALLBOX_MF_TX_H

#include <stddef.h> /* size_t */

#include "oscillator.h"

enum { MF_RAMP_SMP = 16 }; /* 2 ms; both tones together: Q.454 allows 1 ms between them */

struct mf_note {
    int signal; /* 1..15, 0: silence */
    int direction;
    float amplitude; /* of each tone */
};

struct mf_tx {
    struct mf_note now;
    struct mf_note next; /* after the soft end, when it differs */
    struct oscillator sines[2];
    int ramp; /* 0: silent .. MF_RAMP_SMP: loud */
};

void mf_tx_set(struct mf_tx *s, const struct mf_note *note);
/* Add the signal to `pcm`. */
void mf_tx_process(struct mf_tx *s, float *pcm, size_t n);
/* The letter of a pair of tones (6 * lower number + higher number): 1..9, 0 for 10, A..E. */
char mf_signal_of(int pair);

#endif
