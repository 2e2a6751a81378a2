/* Caller ID receiver: FSK at 1200 baud, Bell 202 (1200/2200 Hz) and V.23 (1300/2100 Hz) with the
 * same filters.
 *
 * Two quadrature filters of one bit length; their difference is the soft bit. A message begins
 * after a run of mark (the channel seizure before it, an alternating pattern, never has one), then
 * type, length, octets, checksum, each octet framed by start and stop bit, least significant bit
 * first. Only whole messages with a right checksum are given. Source: ETSI EN 300 659-1, Telcordia
 * GR-30-CORE.
 */
#ifndef CALLBOX_FSK_RX_H
#define CALLBOX_FSK_RX_H

#include <stddef.h> /* size_t */
#include <stdint.h>

#include "api.h"
#include "tables.h" /* FSK_TAPS */

enum { FSK_RX_EVENTS = 1 };

enum fsk_state {
    FSK_HUNT,  /* wait for a run of mark */
    FSK_IDLE,  /* mark between octets: wait for a start bit */
    FSK_OCTET, /* in an octet */
};

struct fsk_rx {
    float past[FSK_TAPS - 1]; /* last samples */
    float soft;               /* last soft bit, > 0 mark */
    float power;              /* smoothed power in both filters */
    float energy;             /* smoothed power of the signal */
    enum fsk_state state;
    uint32_t n_mark; /* samples of mark in a row */
    uint32_t n_idle; /* samples since the last octet */
    float clock;     /* samples until the next bit is read */
    int n_bits;      /* of the octet, start bit included */
    uint32_t bits;
    uint64_t smp; /* sample number of the next sample */
    uint64_t begin_smp;
    float begin_power;
    uint32_t n_bad; /* messages with a wrong checksum */
    int n_octets;
    int n_read;                          /* bits of this message */
    int n_doubtful;                      /* of them, those that could have been the other */
    uint8_t octets[DSP_MESSAGE_MAX + 1]; /* with checksum */
};

void fsk_rx_reset(struct fsk_rx *s, uint64_t at_smp);
/* Feed n samples, at most 80; write at most FSK_RX_EVENTS events, and return their count. */
int fsk_rx_process(struct fsk_rx *s, const float *pcm, size_t n, struct dsp_event *out);

#endif
