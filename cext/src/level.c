/* Levels of a call. */
#include "level.h"

#include "peak.h"

enum {
    RELAXED = memory_order_relaxed,
    HUM_FRAMES = 300 /* a tone of 3 s is none of the exchange's: hum */
};

static const float CLIPPED = 0.979f; /* the last code of A-law is 0.984, of u-law 0.980 */

void level_reset(struct level *s)
{
    s->voice_sum = s->noise_sum = 0.0;
    s->n_noise = 0;
    s->at_held = 0;
    s->was_voice = false;
    for (int i = 0; i < LEVEL_HELD; i++)
        s->held[i] = 0.0f;
    atomic_store_explicit(&s->voice_power, 0.0f, RELAXED);
    atomic_store_explicit(&s->noise_power, 0.0f, RELAXED);
    atomic_store_explicit(&s->peak, 0.0f, RELAXED);
    atomic_store_explicit(&s->n_clipped, 0, RELAXED);
    atomic_store_explicit(&s->n_voice, 0, RELAXED);
    atomic_store_explicit(&s->n_frames, 0, RELAXED);
}

/* There is one writer: no locked instruction. */
static void add(_Atomic uint32_t *count, uint32_t n)
{
    atomic_store_explicit(count, atomic_load_explicit(count, RELAXED) + n, RELAXED);
}

static void count_peaks(struct level *s, const float *pcm)
{
    float peak = peak_of(pcm, VAD_FRAME_SMP);
    uint32_t n_clipped = 0;

    if (peak > atomic_load_explicit(&s->peak, RELAXED))
        atomic_store_explicit(&s->peak, peak, RELAXED);
    if (peak < CLIPPED)
        return;
    for (int i = 0; i < VAD_FRAME_SMP; i++)
        n_clipped += pcm[i] > CLIPPED || pcm[i] < -CLIPPED;
    add(&s->n_clipped, n_clipped);
}

static void count_voice(struct level *s, float power)
{
    uint32_t n = atomic_load_explicit(&s->n_voice, RELAXED) + 1;

    s->voice_sum += (double)power;
    if (!s->was_voice) /* the frames by which it was recognised belong to it */
        for (int i = 0; i < LEVEL_HELD; i++, n++)
            s->voice_sum += (double)s->held[i];
    atomic_store_explicit(&s->n_voice, n, RELAXED);
    atomic_store_explicit(&s->voice_power, (float)(s->voice_sum / n), RELAXED);
}

static void count_noise(struct level *s, float power)
{
    s->noise_sum += (double)power;
    s->n_noise++;
    atomic_store_explicit(&s->noise_power, (float)(s->noise_sum / s->n_noise), RELAXED);
}

void level_process(struct level *s, const struct vad *v, const float *pcm)
{
    count_peaks(s, pcm);
    add(&s->n_frames, 1);
    if (v->is_voice)
        count_voice(s, v->power);
    else if (!v->is_loud && (!v->is_tone || v->background.n > HUM_FRAMES))
        count_noise(s, v->power);
    s->was_voice = v->is_voice;
    s->held[s->at_held] = v->power;
    s->at_held = (s->at_held + 1) % LEVEL_HELD;
}

void level_read(const struct level *s, struct dsp_level *out)
{
    out->voice_power = atomic_load_explicit(&s->voice_power, RELAXED);
    out->noise_power = atomic_load_explicit(&s->noise_power, RELAXED);
    out->peak = atomic_load_explicit(&s->peak, RELAXED);
    out->n_clipped = atomic_load_explicit(&s->n_clipped, RELAXED);
    out->n_voice = atomic_load_explicit(&s->n_voice, RELAXED);
    out->n_frames = atomic_load_explicit(&s->n_frames, RELAXED);
}
