/* Hum removal and automatic gain, in the engine and over samples at hand. */
#include "treatment.h"

size_t treatment_size(void)
{
    return sizeof(struct treatment);
}

void treatment_reset(struct treatment *s)
{
    hum_set(&s->hum, 0);
    agc_reset(&s->agc);
}

void treatment_set(struct treatment *s, int is_agc, int mains_hz)
{
    hum_set(&s->hum, mains_hz);
    agc_set(&s->agc, is_agc != 0);
}

void treatment_process(struct treatment *s, const struct listener *l, float *pcm)
{
    float noise = atomic_load_explicit(&l->level.noise_power, memory_order_relaxed);

    hum_process(&s->hum, pcm, DSP_BLOCK_SMP);
    agc_process(&s->agc, pcm, l->vad.is_voice && l->vad.is_voiced, noise);
}

static int16_t rounded(float x)
{
    float y = x * 32768.0f;

    y = y < -32768.0f ? -32768.0f : y > 32767.0f ? 32767.0f : y;
    return (int16_t)(y < 0.0f ? y - 0.5f : y + 0.5f);
}

void treatment_feed(struct treatment *s, struct listener *l, int16_t *pcm, size_t n)
{
    struct dsp_event events[LISTENER_EVENTS];
    float block[DSP_BLOCK_SMP];

    for (; n >= DSP_BLOCK_SMP; n -= DSP_BLOCK_SMP, pcm += DSP_BLOCK_SMP) {
        for (int i = 0; i < DSP_BLOCK_SMP; i++)
            block[i] = (float)pcm[i] * (1.0f / 32768.0f);
        listener_process(l, block, DSP_BLOCK_SMP, false, events);
        treatment_process(s, l, block);
        for (int i = 0; i < DSP_BLOCK_SMP; i++)
            pcm[i] = rounded(block[i]);
    }
}
