/* DTMF receiver, ITU-T Q.23/Q.24: the decisions for one channel.
 *
 * The filter bank (dtmf_lanes.h) shows the last 20 ms every 5 ms. The turn of the phase of the
 * strongest tone of each group over 5 ms gives its frequency, and with that taken out, its power. A
 * window is good when the two tones are strong, near enough to their frequencies, balanced, and
 * make up most of the energy.
 *
 *     begin   BEGIN_WINDOWS good windows of one digit in a row: a tone of 40 ms has six, one of
 *             23 ms at most four. They must be steady in power and frequency, and come out of
 *             something 5 dB weaker; otherwise SURE_WINDOWS are needed, purer and steadier ones.
 *             Noise may be stronger from LONG_WINDOWS on, and must be weaker when a frequency is
 *             more than half of its limit off
 *     end     end_misses windows of 10 ms in a row that do not show both tones any more:
 *             interruptions of 10 ms are bridged, pauses of 30 ms are seen
 *
 * Limits: dtmf_plan.h and the constants of dtmf_rx.c, each with its clause.
 */
#ifndef CALLBOX_DTMF_RX_H
#define CALLBOX_DTMF_RX_H

#include <stdbool.h> /* bool */

#include "dtmf_lanes.h"
#include "dtmf_plan.h"

struct dsp_event;

enum { DTMF_RX_EVENTS = 4 }; /* in a tick */

struct dtmf_rx {
    uint64_t start_smp; /* sample number of the first sample */
    /* decision */
    int candidate;   /* digit 0..15 of the last good windows, -1 none */
    int n_good;      /* good windows in a row */
    bool is_abrupt;  /* it was quiet before them */
    float purity;    /* sum over them, but for the first, of the part of the energy in both tones */
    float turn[4];   /* sum over them of the phase turn: low re, im, high re, im */
    float first[4];  /* turn of the second of them */
    float drift[2];  /* sin^2 of the largest change of the turn since: low, high */
    float power[2];  /* of the strongest of them: low, high */
    float sum[2];    /* of the powers of those that are filled whole */
    float newest[3]; /* of the newest of them: low, high, both */
    float least[3], most[3]; /* of those between the first and the newest */
    int digit;               /* the one begun and not ended, -1 none */
    int n_missed;            /* windows in a row that do not show it */
    float level[2];          /* of the digit begun: low, high, at its strongest */
    float mean[2];           /* and in the mean */
    uint64_t begin_smp;
};

void dtmf_rx_reset(struct dtmf_rx *s, uint64_t at_smp);
/* Whether it must look even at a window that shows nothing. */
bool dtmf_rx_is_busy(const struct dtmf_rx *s);
/* Judge a hop that ended before sample now_smp; is_shown: the bank says that the lane may show a
 * digit. Write at most two events, and return their count. */
int dtmf_rx_decide(struct dtmf_rx *s, const struct dtmf_plan *plan, const struct dtmf_lanes *lanes,
                   int lane, bool is_shown, uint64_t now_smp, struct dsp_event *out);

#endif
