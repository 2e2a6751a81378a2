/* MFC/R2 receiver. */
#include "mf_rx.h"

#include <math.h>   /* sqrtf: one instruction */
#include <string.h> /* memcpy, memset */

#include "mf_tx.h" /* mf_signal_of */

enum { MISSED_WINDOWS = 2 };

/* Powers: a sine of amplitude 1.0 (0.5) is +3.14 dBm0. */
static const float TONE_MIN = 3.43e-5f;  /* -38.5 dBm0: Q.455 accepts -35 */
static const float TWIST_MAX = 8.0f;     /* 9 dB: Q.455 accepts 7, rejects 20 */
static const float THIRD_MAX = 0.30f;    /* of the weaker tone, -5 dB */
static const float PURITY_MIN = 0.60f;   /* of the band in both tones */
static const float TURN_COS_MIN = 0.72f; /* 24 Hz off: what noise adds to one window */
/* Our own signal that comes back: the other band's two tones of that band, and of all that came in. Above -6 dBm0 each they
 * are clipped, and then sound like this direction. */
static const float OWN_PURITY = 0.90f;
static const float OWN_PART = 0.50f;
static const float OWN_MAX = 0.122f;
/* Of a backward signal: what is below 450 Hz, by the pair and by the rest. White noise has a ninth of itself there, a voice
 * most. */
static const float LOW_OF_PAIR = 0.04f;
static const float LOW_OF_REST = 0.18f;
/* White noise has a quarter as much in the band as outside, more or less; so much of the turns' mean it takes. */
static const float NOISE = 0.07f;
static const float NOISE_BY_OUTSIDE = 0.42f;
static const float WANDER = 0.005f;
static const float WANDER_BY_NOISE = 0.06f;
static const float HELD_TONE = 0.126f;  /* -9 dB */
static const float HELD_PURITY = 0.50f; /* of the six tones */

/* What so many good windows in a row must show, but for the first, which may be filled in part. */
static const struct rule {
    int n_good;
    float purity;   /* of the band in both tones, in the mean */
    float part;     /* of all that comes in, in both tones, at last */
    float steady;   /* between the strongest and the weakest */
    float turn_cos; /* how far off, in the mean */
} rules[] = {
    {4, 0.78f, 0.32f, 2.20f, 0.9759f}, /* 7 Hz */
    {5, 0.90f, 0.60f, 1.50f, 0.9239f}, /* 12.5 Hz */
    {5, 0.97f, 0.80f, 1.25f, 0.8526f}, /* 17.5 Hz */
    {6, 0.70f, 0.22f, 2.80f, 0.9646f}, /* 8.5 Hz */
    {7, 0.75f, 0.26f, 2.30f, 0.9239f}, /* 12.5 Hz */
    {8, 0.66f, 0.18f, 3.20f, 0.9239f}, /* 12.5 Hz */
};

void mf_rx_set(struct mf_rx *s, int direction, uint64_t at_smp)
{
    memset(s, 0, sizeof *s);
    s->direction = direction;
    s->now_smp = at_smp;
    s->candidate = s->pair = -1;
    mf_window_set(&s->window, direction);
}

/* The two strongest tones, the stronger first; returns the power of the third. Powers are compared as the integers that
 * spell them, with the tone's number in the last bits: no branch that noise would mislead. */
static float strongest(const float power[MF_TONES], int order[2])
{
    int32_t first = 0, second = 0, third = 0;

    for (int32_t k = 0; k < MF_TONES; k++) {
        int32_t bits, larger;
        memcpy(&bits, &power[k], sizeof bits);
        bits = (bits & ~7) | k;
        larger = bits > first ? bits : first;
        bits = bits > first ? first : bits;
        first = larger;
        larger = bits > second ? bits : second;
        bits = bits > second ? second : bits;
        second = larger;
        third = bits > third ? bits : third;
    }
    order[0] = first & 7;
    order[1] = second & 7;
    return power[third & 7];
}

/* The pair that a window shows, or -1; `seen` is what it shows of it. */
static int judge(const struct mf_window *w, struct mf_seen *seen)
{
    const float *power = mf_window_powers(w, 0);
    int order[2];
    float third = strongest(power, order);
    int is_down = order[0] > order[1];
    const struct mf_tone *most = &seen->tone[is_down], *least = &seen->tone[!is_down];

    if (power[order[1]] < 0.5f * TONE_MIN || third > power[order[1]] ||
        !mf_window_measure(w, order[0], TURN_COS_MIN, &seen->tone[is_down]) ||
        !mf_window_measure(w, order[1], TURN_COS_MIN, &seen->tone[!is_down]))
        return -1;
    if (most->power > TWIST_MAX * least->power || least->power < TONE_MIN ||
        third > THIRD_MAX * least->power)
        return -1;
    seen->energy = mf_window_energy(w);
    if (most->power + least->power < PURITY_MIN * seen->energy)
        return -1;
    return is_down ? MF_TONES * order[1] + order[0] : MF_TONES * order[0] + order[1];
}

/* What a good window showed, so many sub-blocks ago. */
static const struct mf_seen *seen_at(const struct mf_rx *s, int age)
{
    return &s->seen[(s->n_good - age) & (MF_SEEN - 1)];
}

static float pair_power(const struct mf_seen *seen)
{
    return seen->tone[0].power + seen->tone[1].power;
}

/* Count good windows of one pair. */
static void follow(struct mf_rx *s)
{
    struct mf_seen seen;
    int pair = judge(&s->window, &seen);

    if (pair != s->candidate) {
        s->candidate = pair;
        s->n_good = 0;
    }
    if (pair < 0)
        return;
    s->n_good++;
    s->seen[s->n_good & (MF_SEEN - 1)] = seen;
}

/* The mean turn of the two tones over the last good windows: the smaller cosine, and how much of its length the turns
 * lose by not being the same, 0..1, the larger. */
static float mean_turn(const struct mf_rx *s, int n, float *wander)
{
    float least = 1.0f;

    *wander = 0.0f;
    for (int g = 0; g < 2; g++) {
        float re = 0.0f, im = 0.0f;
        for (int age = 0; age < n; age++) {
            re += seen_at(s, age)->tone[g].turn[0];
            im += seen_at(s, age)->tone[g].turn[1];
        }
        float size = sqrtf(re * re + im * im), lost = 1.0f - size / (float)n;
        least = re < least * size ? re / size : least;
        *wander = lost > *wander ? lost : *wander;
    }
    return least;
}

/* The largest change of a tone over the last good windows. */
static float change_of(const struct mf_rx *s, int n)
{
    float change = 1.0f;

    for (int g = 0; g < 2; g++) {
        float most = seen_at(s, 0)->tone[g].power, least = most;
        for (int age = 1; age < n; age++) {
            float power = seen_at(s, age)->tone[g].power;
            most = power > most ? power : most;
            least = power < least ? power : least;
        }
        change = most > change * least ? most / least : change;
    }
    return change;
}

static float purity_of(const struct mf_rx *s, int n)
{
    float sum = 0.0f;

    for (int age = 0; age < n; age++)
        sum += pair_power(seen_at(s, age)) / seen_at(s, age)->energy;
    return sum / (float)n;
}

/* Whether most of what comes in is our own signal. */
static bool is_under_own(const struct mf_rx *s, float total)
{
    float power[MF_TONES];
    int order[2];
    float energy = mf_window_other(&s->window, power);

    strongest(power, order);
    float own = power[order[0]] + power[order[1]];
    return own < OWN_MAX && own > OWN_PART * total && own > OWN_PURITY * energy;
}

/* Whether it sounds like a voice, whose partials may be backward tones. */
static bool is_voice(const struct mf_rx *s, float total)
{
    float pair = pair_power(seen_at(s, 0)), low;

    if (s->direction == DSP_MF_FORWARD)
        return false;
    low = mf_window_low(&s->window);
    return low > LOW_OF_PAIR * pair + LOW_OF_REST * (total - low - pair);
}

/* Whether it is as if white noise made the tones as impure, and as unsteady in frequency, as they are: less of it in their
 * band than without. */
static bool is_as_of_noise(const struct mf_rx *s, float purity, float wander, float total)
{
    float noise = 1.0f / purity - 1.0f; /* by the pair */
    float outside = total / pair_power(seen_at(s, 0)) - 1.0f - noise;

    return wander < WANDER + WANDER_BY_NOISE * noise && noise < NOISE + NOISE_BY_OUTSIDE * outside;
}

static bool is_kept(const struct mf_rx *s, const struct rule *rule)
{
    int n = rule->n_good - 1;
    float total = mf_window_total(&s->window);
    float purity = purity_of(s, n), wander;

    return purity > rule->purity && change_of(s, n) < rule->steady &&
           mean_turn(s, n, &wander) > rule->turn_cos && is_as_of_noise(s, purity, wander, total) &&
           (pair_power(seen_at(s, 0)) > rule->part * total || is_under_own(s, total)) &&
           !is_voice(s, total);
}

static bool is_begun(const struct mf_rx *s)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0] && s->n_good >= rules[i].n_good; i++)
        if (is_kept(s, &rules[i]))
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
    const float middle =
        65.0f; /* a window filled by half ends so long after the step, less half a sub-block */

    return (uint32_t)(sum * MF_SUB_SMP + middle);
}

/* Samples since the begin of the candidate. */
static uint32_t since_begin(const struct mf_rx *s)
{
    const float level[2] = {seen_at(s, 0)->tone[0].power, seen_at(s, 0)->tone[1].power};
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
    s->pair = s->candidate;
    s->n_missed = 0;
    for (int g = 0; g < 2; g++)
        s->level[g] = 0.5f * (seen_at(s, 0)->tone[g].power + seen_at(s, 1)->tone[g].power);
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

static void forget(struct mf_rx *s)
{
    s->candidate = -1;
    s->n_good = 0;
}

static int decide(struct mf_rx *s, struct dsp_event *out)
{
    int n = 0;

    if (s->pair >= 0 && is_held(s)) {
        s->n_missed = 0;
        forget(s);
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

/* Take samples up to the end of the sub-block; returns their count. */
static inline size_t fill(struct mf_rx *s, const float *pcm, size_t n)
{
    float *sub = mf_window_next(&s->window);
    size_t missing = (size_t)(MF_SUB_SMP - s->n_sub);

    if (missing == MF_SUB_SMP &&
        n >= missing) { /* as in a tick: a copy of a size known to the compiler */
        memcpy(sub, pcm, MF_SUB_SMP * sizeof pcm[0]);
        s->n_sub = MF_SUB_SMP;
        return MF_SUB_SMP;
    }
    missing = missing < n ? missing : n;
    memcpy(sub + s->n_sub, pcm, missing * sizeof pcm[0]);
    s->n_sub += (int)missing;
    return missing;
}

int mf_rx_process(struct mf_rx *s, const float *pcm, size_t n, struct dsp_event *out)
{
    int n_out = 0;

    for (size_t at = 0; at < n;) {
        size_t taken = fill(s, pcm + at, n - at);
        at += taken;
        s->now_smp += taken;
        if (s->n_sub < MF_SUB_SMP)
            break;
        s->n_sub = 0;
        if (mf_window_take(&s->window) || s->pair >= 0)
            n_out += decide(s, out + n_out);
        else
            forget(s);
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
