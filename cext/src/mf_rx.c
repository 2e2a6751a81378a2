/* MFC/R2 receiver. */
#include "mf_rx.h"

#include <math.h>   /* sqrtf: one instruction */
#include <string.h> /* memset, memmove */

#include "lanes.h"
#include "mf_tx.h" /* mf_signal_of */

enum { GOOD_WINDOWS = 3, MISSED_WINDOWS = 2 };

/* Powers: a sine of amplitude 1.0 (0.5) is +3.14 dBm0. */
static const float TONE_MIN = 3.43e-5f; /* -38.5 dBm0: Q.455 accepts -35 */
static const float TWIST_MAX = 8.0f;    /* 9 dB: Q.455 accepts 7, rejects 20 */
static const float THIRD_MAX =
    0.30f; /* of the weaker tone, -5 dB: the stronger one leaks 12 below */
static const float PURITY_MIN = 0.75f;   /* of the energy in both tones: S/N of 8 dB leaves 0.9 */
static const float MEAN_PURITY = 0.88f;  /* of the windows after the first */
static const float STEADY_MAX = 1.8f;    /* 2.6 dB between the strongest and the weakest of them */
static const float TURN_COS_MIN = 0.85f; /* 18 Hz off: Q.455 accepts 10, noise adds */
static const float HELD_TONE = 0.126f;   /* -9 dB */
static const float HELD_PURITY = 0.30f;
static const float QUIET_MAX = 8.6e-6f; /* -44.5 dBm0, all together */
static const float TINY = 1e-15f;       /* keeps states from denormals */

static const float taper[MF_WINDOW] = {0.4f, 1.0f, 1.0f, 0.4f};
enum { TAPER_TENTHS = 28 };

void mf_rx_set(struct mf_rx *s, int direction, uint64_t at_smp)
{
    memset(s, 0, sizeof *s);
    s->direction = direction;
    s->now_smp = at_smp;
    s->candidate = s->pair = -1;
}

static inline float section(const float c[4], float w[2], float x)
{
    float now = x - c[3] * w[1] - c[2] * w[0];
    float y = now + c[0] * w[0] + c[1] * w[1];

    w[1] = w[0];
    w[0] = now;
    return y;
}

/* Take out the other direction. */
static void filter(struct mf_rx *s)
{
    const float(*c)[4] = mf_filter[s->direction - 1];
    const float gain = mf_filter_gain[s->direction - 1];
    float w[MF_SECTIONS][2];

    memcpy(w, s->section, sizeof w);
    for (int i = 0; i < MF_SUB_SMP; i++) {
        float x = section(c[0], w[0], gain * s->sub[i] + TINY);
        x = section(c[1], w[1], x);
        s->sub[i] = section(c[2], w[2], x);
    }
    memcpy(s->section, w, sizeof w);
}

/* The six tones in a sub-block, brought to the phase of the first; and its energy. */
static void correlate(struct mf_rx *s)
{
    const float(*c)[2 * MF_TONES] = mf_correlator[s->direction - 1];
    const float *turn = mf_turn[s->direction - 1][s->step];
    lanes acc[2][3] = {0};
    float sum[2 * MF_TONES];
    float *base = s->base[MF_WINDOW - 1];

    for (int n = 0; n < MF_SUB_SMP; n++) {
        lanes x = lanes_spread(s->sub[n]);
        for (int k = 0; k < 3; k++)
            acc[n & 1][k] += x * lanes_load(c[n] + 4 * k);
    }
    for (int k = 0; k < 3; k++)
        lanes_store(sum + 4 * k, acc[0][k] + acc[1][k]);
    for (int k = 0; k < 2 * MF_TONES; k += 2) {
        base[k] = sum[k] * turn[k] - sum[k + 1] * turn[k + 1];
        base[k + 1] = sum[k] * turn[k + 1] + sum[k + 1] * turn[k];
    }
    s->energy[MF_HISTORY - 1] = lanes_dot(s->sub, s->sub, MF_SUB_SMP);
}

/* Take a whole sub-block; false when there is nothing to decide. */
static bool take(struct mf_rx *s)
{
    bool is_quiet = lanes_dot(s->sub, s->sub, MF_SUB_SMP) < QUIET_MAX * MF_SUB_SMP;

    s->n_sub = 0;
    s->step = (s->step + 1) % MF_TURN_STEPS;
    s->n_quiet = is_quiet ? s->n_quiet + 1 : 0;
    if (s->n_quiet > MF_HISTORY) {
        s->n_quiet = MF_HISTORY; /* all that is kept is silence already */
        return s->pair >= 0;
    }
    memmove(s->base[0], s->base[1], (MF_WINDOW - 1) * sizeof s->base[0]);
    memmove(s->energy, s->energy + 1, (MF_HISTORY - 1) * sizeof s->energy[0]);
    if (!is_quiet) {
        filter(s);
        correlate(s);
        return true;
    }
    memset(s->section, 0, sizeof s->section);
    memset(s->base[MF_WINDOW - 1], 0, sizeof s->base[0]);
    s->energy[MF_HISTORY - 1] = 0.0f;
    return true;
}

/* What the window of 20 ms shows. */
struct sight {
    float power[MF_TONES];
    float turn[MF_TONES][2]; /* of the phase over 5 ms */
    float energy;            /* mean square */
};

static void look(struct mf_rx *s, struct sight *at)
{
    const float scale = 10.0f / (TAPER_TENTHS * MF_SUB_SMP);
    float window[2 * MF_TONES] = {0};

    at->energy = 0.0f;
    for (int j = 0; j < MF_WINDOW; j++) {
        for (int k = 0; k < 2 * MF_TONES; k++)
            window[k] += taper[j] * s->base[j][k];
        at->energy += taper[j] * s->energy[MF_HISTORY - MF_WINDOW + j] * scale;
    }
    for (int k = 0; k < MF_TONES; k++) {
        const float *w = window + 2 * k;
        const float *old = s->window + 2 * k;
        at->power[k] = 2.0f * scale * scale * (w[0] * w[0] + w[1] * w[1]);
        at->turn[k][0] = w[0] * old[0] + w[1] * old[1];
        at->turn[k][1] = w[1] * old[0] - w[0] * old[1];
    }
    memcpy(s->window, window, sizeof window);
}

/* Give a tone the power that the window took from it for being off its place; false when it is too far. */
static bool mend(float *power, const float turn[2])
{
    float size = sqrtf(turn[0] * turn[0] + turn[1] * turn[1]);

    if (turn[0] <= TURN_COS_MIN * size)
        return false;
    float cosine = turn[0] / size;
    float half = 0.5f + 0.5f * cosine; /* squared cosine of half the turn */
    float bent = (3.2f * half - 0.4f) * (0.917f + 0.083f * cosine) * (1.0f / 2.8f);
    *power /= half * bent * bent; /* the taper's four sub-blocks; each of them */
    return true;
}

/* The two strongest tones, the lower in number first; and the third. */
static void strongest(const float power[MF_TONES], int order[3])
{
    order[0] = order[1] = order[2] = -1;
    for (int k = 0; k < MF_TONES; k++) {
        int at = 3;
        while (at > 0 && (order[at - 1] < 0 || power[k] > power[order[at - 1]]))
            at--;
        for (int i = 2; i > at; i--)
            order[i] = order[i - 1];
        if (at < 3)
            order[at] = k;
    }
}

/* The pair that a window shows, or -1. */
static int judge(struct sight *at)
{
    int order[3];

    strongest(at->power, order);
    if (!mend(&at->power[order[0]], at->turn[order[0]]) ||
        !mend(&at->power[order[1]], at->turn[order[1]]))
        return -1;
    float most = at->power[order[0]];
    float least = at->power[order[1]];
    if (least < TONE_MIN || most > TWIST_MAX * least || at->power[order[2]] > THIRD_MAX * least ||
        most + least < PURITY_MIN * at->energy)
        return -1;
    return order[0] < order[1] ? MF_TONES * order[0] + order[1] : MF_TONES * order[1] + order[0];
}

/* Count good windows of one pair. */
static void follow(struct mf_rx *s, struct sight *at)
{
    int pair = judge(at);

    if (pair != s->candidate || pair < 0) {
        s->candidate = pair;
        s->n_good = 0;
        s->purity = 0.0f;
    }
    if (pair < 0)
        return;
    const float powers[2] = {at->power[pair / MF_TONES], at->power[pair % MF_TONES]};
    s->n_good++;
    if (s->n_good == 1) /* it may be filled in part */
        return;
    s->purity += (powers[0] + powers[1]) / at->energy;
    for (int g = 0; g < 2; g++) {
        s->least[g] = s->n_good == 2 || powers[g] < s->least[g] ? powers[g] : s->least[g];
        s->most[g] = s->n_good == 2 || powers[g] > s->most[g] ? powers[g] : s->most[g];
    }
}

static bool is_begun(const struct mf_rx *s)
{
    return s->n_good >= GOOD_WINDOWS && s->purity > MEAN_PURITY * (float)(s->n_good - 1) &&
           s->most[0] < STEADY_MAX * s->least[0] && s->most[1] < STEADY_MAX * s->least[1];
}

static bool is_held(const struct mf_rx *s, const struct sight *at)
{
    float low = at->power[s->pair / MF_TONES];
    float high = at->power[s->pair % MF_TONES];

    return low > HELD_TONE * s->level[0] && high > HELD_TONE * s->level[1] &&
           low + high > HELD_PURITY * at->energy;
}

/* How much of a sub-block a signal of these levels fills, 0..1. */
static float filled(const struct mf_rx *s, const float level[2], int age)
{
    float part = s->energy[MF_HISTORY - 1 - age] / ((level[0] + level[1]) * MF_SUB_SMP);

    return part < 1.0f ? part : 1.0f;
}

/* Samples since the begin of what has its third good window now: 25 to 35 ms. */
static uint32_t since_begin(const struct mf_rx *s)
{
    float sum = 5.0f;

    if (s->n_good > GOOD_WINDOWS) /* longer ago than the energies reach */
        return (uint32_t)(s->n_good + 3) * MF_SUB_SMP;
    for (int age = 5; age < 7; age++)
        sum += filled(s, s->most, age);
    return (uint32_t)(sum * MF_SUB_SMP);
}

/* Samples since the end of what was missed a second time: 10 to 25 ms. */
static uint32_t since_end(const struct mf_rx *s)
{
    float sum = 0.0f;

    for (int age = 0; age < 5; age++)
        sum += 1.0f - filled(s, s->level, age);
    return (uint32_t)(sum * MF_SUB_SMP);
}

static int event(const struct mf_rx *s, int kind, uint64_t at_smp, struct dsp_event *out)
{
    memset(out, 0, offsetof(struct dsp_event, data));
    out->kind = (uint8_t)kind;
    out->digit = (uint8_t)mf_signal_of(s->pair);
    out->at_smp = at_smp;
    out->power = 0.5f * (s->level[0] + s->level[1]);
    return 1;
}

static int begin(struct mf_rx *s, uint64_t at_smp, struct dsp_event *out)
{
    s->pair = s->candidate;
    s->n_missed = 0;
    for (int g = 0; g < 2; g++)
        s->level[g] = 0.5f * (s->least[g] + s->most[g]);
    s->begin_smp = at_smp;
    return event(s, DSP_MF_BEGIN, at_smp, out);
}

static int end(struct mf_rx *s, uint64_t at_smp, struct dsp_event *out)
{
    int n = event(s, DSP_MF_END, at_smp, out);

    out->duration_smp = (uint32_t)(at_smp - s->begin_smp);
    s->pair = -1;
    return n;
}

static int decide(struct mf_rx *s, struct dsp_event *out)
{
    struct sight at;
    int n = 0;

    look(s, &at);
    follow(s, &at);
    bool is_new = is_begun(s) && s->candidate != s->pair;
    if (s->pair >= 0) {
        s->n_missed = is_held(s, &at) ? 0 : s->n_missed + 1;
        if (!is_new && s->n_missed < MISSED_WINDOWS)
            return 0;
        n = end(s, s->now_smp - (is_new ? since_begin(s) : since_end(s)), out);
    }
    return is_new ? n + begin(s, s->now_smp - since_begin(s), out + n) : n;
}

int mf_rx_process(struct mf_rx *s, const float *pcm, size_t n, struct dsp_event *out)
{
    int n_out = 0;

    for (size_t at = 0; at < n;) {
        size_t part = (size_t)(MF_SUB_SMP - s->n_sub);
        part = part < n - at ? part : n - at;
        memcpy(s->sub + s->n_sub, pcm + at, part * sizeof pcm[0]);
        s->n_sub += (int)part;
        s->now_smp += part;
        at += part;
        if (s->n_sub == MF_SUB_SMP && take(s))
            n_out += decide(s, out + n_out);
    }
    return n_out;
}

size_t mf_rx_size(void)
{
    return sizeof(struct mf_rx);
}

void mf_rx_init(struct mf_rx *s, int direction)
{
    mf_rx_set(s, direction, 0);
}

int mf_rx_feed_pcm16(struct mf_rx *s, const int16_t *pcm, size_t n, struct dsp_event *out, int cap)
{
    int n_out = 0;

    for (size_t at = 0; at < n && n_out + MF_RX_EVENTS <= cap; at += DSP_BLOCK_SMP) {
        size_t m = n - at < DSP_BLOCK_SMP ? n - at : DSP_BLOCK_SMP;
        float block[DSP_BLOCK_SMP];
        for (size_t i = 0; i < m; i++)
            block[i] = (float)pcm[at + i] * (1.0f / 32768.0f);
        n_out += mf_rx_process(s, block, m, out + n_out);
    }
    return n_out;
}
