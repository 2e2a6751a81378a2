/* Detector of the tone that switches echo cancellers off. */
#include "echo_tone.h"

#include <string.h> /* memset */

#include "api.h"
#include "lanes.h"
#include "tables.h" /* modem_tone */

enum {
    HALF = DSP_BLOCK_SMP / 2,
    SPAN = 4,        /* 20 ms: phase before and after a reversal */
    TONE_TICKS = 30, /* 300 ms: G.168 clause 7.2 has at least that until the first reversal */
    TURN_MIN = 40,   /* ticks between reversals: V.25 has 450 ms +-25 ms */
    TURN_MAX = 50
};

static const float PURITY_MIN = 0.7f;    /* of the energy in the tone: S/N of 5 dB leaves 0.76 */
static const float ENERGY_MIN = 0.0152f; /* -31 dBm0 for 10 ms: G.168 clause 7.3 */
static const float TURN_COS = -0.7f;     /* 180 +-45 degrees: G.168 clause 7.5 has +-10, +-25 */

void echo_tone_reset(struct echo_tone *s)
{
    memset(s, 0, sizeof *s);
    s->since = -1;
}

static const float *past(const struct echo_tone *s, unsigned age)
{
    return s->past[(s->at - 1 - age) % ECHO_TONE_PAST];
}

/* Angle by which the tone turned from `early` to `late`, as a vector. */
static void turn(const float *early, const float *late, float out[2])
{
    out[0] = early[0] * late[0] + early[1] * late[1];
    out[1] = early[0] * late[1] - early[1] * late[0];
}

/* Say whether the phase turned round within the last SPAN: what is left after the turn of the SPAN
 * before it, which is that of a frequency error.
 */
static bool is_reversed(const struct echo_tone *s, unsigned age)
{
    float late[2];
    float early[2];

    turn(past(s, age + SPAN), past(s, age), late);
    turn(past(s, age + 2 * SPAN), past(s, age + SPAN), early);
    float cosine = late[0] * early[0] + late[1] * early[1];
    float size2 =
        (late[0] * late[0] + late[1] * late[1]) * (early[0] * early[0] + early[1] * early[1]);
    return cosine < 0.0f && cosine * cosine > TURN_COS * TURN_COS * size2;
}

static void correlate(struct echo_tone *s, const float *pcm)
{
    for (size_t h = 0; h < 2; h++) {
        float *place = s->past[s->at % ECHO_TONE_PAST];
        place[0] = lanes_dot(pcm + HALF * h, modem_tone[0] + HALF * h, HALF);
        place[1] = lanes_dot(pcm + HALF * h, modem_tone[1] + HALF * h, HALF);
        s->at++;
    }
}

static float power_of(const float *c)
{
    return c[0] * c[0] + c[1] * c[1];
}

void echo_tone_process(struct echo_tone *s, const float *pcm, float energy)
{
    correlate(s, pcm);
    /* Each half apart, so that a reversal between them takes nothing away; one within a half does. */
    float tone = (power_of(past(s, 0)) + power_of(past(s, 1))) * (2.0f / HALF);
    bool is_now = energy > ENERGY_MIN && tone > PURITY_MIN * energy;

    s->since += s->since >= 0;
    s->n_tone = is_now ? s->n_tone + 1 : s->n_tone > 2 ? s->n_tone - 2 : 0;
    if (s->n_tone == 0)
        s->since = -1;
    if (s->n_tone < TONE_TICKS)
        return;
    s->is_tone = true;
    if (!is_now || !(is_reversed(s, 0) || is_reversed(s, 1)) || (s->since >= 0 && s->since < 10))
        return;
    s->is_turned |= s->since >= TURN_MIN && s->since <= TURN_MAX;
    s->since = 0;
}
