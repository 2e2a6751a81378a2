/* Call-progress tones by frequency and cadence, from the list of tones (ITU-T E.180 supplement 2).
 *
 * Each 10 ms the last 40 ms are correlated with the frequencies of the list; the turn of the phase
 * gives the true frequency, and with that taken out, the power. A group of tones (those of the same
 * frequencies) is on while its frequencies hold enough of the energy. Lengths of on and off are
 * then compared with the cadences:
 *
 *     busy  ##########..........##########.......    begins after four matching lengths, the last
 *           on 350    off 350   on 350    off        of which may still run (fits_needed)
 *     dial  ##############################           begins when it was on longer than any tone
 *                                                    of its group that has a cadence
 *
 * and a tone ends when a length runs over, or two in a row do not fit.
 */
#ifndef CALLBOX_PROGRESS_RX_H
#define CALLBOX_PROGRESS_RX_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

#include "progress_plan.h"

enum {
    PROGRESS_TAPS = 4,
    PROGRESS_KEPT = 8,
    PROGRESS_LENGTHS = 8,
    PROGRESS_RX_EVENTS = 2 * PLAN_MAX_GROUPS
};

/* A stretch of on or off. */
struct length {
    int32_t subs; /* of 10 ms */
    bool is_on;
    bool is_steady; /* level and frequency stood still */
    float level;    /* of an on: power, and turn of the phase */
    float turn[2];
};

/* What is known of one group. */
struct progress_group {
    struct length past[PROGRESS_LENGTHS]; /* newest last */
    int n_past;
    struct length now;
    int glitch;          /* sub-blocks of the other state that may still turn out to be a glitch */
    float level;         /* power while on, smoothed; 0 while off */
    float last_level;    /* the same of the last on that ended */
    float turn[2];       /* phase turn while on, smoothed: re, im (unit length) */
    int n_stray;         /* sub-blocks of this on that left level or frequency */
    float purity;        /* part of the energy that is tone, smoothed */
    int tone;            /* the one begun and not ended, -1 none */
    int n_misfits;       /* lengths in a row that do not fit it */
    uint64_t begin_smp;  /* of the tone */
    uint64_t on_end_smp; /* of the last on */
    float tone_power;    /* of each of its frequencies */
};

struct progress_rx {
    const struct progress_plan *plan;
    float buf[PLAN_SUB_SMP];
    int n_buf;
    float corr[PROGRESS_KEPT][2 * PLAN_MAX_FREQS]; /* [sub & 7][lane] */
    float energy[PROGRESS_TAPS];
    uint32_t sub;
    uint64_t start_smp;
    struct progress_group groups[PLAN_MAX_GROUPS];
};

void progress_rx_reset(struct progress_rx *s, const struct progress_plan *plan, uint64_t at_smp);
/* Feed n samples, at most 80; write at most PROGRESS_RX_EVENTS events, and return their count. */
int progress_rx_process(struct progress_rx *s, const float *pcm, size_t n, struct dsp_event *out);
/* End the tones that are on. */
int progress_rx_finish(struct progress_rx *s, struct dsp_event *out);

#endif
