/* DTMF sender, ITU-T Q.23: a queue of dials, each a string of digits with its own timing; ',' is a
 * pause of 1 s. */
#ifndef CALLBOX_DTMF_TX_H
#define CALLBOX_DTMF_TX_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

#include "api.h"
#include "oscillator.h"

struct dial {
    char digits[DSP_DIAL_MAX + 1];
    uint32_t id;
    uint32_t on_smp;
    uint32_t off_smp;
    float amplitude; /* of each of the two tones */
};

struct dtmf_tx {
    struct dial queue[DSP_MAX_DIALS];
    int first; /* index of the running one */
    int n;
    int at;             /* next digit of it */
    uint32_t on;        /* samples of tone still to come */
    uint32_t off;       /* then samples of silence */
    bool is_silent;     /* keeps the time but makes no tones: somebody else sends the digits */
    char digit;         /* the last one begun */
    uint32_t n_started; /* digits begun, counts up, wraps */
    struct oscillator low;
    struct oscillator high;
};

void dtmf_tx_reset(struct dtmf_tx *t);
/* Queue a dial; false when the queue is full. */
bool dtmf_tx_put(struct dtmf_tx *t, const struct dial *d);
/* Add the tones to `pcm`; events DIALED (id, at_smp from the begin of pcm) into `out`. Return their
 * count. */
int dtmf_tx_process(struct dtmf_tx *t, float *pcm, size_t n, struct dsp_event *out, int cap);

#endif
