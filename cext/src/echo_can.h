/* Line echo canceller for a hybrid, ITU-T G.168. One tick at a time.
 *
 * Two filters. The background one learns from every tick: normalised LMS on signals made white by a
 * predictor, so that it learns from a voice as fast as from noise. The foreground one makes the
 * sound, and learns only from the background one: as the mean of its states, weighted by how little
 * else was heard when they were learnt. So a voice at this end, which throws the background filter
 * off, weighs next to nothing; and the mean lies far below the jitter of any single state.
 */
#ifndef CALLBOX_ECHO_CAN_H
#define CALLBOX_ECHO_CAN_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

#include "api.h"
#include "echo_fir.h"
#include "echo_tone.h"

enum {
    ECHO_TAPS_MAX = 256,
    ECHO_ORDER = 4, /* of the predictor */
    ECHO_PAST = ECHO_TAPS_MAX + 2 * ECHO_ORDER
};

struct echo_can {
    /* config */
    struct echo_fir fir;
    size_t n_taps; /* 0: off */
    /* filter state */
    float x[ECHO_PAST + DSP_BLOCK_SMP];  /* sent, newest last */
    float d[ECHO_ORDER + DSP_BLOCK_SMP]; /* heard */
    float e[ECHO_ORDER + DSP_BLOCK_SMP]; /* heard, less the echo */
    float front[ECHO_TAPS_MAX];          /* foreground taps, newest sample's last */
    float back[ECHO_TAPS_MAX];
    float predictor[ECHO_ORDER];
    /* decision state; energies are of white signals and over the last few ticks */
    float weight_sum;
    float weight_best;
    float front_energy;
    float back_energy;
    float heard_energy;
    int n_better;              /* ticks in a row in which the background was much better */
    int n_worse;               /* ... worse */
    int n_adding;              /* in which more came out than was heard */
    bool is_trained;           /* by a wide-band signal */
    struct echo_tone tones[2]; /* of a modem: sent, heard */
    int n_silent;              /* ticks in a row without a signal on either side */
    /* of this tick, for the suppressor */
    float echo_power;
    float sent_power;
};

/* Choose the vectors to work with, once. */
void echo_can_init(struct echo_can *s, enum simd_path path);
/* Begin anew with a tail of n_taps samples, a multiple of 4 up to ECHO_TAPS_MAX; 0 is off. */
void echo_can_reset(struct echo_can *s, size_t n_taps);
/* Take the echo of `sent` out of `pcm`, both of one tick. */
void echo_can_process(struct echo_can *s, const float *sent, float *pcm);
/* Follow the time without learning: what was heard is lost. */
void echo_can_fillin(struct echo_can *s, const float *sent);
/* A modem has switched it off (2100 Hz with phase reversals); lasts until both sides are silent. */
bool echo_can_is_disabled(const struct echo_can *s);
/* A modem or fax answers, with or without phase reversals. */
bool echo_can_hears_modem(const struct echo_can *s);

#endif
