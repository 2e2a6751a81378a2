/* MFC/R2 receiver. */
#include "mf_rx.h"

#include <math.h>   /* sqrtf: one instruction */
#include <string.h> /* memcpy, memset */

#include "mf_tx.h" /* mf_signal_of */

enum { MISSED_WINDOWS = 2 };

/* Powers: a sine of amplitude 1.0 (0.5) is +3.14 dBm0. */
static const float TONE_MIN = 3.43e-5f; /* -38.5 dBm0: Q.455 accepts -35 */
static const float TWIST_MAX = 8.0f;    /* 9 dB: Q.455 accepts 7, rejects 20 */
static const float THIRD_MAX = 0.30f;   /* of the weaker tone, -5 dB */
static const float PURITY_MIN = 0.60f;  /* of the band in both tones */
static const float TURN_COS_MIN = 0.85f; /* 18 Hz off: Q.455 accepts 10, noise adds */
static const float HELD_TONE = 0.126f;   /* -9 dB */
static const float HELD_PURITY = 0.50f;  /* of the six tones */

/* What so many good windows in a row must show, but for the first, which may be filled in part. */
static const struct rule {
    int n_good;
    float purity; /* in the mean */
    float steady; /* between the strongest and the weakest */
} rules[] = {
    {3, 0.90f, 1.8f},
    {6, 0.80f, 2.2f},
    {10, 0.70f, 2.5f},
};

void mf_rx_set(struct mf_rx *s, int direction, uint64_t at_smp)
{
    memset(s, 0, sizeof *s);
    s->direction = direction;
    s->now_smp = at_smp;
    s->candidate = s->pair = -1;
    mf_window_set(&s->window, direction);
}

/* The two strongest tones, the stronger first; returns the power of the third. */
static float strongest(const float power[MF_TONES], int order[2])
{
    float first = -1.0f, second = -1.0f, third = -1.0f;

    for (int k = 0; k < MF_TONES; k++) {
        if (power[k] > first) {
            third = second, second = first, first = power[k];
            order[1] = order[0], order[0] = k;
        } else if (power[k] > second) {
            third = second, second = power[k];
            order[1] = k;
        } else if (power[k] > third) {
            third = power[k];
        }
    }
    return third;
}

/* The pair that a window shows, or -1; `seen` is what it shows of it. */
static int judge(const struct mf_window *w, float seen[3])
{
    const float *power = mf_window_powers(w, 0);
    int order[2] = {0, 0};
    float third = strongest(power, order);

    if (power[order[1]] < 0.5f * TONE_MIN || third > power[order[1]])
        return -1;
    float most = mf_window_mended(w, order[0], TURN_COS_MIN);
    float least = mf_window_mended(w, order[1], TURN_COS_MIN);
    if (most > TWIST_MAX * least || least < TONE_MIN || third > THIRD_MAX * least)
        return -1;
    bool is_up = order[0] < order[1];
    seen[0] = is_up ? most : least;
    seen[1] = is_up ? least : most;
    seen[2] = mf_window_energy(w);
    if (most + least < PURITY_MIN * seen[2])
        return -1;
    return is_up ? MF_TONES * order[0] + order[1] : MF_TONES * order[1] + order[0];
}

/* Count good windows of one pair. */
static void follow(struct mf_rx *s)
{
    float seen[3];
    int pair = judge(&s->window, seen);

    if (pair != s->candidate) {
        s->candidate = pair;
        s->n_good = 0;
    }
    if (pair < 0)
        return;
    s->n_good++;
    memcpy(s->seen[s->n_good & (MF_SEEN - 1)], seen, sizeof seen);
}

/* Whether the last good windows are pure and steady enough for so many of them. */
static bool keeps(const struct mf_rx *s, const struct rule *rule)
{
    const float *last = s->seen[s->n_good & (MF_SEEN - 1)];
    float most[2] = {last[0], last[1]}, least[2] = {last[0], last[1]};
    float sum = 0.0f;

    for (int age = 0; age < rule->n_good - 1; age++) {
        const float *seen = s->seen[(s->n_good - age) & (MF_SEEN - 1)];
        sum += (seen[0] + seen[1]) / seen[2];
        for (int g = 0; g < 2; g++) {
            most[g] = seen[g] > most[g] ? seen[g] : most[g];
            least[g] = seen[g] < least[g] ? seen[g] : least[g];
        }
    }
    return sum > rule->purity * (float)(rule->n_good - 1) && most[0] < rule->steady * least[0] &&
           most[1] < rule->steady * least[1];
}

static bool is_begun(const struct mf_rx *s)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0] && s->n_good >= rules[i].n_good; i++)
        if (keeps(s, &rules[i]))
            return true;
    return false;
}

static bool is_held(const struct mf_rx *s)
{
    const float *power = mf_window_powers(&s->window, 0);
    float low = power[s->pair / MF_TONES], high = power[s->pair % MF_TONES];
    float sum = 0.0f;

    for (int k = 0; k < MF_TONES; k++)
        sum += power[k];
    return low > HELD_TONE * s->level[0] && high > HELD_TONE * s->level[1] &&
           low + high > HELD_PURITY * sum;
}

/* How much of a window a signal of these levels fills, 0..1. */
static float filled(const struct mf_rx *s, int pair, const float level[2], int age)
{
    const float *power = mf_window_powers(&s->window, age);
    float part = (power[pair / MF_TONES] + power[pair % MF_TONES]) / (level[0] + level[1]);

    return part < 1.0f ? sqrtf(part) : 1.0f;
}

/* Samples from a step of the signal to now, when the windows since are filled by so much in sum. */
static uint32_t since(float sum)
{
    const float middle = 65.0f; /* a window filled by half ends so long after the step, less half a sub-block */

    return (uint32_t)(sum * MF_SUB_SMP + middle);
}

/* Samples since the begin of the candidate. */
static uint32_t since_begin(const struct mf_rx *s)
{
    const float *level = s->seen[s->n_good & (MF_SEEN - 1)];
    float sum = (float)(s->n_good - 1);

    for (int age = s->n_good - 1; age < s->n_good + 3 && age < MF_HISTORY; age++)
        sum += filled(s, s->candidate, level, age);
    return since(sum);
}

/* Samples since the end of what was missed a second time. */
static uint32_t since_end(const struct mf_rx *s)
{
    float sum = 0.0f;

    for (int age = 0; age < 5; age++)
        sum += 1.0f - filled(s, s->pair, s->level, age);
    return since(sum);
}

static int event(const struct mf_rx *s, int kind, uint64_t at_smp, struct dsp_event *out)
{
    int low = s->pair / MF_TONES, high = s->pair % MF_TONES;

    if (s->direction == DSP_MF_BACKWARD) { /* its tones are numbered from the highest */
        int number = MF_TONES - 1 - low;
        low = MF_TONES - 1 - high;
        high = number;
    }
    memset(out, 0, offsetof(struct dsp_event, data));
    out->kind = (uint8_t)kind;
    out->digit = (uint8_t)mf_signal_of(MF_TONES * low + high);
    out->at_smp = at_smp;
    out->power = 0.5f * (s->level[0] + s->level[1]);
    return 1;
}

static int begin(struct mf_rx *s, uint64_t at_smp, struct dsp_event *out)
{
    const float *newest = s->seen[s->n_good & (MF_SEEN - 1)];
    const float *before = s->seen[(s->n_good - 1) & (MF_SEEN - 1)];

    s->pair = s->candidate;
    s->n_missed = 0;
    for (int g = 0; g < 2; g++)
        s->level[g] = 0.5f * (newest[g] + before[g]);
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
    int n = 0;

    if (s->pair >= 0 && is_held(s)) {
        s->n_missed = 0;
        s->candidate = -1;
        s->n_good = 0;
        return 0;
    }
    follow(s);
    bool is_new = is_begun(s);
    uint64_t at_smp = s->now_smp - (is_new ? since_begin(s) : 0);
    if (s->pair >= 0) {
        s->n_missed++;
        if (!is_new && s->n_missed < MISSED_WINDOWS)
            return 0;
        at_smp = s->now_smp - since_end(s);
        n = end(s, at_smp, out);
    }
    return is_new ? n + begin(s, at_smp, out + n) : n;
}

int mf_rx_process(struct mf_rx *s, const float *pcm, size_t n, struct dsp_event *out)
{
    int n_out = 0;

    for (size_t at = 0; at < n;) {
        size_t part = (size_t)(MF_SUB_SMP - s->n_sub);
        part = part < n - at ? part : n - at;
        memcpy(s->window.pcm + MF_PAST + s->n_sub, pcm + at, part * sizeof pcm[0]);
        s->n_sub += (int)part;
        s->now_smp += part;
        at += part;
        if (s->n_sub < MF_SUB_SMP)
            break;
        s->n_sub = 0;
        if (mf_window_take(&s->window))
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
