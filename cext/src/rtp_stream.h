/* One RTP stream: packets in, samples out, and the other way round.
 *
 * Packets cross threads in two rings; everything else belongs to the tick.
 */
#ifndef CALLBOX_RTP_STREAM_H
#define CALLBOX_RTP_STREAM_H

#include <stdbool.h> /* bool */

#include "api.h"
#include "clock_watch.h"
#include "jitter.h"
#include "ring.h"
#include "rtp.h"
#include "rtp_sender.h"
#include "telephone_event.h"

enum {
    STREAM_IN = 64,          /* packets between two ticks */
    STREAM_OUT = 16,         /* packets that wait to be fetched: 320 ms */
    STREAM_PACKET_SMP = 480, /* longest received: 60 ms */
    STREAM_WORDS = sizeof(struct stream_stats) / 4
};

struct stream_packet {
    uint64_t arrival_us;
    uint32_t n;
    uint8_t octets[DSP_PACKET_OCT];
};

struct rtp_stream {
    struct stream_spec spec;
    bool is_open;
    /* receive */
    struct rtp_source source;
    struct jitter jitter;
    struct telephone_event_rx event;
    struct clock_watch clock;
    struct stream_stats stats;
    /* send */
    struct rtp_sender sender;
    /* between threads */
    struct ring in;
    struct ring out;
    _Atomic uint32_t in_overflows;
    _Atomic uint32_t published[STREAM_WORDS]; /* copy of stats */
    struct stream_packet in_items[STREAM_IN];
    struct stream_packet out_items[STREAM_OUT];
};

void rtp_stream_init(struct rtp_stream *s);
void rtp_stream_open(struct rtp_stream *s, const struct stream_spec *spec);
void rtp_stream_close(struct rtp_stream *s);
/* From the thread of the packets: 0, -EMSGSIZE or -EAGAIN. */
int rtp_stream_put(struct rtp_stream *s, const uint8_t *octets, size_t n, uint64_t arrival_us);
size_t rtp_stream_get(struct rtp_stream *s, uint8_t *out, size_t cap);
void rtp_stream_stats(const struct rtp_stream *s, struct stream_stats *out);
/* A tick begins: take a packet that came, and give the count of digits that begin or end with it, at
 * most TELEPHONE_EVENT_EVENTS; -1 when there is none. */
int rtp_stream_take(struct rtp_stream *s, uint64_t now_smp, struct dsp_event *out);
/* Then give 80 samples (1.0 = +3.14 dBm0); one digit may end. */
int rtp_stream_hear(struct rtp_stream *s, uint64_t now_smp, float *pcm, struct dsp_event *out);
/* A tick: send 80 samples, which are `alaw` already, or what the dial says. */
void rtp_stream_say(struct rtp_stream *s, const float *pcm, const uint8_t *alaw,
                    const struct dtmf_tx *dial);

#endif
