/* DTMF receiver: judges the basebands of one lane every 5 ms. */
#include "dtmf_rx.h"

#include <math.h>   /* sqrtf: one instruction */
#include <string.h> /* memset */

#include "api.h"

static const char keypad[] = "123A456B789C*0#D";

enum {
    WHOLE_WINDOWS = 3, /* the edge of the tone, which splatters, has left the window */
    BEGIN_WINDOWS = 5, /* Q.24: 40 ms accepted (6 or 7 good windows), 23 ms rejected (3 or 4) */
    LONG_WINDOWS =
        7, /* most false digits of voices are shorter, most keys are pressed for longer */
    SURE_WINDOWS = 10 /* 65 ms: what did not begin like a digit must last */
};

/* Powers: a sine of amplitude 1.0 (0.5) is +3.14 dBm0. */
static const float PURITY_MIN = 0.76f; /* of the energy in both tones: S/N of 8 dB leaves 0.86 */
/* Speech and music hold two tones now and then, but briefly, waver, and do not begin out of nothing. Mean purity: */
static const float FIRST_PURITY = 0.83f; /* S/N of 8 dB leaves 0.86 */
static const float LONG_PURITY = 0.81f;  /* of LONG_WINDOWS and more; S/N of 7 dB leaves 0.83 */
static const float SURE_PURITY = 0.94f;  /* of SURE_WINDOWS and more; S/N of 13 dB leaves 0.95 */
static const float BEFORE_MAX = 0.32f;   /* -5 dB: power before the digit; S/N of 7 dB leaves 0.2 */
static const float WEAK_PART = 0.25f;    /* -6 dB: a tone this much weaker is more disturbed */
/* sin^2 of the phase by which the turn of 5 ms may change while the digit begins: 18 Hz, of a weak tone 30 Hz. The
 * harmonics of a voice glide; those of the false digits of ten hours of speech by 19 to 47 Hz. */
static const float DRIFT_MAX = 0.287f;
static const float WEAK_DRIFT_MAX = 0.654f;
static const float LATER_PART =
    0.5f; /* of these, after more than BEGIN_WINDOWS: more time to glide in */
/* When a frequency is far from its place: those of keys hardly are, those of voices may be anywhere. */
static const float FAR_PURITY = 0.93f;
static const float FAR_LONG_PURITY = 0.88f;
static const float HELD_TONE =
    0.2f; /* of the level at the begin, -7 dB: a half-filled window still holds */
static const float HELD_PURITY = 0.35f;
static const float HALF_SUB =
    DTMF_SUB_SMP / 2.0f; /* correlation of a sine of amplitude 1 over a sub-block */

/* What a receiver looks at: its lane, and when the newest sample of it came. */
struct sight {
    const struct dtmf_plan *plan;
    const struct dtmf_lanes *lanes;
    int lane;
    uint64_t now_smp;
};

void dtmf_rx_reset(struct dtmf_rx *s, uint64_t at_smp)
{
    memset(s, 0, sizeof *s);
    s->start_smp = at_smp;
    s->candidate = s->digit = -1;
}

static float energy_of(const struct sight *at, int age)
{
    uint32_t place = (at->lanes->sub + DTMF_HISTORY - (uint32_t)age) % DTMF_HISTORY;

    return at->lanes->energy[place][at->lane];
}

/* The strongest tone of each group under the 20 ms window. */
static void strongest(const struct sight *at, int *low, int *high)
{
    const float(*power)[DTMF_LANES] = at->lanes->window_power;

    *low = 0;
    *high = 4;
    for (int k = 1; k < 4; k++) {
        *low = power[k][at->lane] > power[*low][at->lane] ? k : *low;
        *high = power[4 + k][at->lane] > power[*high][at->lane] ? 4 + k : *high;
    }
}

static bool is_near(const float turn[2], float cos_min)
{
    return turn[0] > cos_min * sqrtf(turn[0] * turn[0] + turn[1] * turn[1]);
}

static bool is_balanced(const struct dtmf_plan *plan, float low, float high)
{
    return low > plan->tone_min && high > plan->tone_min && high < plan->twist_high_max * low &&
           low < plan->twist_low_max * high;
}

/* Judge the last 20 ms: the digit 0..15 it shows, or -1. */
static int judge(const struct sight *at, float turn[4], float power[2])
{
    const struct dtmf_plan *plan = at->plan;
    const struct dtmf_lanes *l = at->lanes;
    int low;
    int high;

    strongest(at, &low, &high);
    for (int g = 0; g < 2; g++) {
        turn[2 * g] = l->turn[g][0][at->lane];
        turn[2 * g + 1] = l->turn[g][1][at->lane];
        power[g] = l->power[g][at->lane];
    }
    if (!is_near(turn, plan->turn_cos_loose[low]) || !is_near(turn + 2, plan->turn_cos_loose[high]))
        return -1;
    if (!is_balanced(plan, power[0], power[1]) ||
        power[0] + power[1] < PURITY_MIN * l->window_energy[at->lane])
        return -1;
    return 4 * low + (high - 4);
}

/* Mean power of what was there before the digit that now has its first BEGIN_WINDOWS windows. */
static float power_before(const struct sight *at)
{
    float sum = 0.0f;

    for (int age = 20; age <= DTMF_HISTORY; age++) /* it began 14 to 19 sub-blocks ago */
        sum += energy_of(at, age);
    return sum / ((DTMF_HISTORY - 19) * DTMF_SUB_SMP);
}

/* Follow the extremes of the power of each tone and of both, but for the first and the last window: these may be
 * filled in part. */
static void follow_power(struct dtmf_rx *s, const float power[2])
{
    const float powers[3] = {power[0], power[1], power[0] + power[1]};

    for (int g = 0; g < 3; g++) {
        float p = s->newest[g];
        if (s->n_good == 3)
            s->least[g] = s->most[g] = p;
        s->least[g] = p < s->least[g] ? p : s->least[g];
        s->most[g] = p > s->most[g] ? p : s->most[g];
        s->newest[g] = powers[g];
    }
    if (power[0] + power[1] > s->power[0] + s->power[1])
        memcpy(s->power, power, sizeof s->power);
}

/* Follow how far the frequency of each tone goes from that of the second window. */
static void follow_turn(struct dtmf_rx *s, const float turn[4])
{
    for (int i = 0; i < 4; i++)
        s->turn[i] += turn[i];
    if (s->n_good == 2)
        memcpy(s->first, turn, sizeof s->first);
    for (int g = 0; g < 4 && s->n_good > 2; g += 2) {
        const float *a = s->first + g;
        const float *b = turn + g;
        float cross = a[0] * b[1] - a[1] * b[0];
        float sizes = (a[0] * a[0] + a[1] * a[1]) * (b[0] * b[0] + b[1] * b[1]);
        s->drift[g / 2] = a[0] * b[0] + a[1] * b[1] > 0.0f ? cross * cross / sizes : 1.0f;
    }
}

static void forget(struct dtmf_rx *s, int candidate)
{
    s->candidate = candidate;
    s->n_good = 0;
    s->purity = 0.0f;
    memset(s->turn, 0, sizeof s->turn);
    memset(s->drift, 0, sizeof s->drift);
    memset(s->power, 0, sizeof s->power);
    memset(s->sum, 0, sizeof s->sum);
}

/* Count good windows of one digit. */
static void follow(struct dtmf_rx *s, const struct sight *at, bool is_shown)
{
    float turn[4];
    float power[2];
    int digit = is_shown ? judge(at, turn, power) : -1;

    if (digit != s->candidate || digit < 0)
        forget(s, digit);
    if (digit < 0)
        return;
    s->n_good++;
    if (s->n_good > 1) /* the first may be filled in part */
        s->purity += (power[0] + power[1]) / at->lanes->window_energy[at->lane];
    for (int g = 0; g < 2 && s->n_good >= WHOLE_WINDOWS; g++)
        s->sum[g] += power[g];
    follow_turn(s, turn);
    follow_power(s, power);
    if (s->n_good == BEGIN_WINDOWS)
        s->is_abrupt = power_before(at) < BEFORE_MAX * (s->power[0] + s->power[1]);
}

/* What the power of each tone, of one much weaker than the other, and of both together may vary by. */
struct steadiness {
    float each_max, weak_max, both_max;
};

static const struct steadiness steady = {2.1f, 3.2f, 1.58f}; /* 3.2, 5 and 2 dB */
/* When a frequency is far from its place: 2, 3.2 and 1.5 dB; over SURE_WINDOWS: 1.5, 2 and 1 dB. */
static const struct steadiness far_steady = {1.58f, 2.1f, 1.42f};
static const struct steadiness sure_steady = {1.42f, 1.58f, 1.27f};

static bool is_within(const struct dtmf_rx *s, const struct steadiness *limits)
{
    float low_max = s->most[0] < WEAK_PART * s->most[1] ? limits->weak_max : limits->each_max;
    float high_max = s->most[1] < WEAK_PART * s->most[0] ? limits->weak_max : limits->each_max;

    return s->most[0] < low_max * s->least[0] && s->most[1] < high_max * s->least[1] &&
           s->most[2] < limits->both_max * s->least[2];
}

static bool is_settled(const struct dtmf_rx *s)
{
    float low_max = s->most[0] < WEAK_PART * s->most[1] ? WEAK_DRIFT_MAX : DRIFT_MAX;
    float high_max = s->most[1] < WEAK_PART * s->most[0] ? WEAK_DRIFT_MAX : DRIFT_MAX;

    float part = s->n_good > BEGIN_WINDOWS ? LATER_PART : 1.0f;

    return s->drift[0] < part * low_max && s->drift[1] < part * high_max;
}

/* Say whether both mean frequencies are within the limits of `cos_min`. */
static bool is_tuned(const struct dtmf_rx *s, const float cos_min[8])
{
    return is_near(s->turn, cos_min[s->candidate / 4]) &&
           is_near(s->turn + 2, cos_min[4 + s->candidate % 4]);
}

/* The purity from which the good windows so far are a digit: the shorter they last, and the farther from their
 * frequencies, the more of it. */
static float purity_asked(const struct dtmf_rx *s, bool is_far)
{
    if (s->n_good >= SURE_WINDOWS || !s->is_abrupt)
        return SURE_PURITY;
    if (s->n_good >= LONG_WINDOWS)
        return is_far ? FAR_LONG_PURITY : LONG_PURITY;
    return is_far ? FAR_PURITY : FIRST_PURITY;
}

static bool is_begun(const struct dtmf_rx *s, const struct dtmf_plan *plan)
{
    bool is_first = s->n_good < SURE_WINDOWS && s->is_abrupt;

    if (s->n_good < BEGIN_WINDOWS || (!is_first && s->n_good < SURE_WINDOWS))
        return false;
    bool is_far = !is_tuned(s, plan->turn_cos_tight);
    const struct steadiness *limits = is_far ? &far_steady : &steady;
    if (s->purity < purity_asked(s, is_far) * (float)(s->n_good - 1) ||
        !is_within(s, is_first ? limits : &sure_steady))
        return false;
    return is_tuned(s, plan->turn_cos_min) && is_settled(s);
}

/* Say whether the last 10 ms still show the digit. */
static bool is_held(const struct dtmf_rx *s, const struct sight *at)
{
    static const float taper[4] = {0.5f, 1.0f, 1.0f, 0.5f}; /* sum 3 */
    const int tones[2] = {s->digit / 4, 4 + s->digit % 4};
    float power[2];
    float energy = 0.0f;

    for (int g = 0; g < 2; g++) {
        float re = 0.0f;
        float im = 0.0f;
        for (int j = 0; j < 4; j++) {
            const float(*base)[DTMF_LANES] =
                at->lanes->base[(at->lanes->sub + 4 + (uint32_t)j) % DTMF_TAPS];
            re += taper[j] * base[2 * tones[g]][at->lane];
            im += taper[j] * base[2 * tones[g] + 1][at->lane];
        }
        power[g] = 0.5f * (re * re + im * im) / (9.0f * HALF_SUB * HALF_SUB);
    }
    for (int j = 0; j < 4; j++)
        energy += taper[j] * energy_of(at, 4 - j) / (3.0f * DTMF_SUB_SMP);
    return power[0] > HELD_TONE * s->level[0] && power[1] > HELD_TONE * s->level[1] &&
           power[0] + power[1] > HELD_PURITY * energy;
}

/* How much of a sub-block the tone fills, 0..1, by its energy. */
static float filled(const struct dtmf_rx *s, const struct sight *at, int age)
{
    float part = energy_of(at, age) / ((s->level[0] + s->level[1]) * DTMF_SUB_SMP);

    return part < 1.0f ? part : 1.0f;
}

/* Samples from the begin of the tone to now, known to 15 ms: split the sub-blocks at the edge by
 * their energy. */
static uint32_t since_begin(const struct dtmf_rx *s, const struct sight *at)
{
    int age = 19; /* five windows of 20 ms, 5 ms apart, mostly filled: 40 ms and a little */

    if (s->n_good > BEGIN_WINDOWS) /* longer ago than the energies reach */
        return (uint32_t)(2 * s->n_good + 8) * DTMF_SUB_SMP;
    while (age > 14 && filled(s, at, age) < 0.5f)
        age--;
    return (uint32_t)(((float)(age - 1) + filled(s, at, age) + filled(s, at, age + 1)) *
                      DTMF_SUB_SMP);
}

/* Samples from the end of the tone to now. */
static uint32_t since_end(const struct dtmf_rx *s, const struct sight *at)
{
    int age = 8; /* the first of the missed windows was half empty */

    while (age < 15 && filled(s, at, age) < 0.5f)
        age++;
    return (uint32_t)(((float)age - filled(s, at, age) - filled(s, at, age - 1)) * DTMF_SUB_SMP);
}

static struct dsp_event event_of(const struct dtmf_rx *s, int kind, uint64_t at_smp)
{
    return (struct dsp_event){
        .kind = (uint8_t)kind,
        .digit = (uint8_t)keypad[s->digit],
        .at_smp = at_smp,
        .power = 0.5f * (s->mean[0] + s->mean[1]),
        .powers = {s->mean[0], s->mean[1]},
    };
}

static int begin(struct dtmf_rx *s, const struct sight *at, struct dsp_event *out)
{
    uint64_t now = at->now_smp;
    uint32_t back;

    s->digit = s->candidate;
    s->n_missed = 0;
    memcpy(s->level, s->power, sizeof s->level);
    for (int g = 0; g < 2; g++)
        s->mean[g] = s->sum[g] / (float)(s->n_good - WHOLE_WINDOWS + 1);
    back = since_begin(s, at);
    s->begin_smp = now - s->start_smp > back ? now - back : s->start_smp;
    *out = event_of(s, DSP_DIGIT_BEGIN, s->begin_smp);
    return 1;
}

static int end(struct dtmf_rx *s, struct dsp_event *out, uint64_t end_smp)
{
    *out = event_of(s, DSP_DIGIT_END, end_smp);
    out->duration_smp = (uint32_t)(end_smp - s->begin_smp);
    s->digit = -1;
    s->candidate = -1;
    return 1;
}

bool dtmf_rx_is_busy(const struct dtmf_rx *s)
{
    return s->digit >= 0 || s->candidate >= 0;
}

int dtmf_rx_decide(struct dtmf_rx *s, const struct dtmf_plan *plan, const struct dtmf_lanes *lanes,
                   int lane, bool is_shown, uint64_t now_smp, struct dsp_event *out)
{
    const struct sight at = {.plan = plan, .lanes = lanes, .lane = lane, .now_smp = now_smp};
    int n_out = 0;

    follow(s, &at, is_shown);
    if (s->digit >= 0) {
        s->n_missed = is_held(s, &at) ? 0 : s->n_missed + 1;
        if (s->n_missed >= plan->end_misses)
            return end(s, out, now_smp - since_end(s, &at));
        if (s->candidate == s->digit || !is_begun(s, plan))
            return 0;
        int candidate = s->candidate;
        n_out = end(s, out, now_smp - since_begin(s, &at)); /* the next came without a pause */
        s->candidate = candidate;
        return n_out + begin(s, &at, out + n_out);
    }
    return is_begun(s, plan) ? begin(s, &at, out) : 0;
}
