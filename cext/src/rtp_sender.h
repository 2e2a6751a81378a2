/* The side of an RTP stream that sends: audio, comfort noise, telephone events. */
#ifndef CALLBOX_RTP_SENDER_H
#define CALLBOX_RTP_SENDER_H

#include "api.h"
#include "comfort_noise.h"
#include "dtmf_tx.h"
#include "telephone_event.h"

enum { RTP_SENDER_SMP = 480 }; /* longest packet: 60 ms */

struct rtp_sender {
    uint16_t seq;       /* of the next packet */
    uint32_t timestamp; /* of the next sample */
    int n;              /* samples gathered for the next packet */
    bool is_spurt;      /* it is the first after a pause: marker */
    uint8_t payload[RTP_SENDER_SMP];
    struct telephone_event_tx event;
    /* silence */
    struct noise_meter meter;
    float floor;    /* power of the background */
    int n_hangover; /* ticks after speech that are still sent */
    int n_since;    /* ticks since the last noise payload */
    bool is_quiet;  /* noise payloads are sent instead of audio */
    uint8_t level;  /* -dBov, as last sent */
};

struct rtp_stream;

void rtp_sender_reset(struct rtp_sender *s, const struct stream_spec *spec);
/* Send 80 samples, which are `alaw` already, or what the dial says; packets go to the stream's ring. */
void rtp_sender_tick(struct rtp_stream *stream, const float *pcm, const uint8_t *alaw,
                     const struct dtmf_tx *dial);

#endif
