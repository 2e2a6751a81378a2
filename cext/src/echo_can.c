/* Line echo canceller. */
#include "echo_can.h"

#include <string.h> /* memcpy, memmove, memset */

#include "lanes.h"

enum {
    SURE_TICKS = 3,    /* much better, or worse, for so long before something is done about it */
    SMOOTH_TICKS = 4,  /* of the energies compared */
    RELEASE_TICKS = 25 /* 250 ms: G.168 clause 7.6 has 250 ms +-150 ms */
};

static const float QUIET = 2.5e-7f;      /* -60 dBm0: a reference that teaches nothing */
static const float RELEASE = 0.0048f;    /* -36 dBm0 for 10 ms: G.168 clause 7.6 */
static const float STEP = 0.5f;          /* of the background filter */
static const float FLOOR = 1.0e-7f;      /* per tap: -64 dBm0 */
static const float MUCH_BETTER = 0.25f;  /* 6 dB */
static const float MUCH_WORSE = 2.0f;    /* 3 dB; the step's own jitter makes 1.25 dB */
static const float ABOUT_EQUAL = 1.6f;   /* 2 dB */
static const float MEMORY = 200.0f;      /* ticks of the best quality seen in the mean */
static const float BEST_FADES = 0.9998f; /* per tick: halves in 35 s */
static const float NARROW = 0.02f;       /* energy left by the predictor: a tone or two */
static const float WHITE = 1.002f;       /* white noise mixed in for the predictor, -27 dB */
static const float ADDS = 2.0f;          /* 3 dB: what comes out over what is heard */
static const float ADDS_FLOOR = 2.0e-4f; /* of 80 samples: -50 dBm0 */
static const float TAPS_MAX = 2.0f;      /* energy of the taps: no line gives back more */

void echo_can_init(struct echo_can *s, enum simd_path path)
{
    echo_fir_choose(&s->fir, path);
    echo_can_reset(s, 0);
}

void echo_can_reset(struct echo_can *s, size_t n_taps)
{
    struct echo_fir fir = s->fir;

    memset(s, 0, sizeof *s);
    s->fir = fir;
    s->n_taps = n_taps;
    echo_tone_reset(&s->tones[0]);
    echo_tone_reset(&s->tones[1]);
}

bool echo_can_is_disabled(const struct echo_can *s)
{
    return s->tones[0].is_turned || s->tones[1].is_turned;
}

bool echo_can_hears_modem(const struct echo_can *s)
{
    return s->tones[0].is_tone || s->tones[1].is_tone;
}

static float energy_of(const float *v, size_t n)
{
    return lanes_dot(v, v, n);
}

static void push(struct echo_can *s, const float *sent, const float *pcm)
{
    memmove(s->x, s->x + DSP_BLOCK_SMP, ECHO_PAST * sizeof *s->x);
    memcpy(s->x + ECHO_PAST, sent, DSP_BLOCK_SMP * sizeof *sent);
    memmove(s->d, s->d + DSP_BLOCK_SMP, ECHO_ORDER * sizeof *s->d);
    memcpy(s->d + ECHO_ORDER, pcm, DSP_BLOCK_SMP * sizeof *pcm);
    memmove(s->e, s->e + DSP_BLOCK_SMP, ECHO_ORDER * sizeof *s->e);
    memcpy(s->e + ECHO_ORDER, pcm, DSP_BLOCK_SMP * sizeof *pcm);
}

/* Predictor of the reference under the taps (Levinson's recursion); return the part of the energy
 * it leaves. What is left of a tone would drown in the coder's noise: there it predicts nothing.
 */
static float predict(struct echo_can *s)
{
    const float *x = s->x + ECHO_PAST - s->n_taps;
    size_t n = s->n_taps + DSP_BLOCK_SMP;
    float r[ECHO_ORDER + 1];
    float a[ECHO_ORDER] = {0};

    for (size_t k = 0; k <= ECHO_ORDER; k++)
        r[k] = lanes_dot(x, x - k, n);
    r[0] *= WHITE;
    float left = r[0];
    for (size_t k = 0; k < ECHO_ORDER; k++) {
        float sum = r[k + 1];
        float old[ECHO_ORDER];
        for (size_t j = 0; j < k; j++)
            sum += a[j] * r[k - j];
        float reflection = -sum / left;
        memcpy(old, a, sizeof old);
        for (size_t j = 0; j < k; j++)
            a[j] += reflection * old[k - 1 - j];
        a[k] = reflection;
        left *= 1.0f - reflection * reflection;
    }
    left /= r[0];
    memset(s->predictor, 0, sizeof s->predictor);
    if (left >= NARROW)
        memcpy(s->predictor, a, sizeof a);
    return left;
}

/* out[i] = in[i] less what the ECHO_ORDER samples before it foretell; n a multiple of 4. */
static void whiten(const struct echo_can *s, const float *in, float *out, size_t n)
{
    for (size_t i = 0; i < n; i += 4) {
        lanes v = lanes_load(in + i);
        for (size_t k = 0; k < ECHO_ORDER; k++)
            v += lanes_spread(s->predictor[k]) * lanes_load(in + i - k - 1);
        lanes_store(out + i, v);
    }
}

/* Move the foreground taps towards the background ones by the weight of what these have just
 * learnt: the energy of what they explain over that of what they do not.
 */
static void average(struct echo_can *s, float weight)
{
    float limit;
    float part;

    s->weight_best *= BEST_FADES;
    s->weight_best = weight > s->weight_best ? weight : s->weight_best;
    limit = MEMORY * s->weight_best;
    s->weight_sum += weight;
    part = weight / s->weight_sum;
    s->weight_sum = s->weight_sum < limit ? s->weight_sum : limit;
    for (size_t j = 0; j < s->n_taps; j++)
        s->front[j] += part * (s->back[j] - s->front[j]);
}

static void smooth(float *mean, float value)
{
    *mean += (value - *mean) * (1.0f / SMOOTH_TICKS);
}

static void forget(struct echo_can *s)
{
    memset(s->front, 0, sizeof s->front);
    memset(s->back, 0, sizeof s->back);
    s->weight_sum = s->weight_best = 0.0f;
    s->is_trained = false;
}

/* Compare the two filters, and let one learn from the other. */
static void judge(struct echo_can *s, float back, float weight, bool is_narrow)
{
    bool is_better = s->back_energy < MUCH_BETTER * s->front_energy &&
                     s->back_energy < MUCH_BETTER * s->heard_energy;
    bool is_worse = s->back_energy > MUCH_WORSE * s->front_energy;

    s->n_better = is_better ? s->n_better + 1 : 0;
    s->n_worse = is_worse ? s->n_worse + 1 : 0;
    if (s->n_better >= SURE_TICKS && !(is_narrow && s->is_trained)) {
        memcpy(s->front, s->back, sizeof s->front);
        s->weight_sum = s->weight_best = weight;
        s->n_better = 0;
    } else if (s->n_worse >= SURE_TICKS) {
        memcpy(s->back, s->front, sizeof s->back);
        s->n_worse = 0;
    } else if (back < ABOUT_EQUAL * s->front_energy && !is_narrow) {
        average(s, weight);
    }
}

/* Learn from this tick. */
static void learn(struct echo_can *s)
{
    enum { LEAD = 4 }; /* samples before the taps that echo_fir_adapt looks at */
    float x[LEAD + ECHO_TAPS_MAX + DSP_BLOCK_SMP];
    float d[DSP_BLOCK_SMP];
    float e[DSP_BLOCK_SMP];
    float left = predict(s);
    size_t n = LEAD + s->n_taps + DSP_BLOCK_SMP;

    whiten(s, s->x + ECHO_PAST + DSP_BLOCK_SMP - n, x, n);
    whiten(s, s->d + ECHO_ORDER, d, DSP_BLOCK_SMP);
    whiten(s, s->e + ECHO_ORDER, e, DSP_BLOCK_SMP);
    smooth(&s->front_energy, energy_of(e, DSP_BLOCK_SMP));
    smooth(&s->heard_energy, energy_of(d, DSP_BLOCK_SMP));
    s->fir.adapt(s->back, s->n_taps, x + LEAD + s->n_taps, d, STEP, FLOOR * (float)s->n_taps, e);
    float back = energy_of(e, DSP_BLOCK_SMP);
    smooth(&s->back_energy, back);
    float power = energy_of(x + LEAD, n - LEAD) / (float)(n - LEAD);
    judge(s, back, power / (back + 1e-12f), left < NARROW);
    if (energy_of(s->front, s->n_taps) > TAPS_MAX)
        forget(s);
    if (energy_of(s->back, s->n_taps) > TAPS_MAX)
        memcpy(s->back, s->front, sizeof s->back);
    else
        s->is_trained |= left >= NARROW && s->front_energy < 0.1f * s->heard_energy;
}

/* A canceller that gives more than it hears has learnt what is no echo (or the line has gone): two of them that are
 * bridged could feed each other for ever.
 */
static void check_gain(struct echo_can *s)
{
    float heard = energy_of(s->d + ECHO_ORDER, DSP_BLOCK_SMP);
    float left = energy_of(s->e + ECHO_ORDER, DSP_BLOCK_SMP);

    s->n_adding = left > ADDS * heard + ADDS_FLOOR ? s->n_adding + 1 : 0;
    if (s->n_adding < SURE_TICKS)
        return;
    forget(s);
    s->n_adding = 0;
}

/* Listen for a modem on both sides, and for its end. */
static void watch_modem(struct echo_can *s, const float *sent, const float *pcm)
{
    float sent_energy = energy_of(sent, DSP_BLOCK_SMP);
    float energy = energy_of(pcm, DSP_BLOCK_SMP);

    echo_tone_process(&s->tones[0], sent, sent_energy);
    echo_tone_process(&s->tones[1], pcm, energy);
    s->n_silent = sent_energy < RELEASE && energy < RELEASE ? s->n_silent + 1 : 0;
    if (s->n_silent == RELEASE_TICKS) {
        echo_tone_reset(&s->tones[0]);
        echo_tone_reset(&s->tones[1]);
    }
}

void echo_can_fillin(struct echo_can *s, const float *sent)
{
    const float silence[DSP_BLOCK_SMP] = {0};

    push(s, sent, silence);
    s->echo_power = 0.0f;
}

void echo_can_process(struct echo_can *s, const float *sent, float *pcm)
{
    float y[DSP_BLOCK_SMP];
    float energy;

    push(s, sent, pcm);
    watch_modem(s, sent, pcm);
    energy = energy_of(s->x + ECHO_PAST - s->n_taps, s->n_taps + DSP_BLOCK_SMP);
    s->sent_power = energy_of(sent, DSP_BLOCK_SMP) * (1.0f / DSP_BLOCK_SMP);
    s->echo_power = 0.0f;
    if (energy < QUIET * (float)(s->n_taps + DSP_BLOCK_SMP) || echo_can_is_disabled(s))
        return;
    s->fir.run(s->front, s->n_taps, s->x + ECHO_PAST, y);
    for (size_t i = 0; i < DSP_BLOCK_SMP; i++)
        s->e[ECHO_ORDER + i] -= y[i];
    s->echo_power = energy_of(y, DSP_BLOCK_SMP) * (1.0f / DSP_BLOCK_SMP);
    memcpy(pcm, s->e + ECHO_ORDER, DSP_BLOCK_SMP * sizeof *pcm);
    learn(s);
    check_gain(s);
}
