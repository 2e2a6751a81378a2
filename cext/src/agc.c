/* Automatic gain. */
#include "agc.h"

#include <math.h> /* sqrtf: one instruction */

#include "peak.h"

enum { PART_SMP = 8, PARTS = DSP_BLOCK_SMP / PART_SMP };

static const float TARGET = 2.4e-3f;      /* -20 dBm0 */
static const float NOISE_LIMIT = 7.7e-6f; /* -45 dBm0 */
static const float GAIN_MAX = 7.94f;      /* +18 dB */
static const float GAIN_MIN = 0.25f;      /* -12 dB */
static const float UP = 1.00346f;         /* 3 dB/s in steps of a tick */
static const float DOWN = 0.98855f;       /* 10 dB/s */
static const float LEVEL_PART = 0.02f; /* a voiced tick's part in the level: about half a second */
static const float LIMIT = 0.89f;      /* 1 dB below full scale */
static const float RELEASE = 1.006f;   /* of the limiter, a sub-block: 52 dB/s */

void agc_reset(struct agc *s)
{
    *s = (struct agc){.gain = 1.0f, .limiter = 1.0f};
}

void agc_set(struct agc *s, bool is_on)
{
    s->is_on = is_on;
    s->level = 0.0f;
}

static float power_of(const float *pcm)
{
    lanes sum = {0};

    for (int i = 0; i < DSP_BLOCK_SMP; i += 4)
        sum += lanes_load(pcm + i) * lanes_load(pcm + i);
    return lanes_sum(sum) / DSP_BLOCK_SMP;
}

/* The gain for the end of this tick. */
static float follow(struct agc *s, float power, bool is_voiced, float noise)
{
    float wanted = 1.0f;

    if (s->is_on) {
        if (!is_voiced)
            return s->gain;
        s->level += (s->level == 0.0f ? 1.0f : LEVEL_PART) * (power - s->level);
        wanted = sqrtf(TARGET / (s->level + 1e-9f));
        if (wanted > 1.0f && wanted * wanted * noise > NOISE_LIMIT)
            wanted = sqrtf(NOISE_LIMIT / noise);
        wanted = wanted < GAIN_MIN ? GAIN_MIN : wanted > GAIN_MAX ? GAIN_MAX : wanted;
    }
    float up = s->gain * UP;
    float down = s->gain * DOWN;
    return wanted > up ? up : wanted < down ? down : wanted;
}

/* The factor each sub-block needs so that no sample passes the limit. */
static void needs(const float *pcm, float *need)
{
    for (int p = 0; p < PARTS; p++) {
        float peak = peak_of(pcm + p * PART_SMP, PART_SMP);
        need[p] = peak > LIMIT ? LIMIT / peak : 1.0f;
    }
}

/* Lower the factor before a peak, over the sub-block in front of it; raise it slowly after. */
static void limit(struct agc *s, float *pcm)
{
    float need[PARTS + 1];
    float from = s->limiter;

    if (from == 1.0f && peak_of(pcm, DSP_BLOCK_SMP) <= LIMIT)
        return;
    needs(pcm, need);
    need[PARTS] = 1.0f;
    for (int p = 0; p < PARTS; p++) {
        float to = from * RELEASE;
        to = to < need[p] ? to : need[p];
        to = to < need[p + 1] ? to : need[p + 1];
        for (int i = 0; i < PART_SMP; i++) {
            float *x = &pcm[p * PART_SMP + i];
            *x *= from + (to - from) * (float)(i + 1) / PART_SMP;
            *x = *x > LIMIT ? LIMIT : *x < -LIMIT ? -LIMIT : *x; /* a peak at the tick's begin */
        }
        from = to;
    }
    s->limiter = from;
}

void agc_process(struct agc *s, float *pcm, bool is_voiced, float noise)
{
    if (!s->is_on && s->gain == 1.0f)
        return;
    float from = s->gain;
    float to = follow(s, power_of(pcm), is_voiced, noise);
    float step = (to - from) / DSP_BLOCK_SMP;
    for (int i = 0; i < DSP_BLOCK_SMP; i++)
        pcm[i] *= from + step * (float)(i + 1);
    s->gain = to;
    limit(s, pcm);
}
