/* What the last 20 ms hold of the six tones of one direction of MFC/R2 (ITU-T Q.441 table 5), each 5 ms.
 *
 * The tones lie within 300 Hz of 1680 Hz (forward) or 840 Hz (backward). A short low pass about that centre
 * brings the signal to 1600 complex samples a second. A Kaiser window over 32 of them is correlated with the
 * tones, and for the energy of the band with the places halfway between: samples that mirror each other
 * about the middle first, and tones on both sides of the centre from the same sums.
 *
 *     pcm 8 kHz --> 16 taps --> 1.6 kHz, centre at 0 Hz --> window of 20 ms --> 6 tones, 7 gaps
 *
 * Sub-blocks in which no signal can be are taken for silence, and cost their sum of squares.
 */
#ifndef CALLBOX_MF_WINDOW_H
#define CALLBOX_MF_WINDOW_H

#include <stdbool.h> /* bool */

#include "tables.h" /* MF_SUB_SMP */

enum {
    MF_PAST = 12,   /* samples of the sub-blocks before that the low pass needs, and one */
    MF_HISTORY = 16 /* windows whose powers are kept */
};

struct mf_window {
    int direction;                    /* DSP_MF_..., not DSP_MF_NONE */
    float pcm[MF_PAST + MF_SUB_SMP];  /* the next sub-block fills up at the end */
    int n_quiet;                      /* sub-blocks in a row */
    uint32_t step;                    /* sub-blocks so far */
    float band[4][2 * MF_SMP];        /* [step & 3][sample (re, im)] */
    float tone[2][2 * MF_TONES];      /* [step & 1][tone (re, im)], RMS; ascending from the centre - 300 Hz */
    float power[MF_HISTORY][MF_TONES]; /* [step & 15] mean squares */
};

void mf_window_set(struct mf_window *w, int direction);
/* Take the sub-block at the end of w->pcm; false when all that is kept is silence already. */
bool mf_window_take(struct mf_window *w);
/* Powers of the tones, so many sub-blocks ago. */
const float *mf_window_powers(const struct mf_window *w, int age);
/* Mean square of the band: the tones and all between. */
float mf_window_energy(const struct mf_window *w);
/* Power of a tone with what its frequency error took from it; 0 when it is further off than `turn_cos`, the cosine
 * of its turn in 5 ms. */
float mf_window_mended(const struct mf_window *w, int tone, float turn_cos);

#endif
