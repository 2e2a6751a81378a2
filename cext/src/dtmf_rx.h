/* DTMF receiver, ITU-T Q.23/Q.24.
 *
 * Notches take the dial tone out. Each 2.5 ms the signal is correlated with the eight tones, which
 * gives eight complex basebands at 400 Hz. Every 5 ms a 20 ms raised-cosine window over them names
 * the strongest tone of each group; the turn of its phase over 5 ms gives its frequency, and with
 * that taken out, its power. A window is good when the two tones are strong, near enough to their
 * frequencies, balanced, and make up most of the energy.
 *
 *     begin   BEGIN_WINDOWS good windows of one digit in a row: a tone of 40 ms has six, one of
 *             23 ms at most four
 *     end     END_MISSES windows of 10 ms in a row that do not show both tones any more:
 *             interruptions of 10 ms are bridged, pauses of 30 ms are seen
 *
 * Limits: the constants of dtmf_rx.c, each with its clause.
 */
#ifndef CALLBOX_DTMF_RX_H
#define CALLBOX_DTMF_RX_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

#include "tables.h"

struct dsp_event;

enum { DTMF_TAPS = 8, DTMF_HISTORY = 24, DTMF_RX_EVENTS = 4 };

struct dtmf_rx {
    /* filter */
    float notch_x[DTMF_NOTCHES + 1]
                 [2];        /* last two inputs of each notch = outputs of the one before */
    float buf[DTMF_SUB_SMP]; /* filtered samples of the sub-block being filled */
    int n_buf;
    float base[DTMF_TAPS][16];  /* basebands of the last sub-blocks: [sub & 7][tone][re, im] */
    float energy[DTMF_HISTORY]; /* sum of squares of the last sub-blocks: [sub % 24] */
    uint32_t sub;               /* sub-blocks so far */
    uint64_t start_smp;         /* sample number of the first sample */
    /* decision */
    int candidate;  /* digit 0..15 of the last good windows, -1 none */
    int n_good;     /* good windows in a row */
    float turn[4];  /* sum over them of the phase turn: low re, im, high re, im */
    float power[2]; /* of the strongest of them: low, high */
    int digit;      /* the one begun and not ended, -1 none */
    int n_missed;   /* windows in a row that do not show it */
    float level[2]; /* of the digit begun: low, high */
    uint64_t begin_smp;
};

void dtmf_rx_reset(struct dtmf_rx *s, uint64_t at_smp);
/* Feed n samples, at most 80; write at most DTMF_RX_EVENTS events, and return their count. */
int dtmf_rx_process(struct dtmf_rx *s, const float *pcm, size_t n, struct dsp_event *out);

#endif
