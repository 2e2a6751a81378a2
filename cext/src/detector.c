/* The detectors of a channel, and the same over samples at hand. */
#include "detector.h"

#include "api.h"
#include "dtmf_bank.h"
#include "progress_plan.h"

void ears_set(struct ears *s, uint32_t detectors, const struct progress_plan *plan, uint64_t at_smp)
{
    uint32_t new = detectors & ~s->detectors;

    if (new &DSP_DETECT_PROGRESS)
        progress_rx_reset(&s->progress, plan, at_smp);
    if (new &DSP_DETECT_PROGRESS)
        special_rx_reset(&s->special, at_smp);
    if (new &DSP_DETECT_FSK)
        fsk_rx_reset(&s->fsk, at_smp);
    s->detectors = detectors;
}

int ears_process(struct ears *s, const float *pcm, size_t n, struct dsp_event *out)
{
    int n_out = 0;

    if (s->detectors & DSP_DETECT_PROGRESS)
        n_out += progress_rx_process(&s->progress, pcm, n, out + n_out);
    if (s->detectors & DSP_DETECT_PROGRESS)
        n_out += special_rx_process(&s->special, pcm, n, out + n_out);
    if (s->detectors & DSP_DETECT_FSK)
        n_out += fsk_rx_process(&s->fsk, pcm, n, out + n_out);
    return n_out;
}

struct detector {
    struct ears ears;
    struct progress_plan plan;
    struct dtmf_bank bank; /* of which one lane is used */
    float hop[DTMF_HOP_SMP];
    size_t n_hop; /* samples of the next hop that have come */
    uint64_t hop_smp;
};

enum { FEED_EVENTS = EARS_EVENTS + DTMF_RX_EVENTS };

size_t detector_size(void)
{
    return sizeof(struct detector);
}

int detector_init(struct detector *d, uint32_t detectors, const struct tone_spec *tones,
                  int n_tones)
{
    int error = progress_plan_init(&d->plan, tones, n_tones);

    if (error != 0)
        return error;
    ears_set(&d->ears, detectors, &d->plan, 0);
    dtmf_group_set(&d->bank.groups[0], 0, (detectors & DSP_DETECT_DTMF) != 0, 0);
    return detector_set_dtmf(d, NULL, simd_has(SIMD_V4) ? SIMD_V4 : SIMD_C); /* for one lane */
}

int detector_set_dtmf(struct detector *d, const struct dtmf_spec *spec, enum simd_path path)
{
    return dtmf_bank_setup(&d->bank, 1, spec, path);
}

/* Feed at most 80 samples to the lane, whole hops at a time. */
static int feed_dtmf(struct detector *d, const float *pcm, size_t n, struct dsp_event *out)
{
    static const float silence[DTMF_HOP_SMP] = {0};
    const float *rows[DTMF_LANES] = {d->hop,  silence, silence, silence,
                                     silence, silence, silence, silence};
    int n_out = 0;

    for (size_t i = 0; i < n && d->bank.groups[0].open; i++) {
        d->hop[d->n_hop++] = pcm[i];
        if (d->n_hop < DTMF_HOP_SMP)
            continue;
        n_out += dtmf_group_hop(&d->bank.groups[0], &d->bank, rows, d->hop_smp, out + n_out);
        d->hop_smp += DTMF_HOP_SMP;
        d->n_hop = 0;
    }
    return n_out;
}

static int feed(struct detector *d, const float *pcm, size_t n, struct dsp_event *out)
{
    int n_out = feed_dtmf(d, pcm, n, out);

    return n_out + ears_process(&d->ears, pcm, n, out + n_out);
}

/* Feed blocks of at most 80 samples; stop before `out` could overflow. */
int detector_feed_pcm16(struct detector *d, const int16_t *pcm, size_t n, struct dsp_event *out,
                        int cap)
{
    int n_out = 0;

    for (size_t at = 0; at < n && n_out + FEED_EVENTS <= cap; at += DSP_BLOCK_SMP) {
        size_t m = n - at < DSP_BLOCK_SMP ? n - at : DSP_BLOCK_SMP;
        float block[DSP_BLOCK_SMP];
        for (size_t i = 0; i < m; i++)
            block[i] = (float)pcm[at + i] * (1.0f / 32768.0f);
        n_out += feed(d, block, m, out + n_out);
    }
    return n_out;
}

int detector_feed_alaw(struct detector *d, const uint8_t *alaw, size_t n, struct dsp_event *out,
                       int cap)
{
    int n_out = 0;

    for (size_t at = 0; at < n && n_out + FEED_EVENTS <= cap; at += DSP_BLOCK_SMP) {
        size_t m = n - at < DSP_BLOCK_SMP ? n - at : DSP_BLOCK_SMP;
        float block[DSP_BLOCK_SMP];
        for (size_t i = 0; i < m; i++)
            block[i] = alaw_to_float[alaw[at + i]];
        n_out += feed(d, block, m, out + n_out);
    }
    return n_out;
}

int detector_finish(struct detector *d, struct dsp_event *out, int cap)
{
    const int16_t silence[10 * DSP_BLOCK_SMP] = {
        0}; /* ends a digit; a tone is ended where it stands */
    int n_out = 0;

    if (cap < FEED_EVENTS + 1)
        return 0;
    if (d->ears.detectors & DSP_DETECT_PROGRESS)
        n_out = progress_rx_finish(&d->ears.progress, out);
    d->ears.detectors &= ~(uint32_t)DSP_DETECT_PROGRESS;
    return n_out + detector_feed_pcm16(d, silence, sizeof silence / sizeof silence[0], out + n_out,
                                       cap - n_out);
}
