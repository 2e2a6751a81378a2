/* One RTP stream. What it sends is in rtp_sender.c. */
#include "rtp_stream.h"

#include <errno.h>  /* EAGAIN, EMSGSIZE */
#include <string.h> /* memcpy, memset */

#include "tables.h"

enum { START_SMP = 320 }; /* play-out delay before anything is known: 40 ms */

size_t stream_size(void)
{
    return sizeof(struct rtp_stream);
}

void rtp_stream_init(struct rtp_stream *s)
{
    ring_init(&s->in, s->in_items, sizeof s->in_items[0], STREAM_IN);
    ring_init(&s->out, s->out_items, sizeof s->out_items[0], STREAM_OUT);
}

void rtp_stream_open(struct rtp_stream *s, const struct stream_spec *spec)
{
    s->spec = *spec;
    s->is_open = true;
    memset(&s->stats, 0, sizeof s->stats);
    rtp_source_reset(&s->source);
    jitter_reset(&s->jitter, spec->min_smp, spec->max_smp,
                 spec->min_smp > START_SMP || spec->is_fixed ? spec->min_smp : START_SMP,
                 spec->is_fixed);
    telephone_event_rx_reset(&s->event);
    clock_watch_reset(&s->clock);
    rtp_sender_reset(&s->sender, spec);
}

void rtp_stream_close(struct rtp_stream *s)
{
    s->is_open = false;
    while (ring_peek(&s->in) != NULL)
        ring_drop(&s->in);
}

int rtp_stream_put(struct rtp_stream *s, const uint8_t *octets, size_t n, uint64_t arrival_us)
{
    struct stream_packet *place = n <= DSP_PACKET_OCT ? ring_reserve(&s->in) : NULL;

    if (place == NULL) {
        atomic_fetch_add_explicit(&s->in_overflows, 1, memory_order_relaxed);
        return n <= DSP_PACKET_OCT ? -EAGAIN : -EMSGSIZE;
    }
    place->arrival_us = arrival_us;
    place->n = (uint32_t)n;
    memcpy(place->octets, octets, n);
    ring_commit(&s->in);
    return 0;
}

size_t rtp_stream_get(struct rtp_stream *s, uint8_t *out, size_t cap)
{
    const struct stream_packet *packet = ring_peek(&s->out);
    size_t n = packet != NULL && packet->n <= cap ? packet->n : 0;

    if (n > 0) {
        memcpy(out, packet->octets, n);
        ring_drop(&s->out);
    }
    return n;
}

static void publish(struct rtp_stream *s, uint64_t now_smp)
{
    struct stream_stats *t = &s->stats;
    uint32_t words[STREAM_WORDS];

    t->received = s->source.n_received;
    t->expected = s->source.n_expected;
    t->late = s->jitter.n_late;
    t->restarts = s->jitter.n_restarts;
    t->concealed_smp = s->jitter.concealed_smp;
    t->inserted_smp = s->jitter.inserted_smp;
    t->removed_smp = s->jitter.removed_smp;
    t->delay_smp = jitter_delay(&s->jitter, now_smp);
    t->target_smp = jitter_target(&s->jitter);
    t->jitter_us = s->clock.jitter16_us / 16;
    t->skew_ppm = s->clock.skew_ppm;
    memcpy(words, t, sizeof words);
    for (size_t i = 0; i < STREAM_WORDS; i++)
        atomic_store_explicit(&s->published[i], words[i], memory_order_relaxed);
}

void rtp_stream_stats(const struct rtp_stream *s, struct stream_stats *out)
{
    uint32_t words[STREAM_WORDS];

    for (size_t i = 0; i < STREAM_WORDS; i++)
        words[i] = atomic_load_explicit(&s->published[i], memory_order_relaxed);
    memcpy(out, words, sizeof words);
    out->overflows += atomic_load_explicit(&s->in_overflows, memory_order_relaxed);
}

/* Say whether the payload is one we know, of a length it can have. */
static bool is_known(const struct stream_spec *spec, const struct rtp_packet *p)
{
    if (p->payload_type == spec->alaw_type || p->payload_type == spec->ulaw_type)
        return p->n_payload > 0 && p->n_payload <= STREAM_PACKET_SMP;
    if (p->payload_type == spec->noise_type)
        return p->n_payload > 0;
    return p->payload_type == spec->event_type && p->n_payload >= TELEPHONE_EVENT_OCT;
}

static void take_audio(struct rtp_stream *s, const struct rtp_packet *p, uint64_t now_smp)
{
    const int16_t *law = p->payload_type == s->spec.alaw_type ? alaw_to_pcm16 : ulaw_to_pcm16;
    int16_t pcm[STREAM_PACKET_SMP];

    for (size_t i = 0; i < p->n_payload; i++)
        pcm[i] = law[p->payload[i]];
    jitter_put(&s->jitter, p->timestamp, pcm, (int)p->n_payload, now_smp);
}

/* Take a payload of a packet that belongs to the stream. Return the count of events. */
static int take_payload(struct rtp_stream *s, const struct rtp_packet *p, uint64_t arrival_us,
                        uint64_t now_smp, struct dsp_event *out)
{
    if (p->payload_type == s->spec.event_type)
        return telephone_event_rx_put(&s->event, p->timestamp, p->payload, p->n_payload, now_smp,
                                      out);
    if (p->payload_type == s->spec.noise_type) {
        jitter_put_noise(&s->jitter, p->timestamp, p->payload, p->n_payload);
        return 0;
    }
    clock_watch_packet(&s->clock, p->timestamp, arrival_us);
    take_audio(s, p, now_smp);
    return 0;
}

static int take_packet(struct rtp_stream *s, const struct stream_packet *packet, uint64_t now_smp,
                       struct dsp_event *out)
{
    struct rtp_packet p;

    if (!rtp_parse(packet->octets, packet->n, &p) || !is_known(&s->spec, &p)) {
        s->stats.refused++;
        return 0;
    }
    switch (rtp_source_accept(&s->source, &p)) {
    case RTP_DOUBTFUL: s->stats.refused++; return 0;
    case RTP_DUPLICATE: s->stats.duplicates++; return 0;
    case RTP_LATER: s->stats.reordered++; break;
    case RTP_FIRST:
        jitter_restart(&s->jitter);
        clock_watch_reset(&s->clock);
        s->event.has_ended = false; /* timestamps begin anew */
        break;
    case RTP_GOOD: break;
    }
    return take_payload(s, &p, packet->arrival_us, now_smp, out);
}

int rtp_stream_take(struct rtp_stream *s, uint64_t now_smp, struct dsp_event *out)
{
    const struct stream_packet *packet = s->is_open ? ring_peek(&s->in) : NULL;

    if (packet == NULL)
        return -1;
    int n_out = take_packet(s, packet, now_smp, out);
    ring_drop(&s->in);
    return n_out;
}

int rtp_stream_hear(struct rtp_stream *s, uint64_t now_smp, float *pcm, struct dsp_event *out)
{
    int16_t samples[DSP_BLOCK_SMP];

    if (!s->is_open) {
        memset(pcm, 0, DSP_BLOCK_SMP * sizeof *pcm);
        return 0;
    }
    int n_out = telephone_event_rx_tick(&s->event, now_smp, out);
    jitter_play(&s->jitter, now_smp, s->event.is_on, samples);
    for (int i = 0; i < DSP_BLOCK_SMP; i++)
        pcm[i] = (float)samples[i] * (1.0f / 32768.0f);
    publish(s, now_smp + DSP_BLOCK_SMP);
    return n_out;
}

void rtp_stream_say(struct rtp_stream *s, const float *pcm, const uint8_t *alaw,
                    const struct dtmf_tx *dial)
{
    if (s->is_open)
        rtp_sender_tick(s, pcm, alaw, dial);
}
