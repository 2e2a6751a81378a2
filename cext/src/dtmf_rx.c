/* DTMF receiver: complex basebands of the eight tones, decisions every 5 ms. */
#include "dtmf_rx.h"

#include <math.h>   /* sqrtf: one instruction */
#include <string.h> /* memset */

#include "api.h"
#include "lanes.h"

static const char keypad[] = "123A456B789C*0#D";

enum {
    HOP = 2,           /* sub-blocks between decisions */
    BEGIN_WINDOWS = 5, /* Q.24: 40 ms accepted (6 or 7 good windows), 23 ms rejected (3 or 4) */
    END_MISSES = 5     /* 25 ms: Q.24 interruptions of 10 ms bridged, pauses of 30 ms seen */
};

/* Powers: a sine of amplitude 1.0 (0.5) is +3.14 dBm0. */
static const float TONE_MIN =
    1.216e-4f; /* -33 dBm0 per tone: Q.24 accepts -25 (NTT -24), rejects -55 (NTT -29) */
static const float TWIST_HIGH_MAX =
    6.31f; /* high group up to 8 dB above: Q.24 AT&T +4, Denmark 6 */
static const float TWIST_LOW_MAX =
    10.0f;                             /* low group up to 10 dB above: Q.24 AT&T -8, Australia 10 */
static const float PURITY_MIN = 0.78f; /* of the energy in both tones: S/N of 8 dB leaves 0.86 */
static const float COARSE_PURITY = 0.30f; /* before the frequency error is known; saves work */
static const float HELD_TONE =
    0.2f; /* of the level at the begin, -7 dB: a half-filled window still holds */
static const float HELD_PURITY = 0.35f;
/* Window weights: raised cosine over 8 and 6 sub-blocks. */
static const float NO_DENORMALS = 1e-15f; /* keeps the notches from fading into slow numbers */
static const float taper8[8] = {0.038060f, 0.308658f, 0.691342f, 0.961940f,
                                0.961940f, 0.691342f, 0.308658f, 0.038060f};
static const float taper6[6] = {0.066987f, 0.5f, 0.933013f, 0.933013f, 0.5f, 0.066987f};
static const float TAPER8_SUM = 4.0f;
static const float HALF_SUB =
    DTMF_SUB_SMP / 2.0f; /* correlation of a sine of amplitude 1 over a sub-block */
/* cos of the phase turn over 5 ms at 2.65 % off: Q.24 accepts 1.5 % (NTT 1.8), rejects 3.5 %
 * (NTT 3.0). */
static const float turn_cos_min[8] = {0.83632f, 0.80147f, 0.75881f, 0.70852f,
                                      0.53481f, 0.44265f, 0.33458f, 0.20972f};
/* The same at 4.5 %, for a single window in noise. */
static const float turn_cos_loose[8] = {0.55256f,  0.46376f,  0.35817f,  0.23818f,
                                        -0.13795f, -0.31260f, -0.49450f, -0.67266f};

void dtmf_rx_reset(struct dtmf_rx *s, uint64_t at_smp)
{
    memset(s, 0, sizeof *s);
    s->start_smp = at_smp;
    s->candidate = s->digit = -1;
}

static uint64_t now_smp(const struct dtmf_rx *s)
{
    return s->start_smp + (uint64_t)s->sub * DTMF_SUB_SMP;
}

/* One notch: v its input, (x1, x2) the inputs and (y1, y2) the outputs before. */
static inline float notch(const float *c, float v, float x1, float x2, float y1, float y2)
{
    return (v + c[1] * x1 + x2 - c[3] * y2) -
           c[2] * y1; /* the newest last: shortest chain from sample to sample */
}

/* The three notches in a row; all of their state stays in registers. */
static void filter(struct dtmf_rx *s, const float *pcm, float *out, size_t n)
{
    const float *c = dtmf_notch;
    const float gain = c[0] * c[4] * c[8];
    float(*kept)[2] = s->notch_x;
    float a1 = kept[0][0], a2 = kept[0][1], b1 = kept[1][0], b2 = kept[1][1];
    float c1 = kept[2][0], c2 = kept[2][1], d1 = kept[3][0], d2 = kept[3][1];

    for (size_t i = 0; i < n; i++) {
        float a0 = gain * pcm[i] + NO_DENORMALS;
        float b0 = notch(c, a0, a1, a2, b1, b2);
        float c0 = notch(c + 4, b0, b1, b2, c1, c2);
        float d0 = notch(c + 8, c0, c1, c2, d1, d2);
        a2 = a1, a1 = a0;
        b2 = b1, b1 = b0;
        c2 = c1, c1 = c0;
        d2 = d1, d1 = d0;
        out[i] = d0;
    }
    kept[0][0] = a1, kept[0][1] = a2, kept[1][0] = b1, kept[1][1] = b2;
    kept[2][0] = c1, kept[2][1] = c2, kept[3][0] = d1, kept[3][1] = d2;
}

/* Sum of n rows of 16, each times its weight; rows[i & mask] is row i. */
static inline void weigh(const float *weights, const float (*rows)[16], uint32_t first,
                         uint32_t mask, int n, float sum[16])
{
    lanes a = {0}, b = {0}, c = {0}, d = {0};

    for (int i = 0; i < n; i++) {
        const float *row = rows[(first + (uint32_t)i) & mask];
        lanes weight = {weights[i], weights[i], weights[i], weights[i]};
        a += weight * lanes_load(row);
        b += weight * lanes_load(row + 4);
        c += weight * lanes_load(row + 8);
        d += weight * lanes_load(row + 12);
    }
    lanes_store(sum, a);
    lanes_store(sum + 4, b);
    lanes_store(sum + 8, c);
    lanes_store(sum + 12, d);
}

/* Correlate a full sub-block and turn the results to the phase of the first one. */
static void end_sub_block(struct dtmf_rx *s)
{
    const float *turn = dtmf_turn[s->sub % DTMF_TURN_STEPS];
    float *base = s->base[s->sub % DTMF_TAPS];
    float acc[16];
    lanes energy = {0};

    weigh(s->buf, dtmf_correlator, 0, UINT32_MAX, DTMF_SUB_SMP, acc);
    for (int n = 0; n < DTMF_SUB_SMP; n += 4)
        energy += lanes_load(&s->buf[n]) * lanes_load(&s->buf[n]);
    for (int k = 0; k < 16; k += 2) {
        base[k] = acc[k] * turn[k] - acc[k + 1] * turn[k + 1];
        base[k + 1] = acc[k] * turn[k + 1] + acc[k + 1] * turn[k];
    }
    s->energy[s->sub % DTMF_HISTORY] = lanes_sum(energy);
    s->sub++;
    s->n_buf = 0;
}

/* The baseband `age` sub-blocks ago, 1 = newest. */
static const float *base_of(const struct dtmf_rx *s, int age)
{
    return s->base[(s->sub - (uint32_t)age) % DTMF_TAPS];
}

static float energy_of(const struct dtmf_rx *s, int age)
{
    return s->energy[(s->sub + DTMF_HISTORY - (uint32_t)age) % DTMF_HISTORY];
}

/* Mean square of the signal under the 20 ms window. */
static float window_energy(const struct dtmf_rx *s)
{
    float sum = 0.0f;

    for (int j = 0; j < 8; j++)
        sum += taper8[j] * energy_of(s, 8 - j);
    return sum / (TAPER8_SUM * DTMF_SUB_SMP);
}

/* Find the strongest tone of each group under the 20 ms window; return the power of both, which a
 * frequency error has reduced by up to 4 dB. */
static float strongest(const struct dtmf_rx *s, int *low, int *high)
{
    float acc[16];
    float power[8];

    weigh(taper8, s->base, s->sub, DTMF_TAPS - 1, DTMF_TAPS,
          acc); /* the oldest is the next to be overwritten */
    for (int k = 0; k < 8; k++)
        power[k] = acc[2 * k] * acc[2 * k] + acc[2 * k + 1] * acc[2 * k + 1];
    *low = 0;
    *high = 4;
    for (int k = 1; k < 4; k++) {
        *low = power[k] > power[*low] ? k : *low;
        *high = power[4 + k] > power[*high] ? 4 + k : *high;
    }
    return (power[*low] + power[*high]) * (0.5f / (TAPER8_SUM * TAPER8_SUM * HALF_SUB * HALF_SUB));
}

/* Turn of the phase of tone k over 5 ms: 15 ms windows, one 5 ms after the other. */
static void phase_turn(const struct dtmf_rx *s, int k, float turn[2])
{
    float a[2] = {0};
    float b[2] = {0};

    for (int j = 0; j < 6; j++) {
        const float *early = base_of(s, 8 - j) + 2 * k;
        const float *late = base_of(s, 6 - j) + 2 * k;
        a[0] += taper6[j] * early[0];
        a[1] += taper6[j] * early[1];
        b[0] += taper6[j] * late[0];
        b[1] += taper6[j] * late[1];
    }
    turn[0] = a[0] * b[0] + a[1] * b[1];
    turn[1] = a[0] * b[1] - a[1] * b[0];
}

static bool is_near(const float turn[2], float cos_min)
{
    return turn[0] > cos_min * sqrtf(turn[0] * turn[0] + turn[1] * turn[1]);
}

/* Power of tone k with its frequency error taken out; `turn` is that of 5 ms, two sub-blocks. */
static float tone_power(const struct dtmf_rx *s, int k, const float turn[2])
{
    float size = sqrtf(turn[0] * turn[0] + turn[1] * turn[1]) + 1e-20f;
    float half_cos = sqrtf(0.5f + 0.5f * turn[0] / size) + 1e-20f;
    float half_sin = 0.5f * turn[1] / size / half_cos;
    float re = 1.0f;
    float im = 0.0f;
    float sum[2] = {0};

    for (int j = 0; j < 8; j++) {
        const float *b = base_of(s, 8 - j) + 2 * k;
        float next = re * half_cos + im * half_sin;
        sum[0] += taper8[j] * (b[0] * re - b[1] * im);
        sum[1] += taper8[j] * (b[0] * im + b[1] * re);
        im = im * half_cos - re * half_sin;
        re = next;
    }
    return 0.5f * (sum[0] * sum[0] + sum[1] * sum[1]) /
           (TAPER8_SUM * TAPER8_SUM * HALF_SUB * HALF_SUB);
}

static bool is_balanced(float low, float high)
{
    return low > TONE_MIN && high > TONE_MIN && high < TWIST_HIGH_MAX * low &&
           low < TWIST_LOW_MAX * high;
}

/* Judge the last 20 ms: the digit 0..15 it shows, or -1. */
static int judge(const struct dtmf_rx *s, float turn[4], float power[2])
{
    float energy = window_energy(s);
    int low;
    int high;

    if (energy < 2.0f * TONE_MIN)
        return -1;
    if (strongest(s, &low, &high) < COARSE_PURITY * energy)
        return -1;
    phase_turn(s, low, turn);
    phase_turn(s, high, turn + 2);
    if (!is_near(turn, turn_cos_loose[low]) || !is_near(turn + 2, turn_cos_loose[high]))
        return -1;
    power[0] = tone_power(s, low, turn);
    power[1] = tone_power(s, high, turn + 2);
    if (!is_balanced(power[0], power[1]) || power[0] + power[1] < PURITY_MIN * energy)
        return -1;
    return 4 * low + (high - 4);
}

/* Count good windows of one digit. */
static void follow(struct dtmf_rx *s)
{
    float turn[4];
    float power[2];
    int digit = judge(s, turn, power);

    if (digit != s->candidate || digit < 0) {
        s->candidate = digit;
        s->n_good = 0;
        memset(s->turn, 0, sizeof s->turn);
        memset(s->power, 0, sizeof s->power);
    }
    if (digit < 0)
        return;
    s->n_good++;
    for (int i = 0; i < 4; i++)
        s->turn[i] += turn[i];
    if (power[0] + power[1] > s->power[0] + s->power[1])
        memcpy(s->power, power, sizeof power);
}

static bool is_begun(const struct dtmf_rx *s)
{
    return s->n_good >= BEGIN_WINDOWS && is_near(s->turn, turn_cos_min[s->candidate / 4]) &&
           is_near(s->turn + 2, turn_cos_min[4 + s->candidate % 4]);
}

/* Say whether the last 10 ms still show the digit. */
static bool is_held(const struct dtmf_rx *s)
{
    static const float taper[4] = {0.5f, 1.0f, 1.0f, 0.5f}; /* sum 3 */
    const int tones[2] = {s->digit / 4, 4 + s->digit % 4};
    float power[2];
    float energy = 0.0f;

    for (int g = 0; g < 2; g++) {
        float re = 0.0f;
        float im = 0.0f;
        for (int j = 0; j < 4; j++) {
            re += taper[j] * base_of(s, 4 - j)[2 * tones[g]];
            im += taper[j] * base_of(s, 4 - j)[2 * tones[g] + 1];
        }
        power[g] = 0.5f * (re * re + im * im) / (9.0f * HALF_SUB * HALF_SUB);
    }
    for (int j = 0; j < 4; j++)
        energy += taper[j] * energy_of(s, 4 - j) / (3.0f * DTMF_SUB_SMP);
    return power[0] > HELD_TONE * s->level[0] && power[1] > HELD_TONE * s->level[1] &&
           power[0] + power[1] > HELD_PURITY * energy;
}

/* How much of a sub-block the tone fills, 0..1, by its energy. */
static float filled(const struct dtmf_rx *s, int age)
{
    float part = energy_of(s, age) / ((s->level[0] + s->level[1]) * DTMF_SUB_SMP);

    return part < 1.0f ? part : 1.0f;
}

/* Samples from the begin of the tone to now, known to 15 ms: split the sub-blocks at the edge by
 * their energy. */
static uint32_t since_begin(const struct dtmf_rx *s)
{
    int age = 19; /* five windows of 20 ms, 5 ms apart, mostly filled: 40 ms and a little */

    while (age > 14 && filled(s, age) < 0.5f)
        age--;
    return (uint32_t)(((float)(age - 1) + filled(s, age) + filled(s, age + 1)) * DTMF_SUB_SMP);
}

/* Samples from the end of the tone to now. */
static uint32_t since_end(const struct dtmf_rx *s)
{
    int age = 8; /* the first of the missed windows was half empty */

    while (age < 15 && filled(s, age) < 0.5f)
        age++;
    return (uint32_t)(((float)age - filled(s, age) - filled(s, age - 1)) * DTMF_SUB_SMP);
}

static struct dsp_event event_of(const struct dtmf_rx *s, int kind, uint64_t at_smp)
{
    return (struct dsp_event){
        .kind = (uint8_t)kind,
        .digit = (uint8_t)keypad[s->digit],
        .at_smp = at_smp,
        .power = 0.5f * (s->level[0] + s->level[1]),
    };
}

static int begin(struct dtmf_rx *s, struct dsp_event *out)
{
    uint64_t now = now_smp(s);
    uint32_t back;

    s->digit = s->candidate;
    s->n_missed = 0;
    memcpy(s->level, s->power, sizeof s->level);
    back = since_begin(s);
    s->begin_smp = now - s->start_smp > back ? now - back : s->start_smp;
    *out = event_of(s, DSP_DIGIT_BEGIN, s->begin_smp);
    return 1;
}

static int end(struct dtmf_rx *s, struct dsp_event *out, uint32_t back)
{
    uint64_t at = now_smp(s) - back;

    *out = event_of(s, DSP_DIGIT_END, at);
    out->duration_smp = (uint32_t)(at - s->begin_smp);
    s->digit = -1;
    s->candidate = -1;
    return 1;
}

static int decide(struct dtmf_rx *s, struct dsp_event *out)
{
    int n_out = 0;

    follow(s);
    if (s->digit >= 0) {
        s->n_missed = is_held(s) ? 0 : s->n_missed + 1;
        if (s->n_missed >= END_MISSES)
            return end(s, out, since_end(s));
        if (!is_begun(s) || s->candidate == s->digit)
            return 0;
        int candidate = s->candidate;
        n_out = end(s, out, since_begin(s)); /* the next digit came without a pause */
        s->candidate = candidate;
        return n_out + begin(s, out + n_out);
    }
    return is_begun(s) ? begin(s, out) : 0;
}

int dtmf_rx_process(struct dtmf_rx *s, const float *pcm, size_t n, struct dsp_event *out)
{
    int n_out = 0;

    while (n > 0) {
        size_t room = (size_t)(DTMF_SUB_SMP - s->n_buf);
        size_t m = n < room ? n : room;
        filter(s, pcm, s->buf + s->n_buf, m);
        s->n_buf += (int)m;
        pcm += m;
        n -= m;
        if (s->n_buf < DTMF_SUB_SMP)
            break;
        end_sub_block(s);
        if (s->sub % HOP == 0)
            n_out += decide(s, out + n_out);
    }
    return n_out;
}
