/* Call-progress tone generator: up to four frequencies at once, with a cadence, until stopped. */
#ifndef CALLBOX_TONE_TX_H
#define CALLBOX_TONE_TX_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

#include "oscillator.h"

struct tone_spec;

struct tone_tx {
    const struct tone_spec *spec; /* null: silent */
    struct oscillator sines[4];
    struct oscillator envelope; /* of a modulated tone */
    int step;                   /* of the cadence; even = on */
    uint32_t left;              /* samples of this step */
};

void tone_tx_start(struct tone_tx *t, const struct tone_spec *spec);
void tone_tx_stop(struct tone_tx *t);
/* Add the tone to `pcm`. */
void tone_tx_process(struct tone_tx *t, float *pcm, size_t n);

#endif
