/* Tones that mean the same everywhere and need no list:
 *
 *     SIT       950, 1400, 1800 Hz in turn, each 330 ms      an announcement follows: no such number (E.180)
 *     CNG       1100 Hz, 0.5 s on, 3 s off                   a fax calls (T.30)
 *     answer    2100 Hz, with or without phase reversals     a fax or modem answers (T.30, V.25, G.168)
 *     CAS       2130 + 2750 Hz, 80 ms                        caller ID comes in a talk (EN 300 659-2, GR-30)
 *
 * Each 5 ms the last 20 ms are correlated with the six frequencies; the turn of the phase gives the
 * true frequency, and with that taken out, the power. The rest is lengths.
 */
#ifndef CALLBOX_SPECIAL_RX_H
#define CALLBOX_SPECIAL_RX_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>

#include "api.h"
#include "tables.h" /* SPECIAL_FREQS */

enum {
    SPECIAL_KEPT = 4,      /* sub-blocks of 5 ms in the window */
    SPECIAL_RX_EVENTS = 12 /* 80 samples end at most two sub-blocks */
};

/* What is known of one frequency. */
struct special_tone {
    float power;  /* now */
    float level;  /* mean while on */
    float purity; /* part of the energy that is tone, mean while on */
    bool is_on;
    int32_t n_on;    /* sub-blocks of this on, or of the last one */
    int32_t n_stray; /* of them, those that left the level */
    int32_t n_off;   /* sub-blocks since */
};

/* One of the four, begun or not. */
struct special_state {
    bool is_begun;
    uint64_t begin_smp;
    uint64_t on_end_smp;
    float power; /* of each frequency */
};

/* Phase of the answer tone, to see reversals. */
struct special_phase {
    float at[2]; /* where it should be, unit length */
    float turn[2];
    int32_t n_against; /* sub-blocks in a row that stand against it */
    int32_t n_since;   /* sub-blocks since the last reversal */
    int32_t n_reversals;
};

struct special_rx {
    float buf[SPECIAL_SUB_SMP];
    int n_buf;
    float corr[SPECIAL_KEPT][2 * SPECIAL_FREQS]; /* [sub & 3][lane] */
    float energy[SPECIAL_KEPT];
    float energy_mean; /* of the window */
    uint32_t sub;
    uint64_t start_smp;
    struct special_tone tones[SPECIAL_FREQS];
    int32_t
        sit_ended[2]; /* sub-blocks since the first or second tone of a SIT ended well, -1: never */
    struct special_state sit;
    struct special_state cng;
    struct special_state answer;
    struct special_state reversals;
    struct special_phase phase;
    int32_t n_answer; /* sub-blocks of the answer tone, short gaps bridged */
    int32_t n_gap;    /* sub-blocks without it */
    int32_t n_pair;   /* sub-blocks of both tones of a CAS */
    float pair_power; /* mean of them */
};

void special_rx_reset(struct special_rx *s, uint64_t at_smp);
/* Feed n samples, at most 80; write at most SPECIAL_RX_EVENTS events, and return their count. */
int special_rx_process(struct special_rx *s, const float *pcm, size_t n, struct dsp_event *out);

#endif
