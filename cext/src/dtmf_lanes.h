/* Filter bank of the DTMF receiver: eight channels side by side, one in each vector lane.
 *
 * Notches take the dial tone out. Each 2.5 ms the signal is correlated with the eight tones, which
 * gives eight complex basebands at 400 Hz; each 5 ms a 20 ms raised-cosine window over them says
 * which lanes may hold a digit at all. If there are any, the strongest tone of each group is
 * measured: the turn of its phase over 5 ms gives its frequency, and with that taken out, its
 * power. Those lanes are then judged one by one (dtmf_rx.h).
 *
 * One source, dtmf_lanes_body.h, is compiled for vectors of 1 (plain C), 4 (SSE2, NEON) and 8
 * (AVX2) lanes. Each lane does the same operations in the same order everywhere, so that the
 * results are the same bits.
 */
#ifndef CALLBOX_DTMF_LANES_H
#define CALLBOX_DTMF_LANES_H

#include <stddef.h> /* size_t */

#include "simd.h" /* enum simd_path */
#include "tables.h"

enum {
    DTMF_LANES = 8,
    DTMF_HOP_SMP = 2 * DTMF_SUB_SMP, /* 5 ms: between decisions */
    DTMF_TAPS = 8,                   /* sub-blocks under the window */
    DTMF_HISTORY = 24                /* sub-blocks whose energy is kept */
};

/* State of eight channels. [..][lane] throughout. */
struct dtmf_lanes {
    uint32_t sub; /* sub-blocks so far */
    /* filter */
    float notch[DTMF_NOTCHES + 1][2]
               [DTMF_LANES];                /* last two inputs of each notch = outputs before */
    float base[DTMF_TAPS][16][DTMF_LANES];  /* basebands: [sub & 7][tone (re, im)] */
    float energy[DTMF_HISTORY][DTMF_LANES]; /* sum of squares: [sub % 24] */
    /* of the window of the last hop */
    float window_power[8][DTMF_LANES]; /* of each tone, not scaled */
    float window_energy[DTMF_LANES];   /* mean square */
    float turn[2][2][DTMF_LANES];      /* strongest low and high tone: phase turn, re and im */
    float power[2][DTMF_LANES];        /* their powers */
};

/* Take 40 samples of each lane, and return the lanes (bits) that may show a digit: mean square at
 * least `energy_min`, and enough of it in the two strongest tones. Lanes that are not in `open`
 * may be left out. */
typedef uint32_t (*dtmf_hop)(struct dtmf_lanes *l, const float *const pcm[DTMF_LANES],
                             uint32_t open, float energy_min);

uint32_t dtmf_hop_c(struct dtmf_lanes *l, const float *const pcm[DTMF_LANES], uint32_t open,
                    float energy_min);
uint32_t dtmf_hop_v4(struct dtmf_lanes *l, const float *const pcm[DTMF_LANES], uint32_t open,
                     float energy_min);
uint32_t dtmf_hop_v8(struct dtmf_lanes *l, const float *const pcm[DTMF_LANES], uint32_t open,
                     float energy_min);

/* The one for a path of this machine. */
dtmf_hop dtmf_hop_of(enum simd_path path);

/* Make one lane forget everything. */
void dtmf_lanes_clear(struct dtmf_lanes *l, int lane);

#endif
