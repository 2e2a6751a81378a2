/* Receiver of MFC/R2 interregister signals, ITU-T Q.441 table 5 and Q.455: two of six tones, of one direction.
 *
 * Each 5 ms the last 20 ms (mf_window.h) are judged: they are good when their two strongest tones are loud enough, near
 * enough to their frequencies (by the turn of the phase over 5 ms), balanced, far above the others, and make up most of
 * the band.
 *
 *     |<- 20 ms ->|
 *       |<- good  ->|
 *         |<- good  ->|
 *           |<- good  ->|
 *             |<- good  ->|  begin: 26..34 ms after the tones; a signal of 7 ms fills no window
 *                   ...
 *     end: two windows in which either tone is 9 dB down, 17..24 ms after the tones; an interruption of 7 ms costs less
 *
 * Four good windows begin a signal that is pure, steady and in its place; more are asked of others (mf_rx.c: rules). What
 * disturbs it must look like white noise, or be our own signal that comes back.
 *
 * Q.455: the sum of the times to operate and to release is at most 80 ms.
 */
#ifndef CALLBOX_MF_RX_H
#define CALLBOX_MF_RX_H

#include "api.h"
#include "mf_window.h"

enum {
    MF_SEEN = 16,    /* good windows that are kept, a power of two */
    MF_RX_EVENTS = 4 /* in a tick */
};

/* What a good window shows. */
struct mf_seen {
    struct mf_tone tone[2]; /* the lower and the higher */
    float energy;           /* of the band */
};

struct mf_rx {
    int direction;    /* DSP_MF_...; DSP_MF_NONE: off */
    uint64_t now_smp; /* of the next sample */
    int n_sub;        /* samples of the next sub-block so far */
    struct mf_window window;
    /* decision; tones count from the lowest frequency, a pair is 6 * lower + higher */
    int candidate; /* of the last good windows, or -1 */
    int n_good;
    struct mf_seen seen[MF_SEEN]; /* [n_good & 15] */
    int pair;                     /* begun and not ended, or -1 */
    int n_missed;
    float level[2]; /* of its tones */
    uint64_t begin_smp;
};

void mf_rx_set(struct mf_rx *s, int direction, uint64_t at_smp);
/* Feed n samples, at most 80; write at most MF_RX_EVENTS events, and return their count. */
int mf_rx_process(struct mf_rx *s, const float *pcm, size_t n, struct dsp_event *out);

#endif
