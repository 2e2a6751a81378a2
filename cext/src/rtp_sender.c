/* What an RTP stream sends. */
#include "rtp_sender.h"

#include <string.h> /* memcpy, memset */

#include "g711.h"
#include "rtp_stream.h"

enum {
    HANGOVER_TICKS = 20, /* 200 ms */
    NOISE_TICKS = 10,    /* between two noise payloads, at least */
    LEVEL_STEP_DB = 2    /* that make a new one worth it */
};

static const float SPEECH = 4.0f;         /* above the background: 6 dB */
static const float LOUD = 2.4e-5f;        /* speech in any case: -40 dBm0 */
static const float FLOOR_RISE = 1.005f;   /* per tick: 2 dB a second */
static const float FLOOR_LEAST = 2.4e-8f; /* -70 dBm0 */

void rtp_sender_reset(struct rtp_sender *s, const struct stream_spec *spec)
{
    memset(s, 0, sizeof *s);
    s->seq = (uint16_t)spec->seq;
    s->timestamp = spec->timestamp;
    s->is_spurt = true;
    s->floor = FLOOR_LEAST;
    s->n_hangover = HANGOVER_TICKS;
    telephone_event_tx_reset(&s->event);
    noise_meter_reset(&s->meter);
}

static void send(struct rtp_stream *stream, int payload_type, bool has_marker, uint32_t timestamp,
                 const uint8_t *payload, size_t n)
{
    struct stream_packet *place = ring_reserve(&stream->out);
    struct rtp_packet packet = {.payload_type = (uint8_t)payload_type,
                                .has_marker = has_marker,
                                .seq = stream->sender.seq,
                                .timestamp = timestamp,
                                .ssrc = stream->spec.ssrc,
                                .payload = payload,
                                .n_payload = n};

    if (place == NULL) {
        stream->stats.overflows++;
        return;
    }
    place->n = (uint32_t)rtp_build(&packet, place->octets, sizeof place->octets);
    ring_commit(&stream->out);
    stream->sender.seq++;
    stream->stats.sent++;
}

/* Decide whether this tick is worth sending. */
static void watch_silence(struct rtp_sender *s, const float *pcm)
{
    float sum = 0.0f;

    for (int i = 0; i < DSP_BLOCK_SMP; i++)
        sum += pcm[i] * pcm[i];
    float power = sum * (1.0f / DSP_BLOCK_SMP);
    s->floor *= FLOOR_RISE;
    s->floor = power < s->floor ? power : s->floor;
    s->floor = s->floor > FLOOR_LEAST ? s->floor : FLOOR_LEAST;
    if (power > LOUD || power > SPEECH * s->floor)
        s->n_hangover = HANGOVER_TICKS;
    else
        s->n_hangover -= s->n_hangover > 0;
    s->n_since++;
    if (s->n_hangover < HANGOVER_TICKS)
        noise_meter_process(&s->meter, pcm);
}

/* Send a noise payload when the pause begins, and when the noise has changed. */
static void send_noise(struct rtp_stream *stream)
{
    struct rtp_sender *s = &stream->sender;
    uint8_t payload[DSP_NOISE_OCT];
    size_t n = noise_meter_payload(&s->meter, payload);
    int change = payload[0] - s->level;

    if (s->is_quiet &&
        (s->n_since < NOISE_TICKS || (change < LEVEL_STEP_DB && change > -LEVEL_STEP_DB)))
        return;
    s->is_quiet = s->is_spurt = true;
    s->n_since = 0;
    s->level = payload[0];
    send(stream, stream->spec.noise_type, false, s->timestamp - (uint32_t)s->n, payload, n);
}

static void send_audio(struct rtp_stream *stream)
{
    struct rtp_sender *s = &stream->sender;
    const struct stream_spec *spec = &stream->spec;

    send(stream, spec->is_ulaw ? spec->ulaw_type : spec->alaw_type, s->is_spurt,
         s->timestamp - (uint32_t)s->n, s->payload, (size_t)s->n);
    s->is_spurt = s->is_quiet = false;
}

/* Send what is due at a packet time: an event, audio or noise; the repeated ends of an event beside
 * the audio that goes on. */
static void send_due(struct rtp_stream *stream)
{
    struct rtp_sender *s = &stream->sender;
    struct telephone_event_tx *event = &s->event;
    uint8_t payload[TELEPHONE_EVENT_OCT];
    bool is_instead = event->is_on || event->n_ends == TELEPHONE_EVENT_ENDS;
    bool is_first = event->is_first;
    size_t n = telephone_event_tx_payload(event, payload);

    if (n > 0)
        send(stream, stream->spec.event_type, is_first, event->began, payload, n);
    event->is_first = event->is_first && n == 0;
    if (is_instead)
        s->is_spurt = true;
    else if (stream->spec.is_saving && s->n_hangover == 0)
        send_noise(stream);
    else
        send_audio(stream);
}

static void code(struct rtp_sender *s, bool is_ulaw, const float *pcm, const uint8_t *alaw)
{
    if (!is_ulaw) {
        memcpy(s->payload + s->n, alaw, DSP_BLOCK_SMP);
        return;
    }
    for (int i = 0; i < DSP_BLOCK_SMP; i++)
        s->payload[s->n + i] = ulaw_from_float(pcm[i]);
}

void rtp_sender_tick(struct rtp_stream *stream, const float *pcm, const uint8_t *alaw,
                     const struct dtmf_tx *dial)
{
    struct rtp_sender *s = &stream->sender;

    code(s, stream->spec.is_ulaw, pcm, alaw);
    s->n += DSP_BLOCK_SMP;
    s->timestamp += DSP_BLOCK_SMP;
    if (stream->spec.event_type >= 0)
        telephone_event_tx_follow(&s->event, dial, s->timestamp);
    if (stream->spec.is_saving)
        watch_silence(s, pcm);
    if (s->n < stream->spec.packet_smp)
        return;
    send_due(stream);
    s->n = 0;
}
