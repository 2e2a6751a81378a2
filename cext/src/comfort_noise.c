/* Comfort noise. */
#include "comfort_noise.h"

#include <string.h> /* memset */

#include "loudness.h"

enum { LEVEL_MASK = 0x7F, ZERO = 127, RESERVED = 255, RAMP_SMP = 160 };

static const float STEP = 258.0f / 32768.0f; /* of a coefficient, RFC 3389 section 3.2 */
static const float WHITE = 1.7320508f;       /* uniform noise of -1..1 has a third of the power */
static const float PCM16 = 32768.0f;

void noise_maker_reset(struct noise_maker *s)
{
    memset(s, 0, sizeof *s);
    s->seed = 1;
}

void noise_maker_update(struct noise_maker *s, const uint8_t *payload, size_t n)
{
    if (n == 0)
        return;
    float power = dbov_power[payload[0] & LEVEL_MASK];
    s->order = (int)(n - 1 < PREDICTOR_ORDER ? n - 1 : PREDICTOR_ORDER);
    for (int i = 0; i < s->order; i++) {
        int code = payload[1 + i] == RESERVED ? ZERO : payload[1 + i];
        float k = (float)(code - ZERO) * STEP;
        s->k[i] = k > 0.99f ? 0.99f : (k < -0.99f ? -0.99f : k);
        power *= 1.0f - s->k[i] * s->k[i]; /* the rest is what the lattice adds */
    }
    s->target = WHITE * PCM16 * __builtin_sqrtf(power);
}

static float white(struct noise_maker *s)
{
    s->seed = s->seed * 1664525u + 1013904223u;
    return (float)(int32_t)s->seed * (1.0f / 2147483648.0f);
}

static float filtered(struct noise_maker *s, float forward)
{
    for (int i = s->order - 1; i >= 0; i--) {
        forward -= s->k[i] * s->back[i];
        s->back[i + 1] = s->back[i] + s->k[i] * forward;
    }
    s->back[0] = forward;
    return forward;
}

void noise_maker_process(struct noise_maker *s, int16_t *pcm, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        s->gain += (s->target - s->gain) * (4.0f / RAMP_SMP);
        float y = filtered(s, s->gain * white(s));
        y = y > 32767.0f ? 32767.0f : (y < -32768.0f ? -32768.0f : y);
        pcm[i] = (int16_t)y;
    }
}

void noise_meter_reset(struct noise_meter *s)
{
    memset(s, 0, sizeof *s);
}

void noise_meter_process(struct noise_meter *s, const float *pcm)
{
    float r[PREDICTOR_ORDER + 1];

    autocorrelate(pcm, DSP_BLOCK_SMP, PREDICTOR_ORDER, r);
    for (int i = 0; i <= PREDICTOR_ORDER; i++) {
        r[i] *= 1.0f / DSP_BLOCK_SMP;
        s->r[i] = s->has_any ? s->r[i] + 0.125f * (r[i] - s->r[i]) : r[i];
    }
    s->has_any = true;
}

size_t noise_meter_payload(const struct noise_meter *s, uint8_t *out)
{
    float a[PREDICTOR_ORDER + 1], k[PREDICTOR_ORDER];

    out[0] = dbov_of_power(s->r[0]);
    predictor_solve(s->r, PREDICTOR_ORDER, a, k);
    for (int i = 0; i < PREDICTOR_ORDER; i++)
        out[1 + i] = (uint8_t)(int)(k[i] * (1.0f / STEP) + (float)ZERO + 0.5f);
    return 1 + PREDICTOR_ORDER;
}

void noise_samples(const uint8_t *payload, size_t n_payload, uint32_t seed, int16_t *pcm, size_t n)
{
    struct noise_maker maker;

    noise_maker_reset(&maker);
    maker.seed = seed;
    noise_maker_update(&maker, payload, n_payload);
    noise_maker_process(&maker, pcm, n);
}

size_t noise_payload(const int16_t *pcm, size_t n, uint8_t *out)
{
    struct noise_meter meter;
    float block[DSP_BLOCK_SMP];

    noise_meter_reset(&meter);
    for (size_t at = 0; at + DSP_BLOCK_SMP <= n; at += DSP_BLOCK_SMP) {
        for (size_t i = 0; i < DSP_BLOCK_SMP; i++)
            block[i] = (float)pcm[at + i] * (1.0f / PCM16);
        noise_meter_process(&meter, block);
    }
    return noise_meter_payload(&meter, out);
}
