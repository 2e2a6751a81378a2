/* Caller ID sent on a channel, which need not be open: to a phone between two rings. */
#ifndef CALLBOX_ID_TX_H
#define CALLBOX_ID_TX_H

#include "fsk_tx.h"

/* A message to send. */
struct id_message {
    uint32_t id;
    uint16_t n;
    uint8_t standard; /* enum dsp_standard */
    float amplitude;
    uint8_t octets[DSP_MESSAGE_MAX]; /* without checksum */
};

struct id_tx {
    bool is_on;
    struct fsk_tx fsk;
    struct id_message message;
};

/* Begin to send; what was being sent is cut. */
void id_tx_start(struct id_tx *t, const struct id_message *message);
void id_tx_stop(struct id_tx *t);
/* Add the signal to `pcm`; write an event at the end of the message, and return their count. */
int id_tx_process(struct id_tx *t, float *pcm, size_t n, struct dsp_event *out);

#endif
