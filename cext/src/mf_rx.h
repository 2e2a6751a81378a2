/* Receiver of MFC/R2 interregister signals, ITU-T Q.441 table 5 and Q.455: two of six tones, of one direction.
 *
 * A filter takes out the tones of the other direction (own signal that comes back). Each 5 ms the rest is
 * correlated with the six tones; a tapered window of 20 ms over that is good when its two strongest tones are loud
 * enough, near enough to their frequencies (by the turn of the phase over 5 ms), balanced, far above the others, and make up
 * most of the energy.
 *
 *     |<- 20 ms ->|
 *       |<- good  ->|
 *         |<- good  ->|
 *           |<- good  ->|  begin: 25..30 ms after the tones; a signal of 7 ms fills no window
 *                   ...
 *     end: two windows in which either tone is 9 dB down, 20..25 ms after the tones; an interruption of 7 ms costs 6 dB
 *
 * Sub-blocks in which no signal can be are taken for silence, and cost little.
 *
 * Q.455: the sum of the times to operate and to release is at most 80 ms.
 */
#ifndef CALLBOX_MF_RX_H
#define CALLBOX_MF_RX_H

#include <stdbool.h> /* bool */

#include "api.h"
#include "tables.h" /* MF_SUB_SMP */

enum {
    MF_WINDOW = 4,   /* sub-blocks */
    MF_HISTORY = 8,  /* sub-blocks whose energy is kept */
    MF_RX_EVENTS = 4 /* in a tick */
};

struct mf_rx {
    int direction;    /* DSP_MF_...; DSP_MF_NONE: off */
    uint64_t now_smp; /* of the next sample */
    /* filter */
    float section[MF_SECTIONS][2];
    float sub[MF_SUB_SMP]; /* samples of the next sub-block */
    int n_sub;
    int n_quiet;                         /* sub-blocks in a row */
    int step;                            /* sub-blocks so far, of MF_TURN_STEPS */
    float base[MF_WINDOW][2 * MF_TONES]; /* [the newest last][tone (re, im)] */
    float energy[MF_HISTORY];            /* sums of squares, the newest last */
    float window[2 * MF_TONES];          /* of the last window */
    /* decision */
    int candidate; /* of the last good windows: the lower tone and the higher one, 6 * low + high, or -1 */
    int n_good;
    float purity;            /* sum over them, but for the first */
    float least[2], most[2]; /* power of each tone in them, but for the first */
    int pair;                /* begun and not ended, or -1 */
    int n_missed;
    float level[2]; /* of its tones */
    uint64_t begin_smp;
};

void mf_rx_set(struct mf_rx *s, int direction, uint64_t at_smp);
/* Feed n samples, at most 80; write at most MF_RX_EVENTS events, and return their count. */
int mf_rx_process(struct mf_rx *s, const float *pcm, size_t n, struct dsp_event *out);

#endif
