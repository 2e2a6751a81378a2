/* Suppressor behind the echo canceller. */
#include "echo_nlp.h"

#include <math.h>   /* sqrtf: one instruction */
#include <string.h> /* memset */

#include "lanes.h"

enum {
    HOLD_TICKS = 10, /* 100 ms after a voice at this end: no word is chopped */
    GOOD_TICKS = 5
};

static const float FADE = 0.8f;      /* per tick: -12 dB in 60 ms, longer than any tail */
static const float LEFT = 0.03f;     /* rest of the echo, -15 dB: a good canceller leaves less */
static const float GOOD = 0.01f;     /* -20 dB */
static const float LOSS_MIN = 0.25f; /* of any hybrid, 6 dB: G.168 clause 6.4 */
static const float FAINT = 0.1f;     /* an echo this far below the noise needs nothing */
static const float NOISE_FALL = 0.2f;
static const float NOISE_NEAR = 2.0f; /* 3 dB above the noise is still noise */
static const float NOISE_FOLLOW = 0.03f;
static const float NOISE_RISE = 1.012f; /* per tick: 5 dB/s */
static const float NOISE_MIN = 1e-8f;   /* -74 dBm0 */
static const float NOISE_MAX = 2.5e-5f; /* -40 dBm0 */
static const float NO_DENORMALS = 1e-15f;
static const float REST = 1e-3f; /* of an echo, -30 dB: below the noise it can be listened to */

void echo_nlp_reset(struct echo_nlp *s, bool is_on, bool has_noise)
{
    memset(s, 0, sizeof *s);
    s->is_on = is_on;
    s->has_noise = has_noise;
    s->noise = NOISE_MIN;
    s->gain = 1.0f;
    s->random = 1;
}

/* Follow the noise of the line: down at once, up slowly, and not while it may be an echo. */
static void follow_noise(struct echo_nlp *s, float power)
{
    if (power < s->noise)
        s->noise += NOISE_FALL * (power - s->noise);
    else if (s->echo * REST > s->noise)
        return;
    else if (power < NOISE_NEAR * s->noise)
        s->noise += NOISE_FOLLOW * (power - s->noise);
    else
        s->noise *= NOISE_RISE;
    s->noise = s->noise > NOISE_MIN ? s->noise : NOISE_MIN;
    s->noise = s->noise < NOISE_MAX ? s->noise : NOISE_MAX;
}

/* Say whether all that is heard is echo. */
static bool is_echo(const struct echo_nlp *s, float power)
{
    if (s->is_settled)
        return s->echo > FAINT * s->noise && power < LEFT * s->echo + NOISE_NEAR * s->noise;
    return s->sent > NOISE_MAX && power < LOSS_MIN * s->sent;
}

/* Find out whether the canceller has come so far that what it leaves may be trusted. */
static void settle(struct echo_nlp *s, const struct echo_can *can, float power)
{
    bool is_heard = can->echo_power > NOISE_NEAR * s->noise;
    bool is_good = power < GOOD * can->echo_power + NOISE_NEAR * s->noise;

    if (is_heard)
        s->n_good = is_good ? s->n_good + 1 : 0;
    s->is_settled = can->is_trained && (s->is_settled || s->n_good >= GOOD_TICKS);
}

static float strongest(float old, float now)
{
    float faded = FADE * old + NO_DENORMALS;

    return now > faded ? now : faded;
}

/* Go from the old gain to the new one within the tick, noise filling what is taken away. */
static void apply(struct echo_nlp *s, float gain, float *pcm)
{
    float step = (gain - s->gain) * (1.0f / DSP_BLOCK_SMP);
    float noise = s->has_noise ? sqrtf(3.0f * s->noise) * (1.0f / 2147483648.0f) : 0.0f;

    for (int i = 0; i < DSP_BLOCK_SMP; i++) {
        s->random = s->random * 1664525u + 1013904223u;
        s->gain += step;
        pcm[i] = s->gain * pcm[i] + (1.0f - s->gain) * noise * (float)(int32_t)s->random;
    }
    s->gain = gain;
}

void echo_nlp_process(struct echo_nlp *s, const struct echo_can *can, float *pcm)
{
    float power = lanes_dot(pcm, pcm, DSP_BLOCK_SMP) * (1.0f / DSP_BLOCK_SMP);
    float gain = 1.0f;

    s->sent = strongest(s->sent, can->sent_power);
    s->echo = strongest(s->echo, can->echo_power);
    follow_noise(s, power);
    settle(s, can, power);
    s->n_hold -= s->n_hold > 0;
    if (s->is_on && !echo_can_hears_modem(can)) {
        if (is_echo(s, power))
            gain = s->n_hold > 0 ? 1.0f : 0.0f;
        else
            s->n_hold = HOLD_TICKS;
    }
    if (gain < 1.0f || s->gain < 1.0f)
        apply(s, gain, pcm);
}
