/* The list of tones prepared for the receiver: frequencies in use, who shares them, correlators.
 * Made once, by init. */
#ifndef CALLBOX_PROGRESS_PLAN_H
#define CALLBOX_PROGRESS_PLAN_H

#include <stdbool.h> /* bool */
#include <stdint.h>

#include "api.h"

enum {
    PLAN_SUB_SMP = 80, /* 10 ms */
    PLAN_MAX_FREQS = 16,
    PLAN_MAX_GROUPS = 12
};

/* The tones that differ only in their cadence. */
struct plan_group {
    int n_freqs;
    int freqs[DSP_TONE_FREQS]; /* indices */
    int n_tones;
    int tones[DSP_MAX_TONES]; /* indices */
    int longest_on_ms;        /* of the tones with a cadence */
    float power_min;          /* of all its frequencies, for the most tolerant of its tones */
    bool is_narrow;           /* two of its frequencies are close to each other */
    float freq_tolerance[DSP_TONE_FREQS]; /* part of each frequency */
    float turn_cos_min[DSP_TONE_FREQS];   /* of the turn over 10 ms at that tolerance */
};

struct progress_plan {
    uint32_t id; /* of its events */
    struct tone_spec tones[DSP_MAX_TONES];
    int n_tones;
    float freqs_hz[PLAN_MAX_FREQS];
    int n_freqs;
    int n_lanes; /* 2 * n_freqs, rounded up to 4 */
    struct plan_group groups[PLAN_MAX_GROUPS];
    int n_groups;
    float correlator[PLAN_SUB_SMP * 2 *
                     PLAN_MAX_FREQS]; /* [sample][lane]: cos, -sin of each frequency */
    float back[PLAN_MAX_FREQS][2];    /* turns a sub-block back by its own length: cos, -sin */
};

/* Return 0, -EINVAL for a list that does not make sense, -E2BIG for one that is too long. */
int progress_plan_init(struct progress_plan *p, const struct tone_spec *tones, int n_tones);

#endif
