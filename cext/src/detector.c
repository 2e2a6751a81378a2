/* The detectors of a channel, and the same over samples at hand. */
#include "detector.h"

#include "api.h"
#include "progress_plan.h"

void ears_set(struct ears *s, uint32_t detectors, const struct progress_plan *plan, uint64_t at_smp)
{
    uint32_t new = detectors & ~s->detectors;

    if (new &DSP_DETECT_DTMF)
        dtmf_rx_reset(&s->dtmf, at_smp);
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

    if (s->detectors & DSP_DETECT_DTMF)
        n_out += dtmf_rx_process(&s->dtmf, pcm, n, out);
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
};

size_t detector_size(void)
{
    return sizeof(struct detector);
}

int detector_init(struct detector *d, uint32_t detectors, const struct tone_spec *tones,
                  int n_tones)
{
    int error = progress_plan_init(&d->plan, tones, n_tones);

    if (error == 0)
        ears_set(&d->ears, detectors, &d->plan, 0);
    return error;
}

/* Feed blocks of at most 80 samples; stop before `out` could overflow. */
int detector_feed_pcm16(struct detector *d, const int16_t *pcm, size_t n, struct dsp_event *out,
                        int cap)
{
    int n_out = 0;

    for (size_t at = 0; at < n && n_out + EARS_EVENTS <= cap; at += DSP_BLOCK_SMP) {
        size_t m = n - at < DSP_BLOCK_SMP ? n - at : DSP_BLOCK_SMP;
        float block[DSP_BLOCK_SMP];
        for (size_t i = 0; i < m; i++)
            block[i] = (float)pcm[at + i] * (1.0f / 32768.0f);
        n_out += ears_process(&d->ears, block, m, out + n_out);
    }
    return n_out;
}

int detector_feed_alaw(struct detector *d, const uint8_t *alaw, size_t n, struct dsp_event *out,
                       int cap)
{
    int n_out = 0;

    for (size_t at = 0; at < n && n_out + EARS_EVENTS <= cap; at += DSP_BLOCK_SMP) {
        size_t m = n - at < DSP_BLOCK_SMP ? n - at : DSP_BLOCK_SMP;
        float block[DSP_BLOCK_SMP];
        for (size_t i = 0; i < m; i++)
            block[i] = alaw_to_float[alaw[at + i]];
        n_out += ears_process(&d->ears, block, m, out + n_out);
    }
    return n_out;
}

int detector_finish(struct detector *d, struct dsp_event *out, int cap)
{
    const int16_t silence[10 * DSP_BLOCK_SMP] = {
        0}; /* ends a digit; a tone is ended where it stands */
    int n_out = 0;

    if (cap < EARS_EVENTS + 1)
        return 0;
    if (d->ears.detectors & DSP_DETECT_PROGRESS)
        n_out = progress_rx_finish(&d->ears.progress, out);
    d->ears.detectors &= ~(uint32_t)DSP_DETECT_PROGRESS;
    return n_out + detector_feed_pcm16(d, silence, sizeof silence / sizeof silence[0], out + n_out,
                                       cap - n_out);
}
