/* HDLC sender of a 64 kbit/s timeslot (hdlc_rx.h): frames that wait, flags between them. */
#ifndef CALLBOX_HDLC_TX_H
#define CALLBOX_HDLC_TX_H

#include <stdatomic.h> /* _Atomic */
#include <stdbool.h>   /* bool */

#include "api.h"

struct hdlc_frame {
    uint16_t n;
    uint8_t octets[DSP_FRAME_MAX];
};

struct hdlc_tx {
    /* bits not sent yet, at most 17; the last is the least significant */
    uint32_t bits;
    int n_bits;
    int ones; /* sent in a row, 0..4 */
    /* frames: a ring, the first of which is being sent */
    int first;
    int n;
    int at; /* octet of the frame to be sent next; its FCS follows */
    uint32_t fcs;
    struct hdlc_frame frames[DSP_MAX_FRAMES];
    /* read by another thread */
    _Atomic uint32_t n_sent;    /* to their end */
    _Atomic uint32_t n_retired; /* sent or dropped */
};

/* Drop what waits, begin with a flag. */
void hdlc_tx_start(struct hdlc_tx *s);
/* Write n octets of the timeslot. */
void hdlc_tx_process(struct hdlc_tx *s, uint8_t *octets, size_t n);

#endif
