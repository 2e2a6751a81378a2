/* Caller ID sender: channel seizure, mark, message, checksum, with a continuous phase. 1200 baud. */
#ifndef CALLBOX_FSK_TX_H
#define CALLBOX_FSK_TX_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

#include "api.h"
#include "oscillator.h"

struct fsk_tx {
    const uint8_t *message; /* type, length, octets; the checksum is added */
    size_t n_message;
    uint32_t mark_step; /* of the oscillator */
    uint32_t space_step;
    float amplitude;
    struct oscillator wave;
    uint32_t n_bits;    /* sent so far */
    uint32_t bit_clock; /* 8000ths of a bit of this one already sent */
    uint8_t checksum;
};

void fsk_tx_start(struct fsk_tx *t, const uint8_t *message, size_t n, enum dsp_standard standard,
                  float amplitude);
/* Add the signal to `pcm`; return the samples used, less than n at the end. */
size_t fsk_tx_process(struct fsk_tx *t, float *pcm, size_t n);

#endif
