/* Digits as RTP packets: telephone-event of RFC 4733, events 0..15. */
#ifndef CALLBOX_TELEPHONE_EVENT_H
#define CALLBOX_TELEPHONE_EVENT_H

#include <stdbool.h> /* bool */

#include "api.h"

enum {
    TELEPHONE_EVENT_OCT = 4,
    TELEPHONE_EVENT_EVENTS = 3,      /* from one packet or tick, at most */
    TELEPHONE_EVENT_LOST_SMP = 1600, /* no packet for so long ends a digit: 200 ms */
    TELEPHONE_EVENT_ENDS = 3         /* times the last packet is sent, section 2.5.1.4 */
};

struct telephone_event_rx {
    bool is_on;
    bool has_ended;     /* `began` is that of the last digit that is over */
    uint8_t event;      /* number of the one that is on */
    uint32_t began;     /* RTP timestamp of the digit */
    uint32_t segment;   /* RTP timestamp of its packets: differs in digits longer than 8 s */
    uint32_t duration;  /* of the whole digit so far, samples */
    uint64_t begin_smp; /* when it began, in our time */
    uint64_t heard_smp; /* when the last packet came */
    float power;
};

void telephone_event_rx_reset(struct telephone_event_rx *s);
/* Take a payload that came at now_smp; digits that begin or end into `out`. Return their count. */
int telephone_event_rx_put(struct telephone_event_rx *s, uint32_t timestamp, const uint8_t *payload,
                           size_t n, uint64_t now_smp, struct dsp_event *out);
/* End a digit whose end packets were all lost. */
int telephone_event_rx_tick(struct telephone_event_rx *s, uint64_t now_smp, struct dsp_event *out);

/* The sender: follows the dial that would otherwise make tones. */
struct telephone_event_tx {
    bool is_on;
    bool is_first;      /* no packet of it was sent yet */
    uint32_t n_started; /* digits of the dial begun so far, as last seen */
    uint8_t event;
    uint8_t level;     /* -dBm0 */
    uint32_t began;    /* RTP timestamp */
    uint32_t duration; /* samples so far */
    uint32_t left;     /* samples it will have in this segment */
    int n_ends;        /* end packets still to be sent */
};

struct dtmf_tx;

void telephone_event_tx_reset(struct telephone_event_tx *s);
/* Look at the dial after a tick; `now` is the RTP timestamp of the tick's end. */
void telephone_event_tx_follow(struct telephone_event_tx *s, const struct dtmf_tx *dial,
                               uint32_t now);
/* Write the payload that is due at a packet time (its RTP timestamp is `began`): its octets, or 0
 * for none. */
size_t telephone_event_tx_payload(struct telephone_event_tx *s, uint8_t *out);

#endif
