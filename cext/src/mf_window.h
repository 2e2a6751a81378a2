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
    MF_PAST = 12,    /* samples of the sub-block before that the low pass needs, and one */
    MF_HISTORY = 16, /* windows whose powers are kept, a power of two */
    MF_SILENCE = 8   /* sub-blocks until all that is looked at is silence */
};

struct mf_window {
    int direction; /* DSP_MF_..., not DSP_MF_NONE */
    int n_quiet;   /* sub-blocks in a row */
    uint32_t step; /* sub-blocks so far, but for those of long silence */
    uint32_t slot; /* step % 5 */
    /* The last sub-blocks; [slot] is the next, and before the first is the end of the last. */
    float pcm[MF_PAST + MF_STEPS * MF_SUB_SMP];
    float band[4][2 * MF_SMP]; /* [step & 3][sample (re, im)] */
    /* [step & 1][tone (re, im)], RMS; ascending from the centre - 300 Hz */
    float tone[2][2 * MF_TONES];
    float power[MF_HISTORY][MF_TONES]; /* [step & 15] mean squares */
    float energy[4];                   /* [step & 3] sum of squares of the sub-block */
};

struct mf_tone {
    float power;
    float turn[2]; /* cosine, sine */
};

void mf_window_set(struct mf_window *w, int direction);
/* Where the next sub-block belongs. */
static inline float *mf_window_next(struct mf_window *w)
{
    return w->pcm + MF_PAST + MF_SUB_SMP * w->slot;
}

/* Take it; false when the window is silent. */
bool mf_window_take(struct mf_window *w);
/* Powers of the tones, so many sub-blocks ago. */
static inline const float *mf_window_powers(const struct mf_window *w, int age)
{
    return w->power[(w->step - (uint32_t)age) & (MF_HISTORY - 1)];
}

/* Mean square of the band: the tones and all between. */
float mf_window_energy(const struct mf_window *w);
/* Mean square of what lies between 30 and 450 Hz. */
float mf_window_low(const struct mf_window *w);
/* Tones of the other direction: their powers, ascending; returns the mean square of their band. */
float mf_window_other(const struct mf_window *w, float power[MF_TONES]);
/* Mean square of all that came in. */
float mf_window_total(const struct mf_window *w);
/* Measure a tone: its power with what its frequency error took from it, and how far that error turns it in 5 ms. False
 * when it is further off than `turn_cos`, the cosine of that turn. */
bool mf_window_measure(const struct mf_window *w, int tone, float turn_cos, struct mf_tone *out);

#endif
