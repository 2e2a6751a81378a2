/* Packet-loss concealment for G.711, after the idea of ITU-T G.711 Appendix I: the last pitch
 * periods are repeated, faded out, and blended into what comes after the gap.
 *
 * Unlike in the Appendix no sample is delayed: instead of blending the last quarter period before
 * the gap, the difference between what was heard and what is repeated rings out through a
 * short-term predictor. And sound that resembles its past little is repeated more softly. Tones (keys, dial and
 * busy tone) go on as they are: a pitch period they have not.
 */
#ifndef CALLBOX_PLC_H
#define CALLBOX_PLC_H

#include <stdbool.h> /* bool */

#include "api.h"
#include "tone_fit.h"

enum {
    PLC_MIN_LAG = 32,
    PLC_MAX_LAG = 150, /* 53..250 Hz; higher voices repeat in several periods */
    PLC_SPAN_SMP = 160,
    PLC_MEMORY_SMP = 400, /* what is looked at */
    PLC_PAST_SMP = 480,
    PLC_RING_SMP = 32
};

struct plc {
    /* heard and concealed samples: a ring, the next goes to `at` */
    int16_t past[PLC_PAST_SMP];
    int at;
    /* the gap */
    float memory[PLC_MEMORY_SMP]; /* the past at its begin, in steps of 16 bits */
    float ringing[PLC_RING_SMP];  /* added at its begin */
    int lag;                      /* one pitch period */
    int blend;                    /* samples blended at each join */
    int jump;                     /* how far the reader goes back at the next join */
    int reader;                   /* in memory */
    float gain;                   /* 0.5..1 */
    bool is_tonal;                /* two tones are continued, nothing is repeated */
    struct tone_fit tones;
    /* decision */
    int n_missing; /* samples since the begin of the gap, 0: no gap */
    int n_faded;   /* samples after it that were blended */
};

/* Give the last n samples heard or concealed, at most PLC_MEMORY_SMP, in steps of 16 bits. */
void plc_past(const struct plc *s, float *out, int n);

#endif
