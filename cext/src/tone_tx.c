/* Tone generator with cadence. */
#include "tone_tx.h"

#include "api.h"
#include "g711.h" /* pcm16_from_float */

enum { SMP_PER_MS = DSP_RATE_HZ / 1000 };

static const float MODULATION = 0.9f; /* depth */

static void enter_step(struct tone_tx *t, int step)
{
    t->step = step;
    t->left = (uint32_t)t->spec->steps_ms[step] * SMP_PER_MS;
}

void tone_tx_start(struct tone_tx *t, const struct tone_spec *spec)
{
    t->spec = spec;
    t->step = 0;
    t->left = 0;
    for (int i = 0; i < spec->n_freqs; i++)
        oscillator_set(&t->sines[i], spec->freqs_hz[i]);
    oscillator_set(&t->envelope, spec->modulation_hz);
    if (spec->n_steps > 0)
        enter_step(t, 0);
}

void tone_tx_stop(struct tone_tx *t)
{
    t->spec = NULL;
}

static float next(struct tone_tx *t)
{
    float sum = 0.0f;

    for (int i = 0; i < t->spec->n_freqs; i++)
        sum += oscillator_next(&t->sines[i]);
    if (t->spec->modulation_hz > 0.0f)
        sum *= 1.0f + MODULATION * oscillator_next(&t->envelope);
    return t->spec->amplitude * sum;
}

void tone_tx_process(struct tone_tx *t, float *pcm, size_t n)
{
    if (t->spec == NULL)
        return;
    for (size_t i = 0; i < n; i++) {
        if (t->step % 2 == 0)
            pcm[i] += next(t);
        if (t->spec->n_steps > 0 && --t->left == 0)
            enter_step(t, (t->step + 1) % t->spec->n_steps);
    }
}

size_t tone_samples(const struct tone_spec *spec, int16_t *pcm, size_t n)
{
    struct tone_tx t;

    tone_tx_start(&t, spec);
    for (size_t i = 0; i < n; i++) {
        float x = 0.0f;
        tone_tx_process(&t, &x, 1);
        pcm[i] = pcm16_from_float(x);
    }
    return n;
}
