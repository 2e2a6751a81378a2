/* HDLC receiver of a 64 kbit/s timeslot: ISO/IEC 13239 and ITU-T Q.921 section 2.
 *
 * The first bit on the line is the most significant one of the timeslot's octet and the least significant one of the
 * frame's octet. Octets without flag or abort are unstuffed by a table; what repeats and changes nothing (flags,
 * ones, a frame's rest that is of no use) is passed over.
 *
 *     ... 01111110 | address control information FCS | 01111110 | ...    a flag may open and close
 *
 * A frame of 3..264 octets before its FCS is delivered when it is whole octets and the FCS is right; otherwise it is
 * counted, once, as the first of: aborted (7 ones), too long, too short, not whole octets, wrong FCS.
 */
#ifndef CALLBOX_HDLC_RX_H
#define CALLBOX_HDLC_RX_H

#include <stdatomic.h> /* _Atomic */
#include <stdbool.h>   /* bool */

#include "api.h"

enum {
    HDLC_FCS_OCT = 2,
    HDLC_MOST_OCT = DSP_FRAME_MAX + HDLC_FCS_OCT,
    HDLC_LEAST_OCT = DSP_FRAME_MIN + HDLC_FCS_OCT,
    HDLC_RX_FRAMES = 14 /* of five octets and a flag, in a tick */
};

struct hdlc_rx {
    /* bits */
    int ones;        /* in a row, up to 7: abort */
    int n_bits;      /* of the octet that is not whole yet */
    uint32_t bits;   /* the first is the least significant */
    int still;       /* a timeslot's octet that changes nothing, or -1 */
    bool is_hunting; /* for a flag: outside of frames */
    /* frame */
    uint32_t fcs;
    int n; /* octets so far */
    uint8_t octets[HDLC_MOST_OCT];
    /* counters, read by another thread */
    _Atomic uint32_t n_good;
    _Atomic uint32_t n_bad_fcs;
    _Atomic uint32_t n_aborted;
    _Atomic uint32_t n_too_long;
    _Atomic uint32_t n_too_short;
    _Atomic uint32_t n_misaligned;
};

/* Take n octets, at most 80; write the frames that ended, at most HDLC_RX_FRAMES, with the number of the octet as
 * time, and return their count. */
int hdlc_rx_process(struct hdlc_rx *s, const uint8_t *octets, size_t n, struct dsp_event *out);
/* Octets are missing: a frame that they belong to is aborted. */
void hdlc_rx_lose(struct hdlc_rx *s);

#endif
