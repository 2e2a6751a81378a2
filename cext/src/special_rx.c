/* Tones that mean the same everywhere. */
#include "special_rx.h"

#include <math.h>   /* sqrtf: one instruction */
#include <string.h> /* memset, memcpy */

#include "lanes.h"

enum { F950, F1100, F1400, F1800, F2100, F2750 };

static const float LEVEL_MIN = 3.1e-5f; /* -39 dBm0 */
static const float ON_PURITY = 0.55f;   /* of the energy, to come on */
static const float HELD_PURITY = 0.40f; /* to stay on */
static const float HELD_LEVEL = 0.25f;  /* of the level while on: half-filled window, -6 dB */
static const float PURE_MIN = 0.75f;    /* mean purity of an on that counts */
static const float STRAY_LEVEL = 2.0f;  /* 3 dB up or down is not steady */
static const float PAIR_PURITY = 0.60f; /* of the energy in both tones of a CAS */
static const float PAIR_TWIST = 6.3f;   /* 8 dB between them */
static const float QUIET_PART = 0.25f;  /* of the tone's power: what may be heard after a CNG */
/* Of the energy: what the weaker tone of a CAS has at least, PAIR_PURITY / (1 + PAIR_TWIST). */
static const float PAIR_LEAST = 0.08f;
static const float ROUNDED = 1.001f;
static const float SMOOTH = 0.1f;
static const float PHASE_PULL = 0.2f;
static const float AGAINST = -0.5f; /* cosine to the expected phase: a reversal has -1 */

enum {
    SUB_MS = 5,
    SIT_LEAST = 200 / SUB_MS, /* E.180: 330 +- 70 ms; North America has 274 ms too */
    SIT_MOST = 450 / SUB_MS,
    SIT_GAP = 60 / SUB_MS, /* E.180 allows 30 ms; windows of 20 ms blur two edges */
    SIT_OVER = 1500 / SUB_MS,
    CNG_LEAST = 415 / SUB_MS, /* T.30: 0.5 s +- 15 % */
    CNG_MOST = 590 / SUB_MS,
    CNG_QUIET = 80 / SUB_MS,
    CNG_OVER = 3700 / SUB_MS, /* 3 s + 15 %, and the next on until it counts */
    ANSWER_LEAST = 500 / SUB_MS,
    ANSWER_GAP = 100 / SUB_MS,
    REVERSAL_SUBS = 3,
    REVERSAL_LEAST = 410 / SUB_MS, /* G.168: every 450 +- 25 ms */
    REVERSAL_MOST = 490 / SUB_MS,
    CAS_LEAST = 65 / SUB_MS, /* 75 to 85 ms */
    CAS_MOST = 100 / SUB_MS,
    STEADY_PERCENT = 80
};

/* Cosine of the turn over 5 ms at the tolerance: 58 Hz for SIT (50), 45 for CNG (38), 25 for the others. */
static const float turn_cos_min[SPECIAL_FREQS] = {-0.249f, 0.156f, -0.249f,
                                                  -0.249f, 0.707f, 0.707f};
static const float CAS_TURN[2] = {0.5878f, 0.8090f}; /* 30 Hz above 2100 Hz: 54 degrees */

void special_rx_reset(struct special_rx *s, uint64_t at_smp)
{
    memset(s, 0, sizeof *s);
    s->start_smp = at_smp;
    s->sit_ended[0] = s->sit_ended[1] = -1;
}

static void correlate(struct special_rx *s)
{
    lanes sums[2][3] = {{{0}}};
    lanes energy = {0};
    float *row = s->corr[s->sub % SPECIAL_KEPT];

    for (int n = 0; n < SPECIAL_SUB_SMP; n += 2) /* even and odd apart: shorter chains */
        for (int i = 0; i < 2; i++)
            for (int k = 0; k < 3; k++)
                sums[i][k] += lanes_spread(s->buf[n + i]) *
                              lanes_load(&special_correlator[(n + i) * 2 * SPECIAL_FREQS + 4 * k]);
    for (int n = 0; n < SPECIAL_SUB_SMP; n += 4)
        energy += lanes_load(s->buf + n) * lanes_load(s->buf + n);
    for (int k = 0; k < 3; k++)
        lanes_store(row + 4 * k, sums[0][k] + sums[1][k]);
    s->energy[s->sub % SPECIAL_KEPT] = lanes_sum(energy);
    s->sub++;
    s->n_buf = 0;
    s->energy_mean = 0.0f;
    for (int i = 0; i < SPECIAL_KEPT; i++)
        s->energy_mean += s->energy[i] * (1.0f / (SPECIAL_KEPT * SPECIAL_SUB_SMP));
}

/* The most power that each frequency can have, were its correlations all in phase. */
static void bound_powers(const struct special_rx *s, float bounds[SPECIAL_FREQS])
{
    const float full = SPECIAL_KEPT * SPECIAL_SUB_SMP / 2.0f;
    float squares[2 * SPECIAL_FREQS];

    for (int k = 0; k < 2 * SPECIAL_FREQS; k += 4) {
        lanes sum = {0};
        for (int i = 0; i < SPECIAL_KEPT; i++)
            sum += lanes_load(s->corr[i] + k) * lanes_load(s->corr[i] + k);
        lanes_store(squares + k, sum);
    }
    for (int f = 0; f < SPECIAL_FREQS; f++)
        bounds[f] =
            ROUNDED * 0.5f * SPECIAL_KEPT * (squares[2 * f] + squares[2 * f + 1]) / (full * full);
}

/* Correlation of frequency f in the sub-block `age` ago, 1 = newest. */
static const float *corr_of(const struct special_rx *s, int f, int age)
{
    return &s->corr[(s->sub - (uint32_t)age) % SPECIAL_KEPT][2 * f];
}

static void product(const float a[2], const float b[2], float out[2])
{
    float re = a[0] * b[0] - a[1] * b[1];

    out[1] = a[0] * b[1] + a[1] * b[0];
    out[0] = re;
}

static void normalise(float v[2])
{
    float size = sqrtf(v[0] * v[0] + v[1] * v[1]) + 1e-20f;

    v[0] /= size;
    v[1] /= size;
}

/* Mean turn of the phase over 5 ms, against that of the nominal frequency; unit length. */
static void phase_turn(const struct special_rx *s, int f, float turn[2])
{
    float sum[2] = {0};

    for (int age = SPECIAL_KEPT; age > 1; age--) {
        const float *a = corr_of(s, f, age);
        const float *b = corr_of(s, f, age - 1);
        sum[0] += a[0] * b[0] + a[1] * b[1];
        sum[1] += a[0] * b[1] - a[1] * b[0];
    }
    product(sum, special_back[f], turn);
    normalise(turn);
}

/* Power of frequency f over 20 ms, with the measured turn taken out. */
static float tone_power(const struct special_rx *s, int f, const float turn[2])
{
    const float conj_turn[2] = {turn[0], -turn[1]};
    float step[2];
    float at[2] = {1.0f, 0.0f};
    float sum[2] = {0};

    product(conj_turn, special_back[f], step);
    for (int age = SPECIAL_KEPT; age > 0; age--) {
        float term[2];
        product(corr_of(s, f, age), at, term);
        sum[0] += term[0];
        sum[1] += term[1];
        product(at, step, at);
    }
    const float full = SPECIAL_KEPT * SPECIAL_SUB_SMP / 2.0f;
    return 0.5f * (sum[0] * sum[0] + sum[1] * sum[1]) / (full * full);
}

static bool is_on_now(const struct special_rx *s, const struct special_tone *t, bool is_tuned)
{
    if (!is_tuned || t->power < LEVEL_MIN)
        return false;
    if (t->is_on)
        return t->power > HELD_PURITY * s->energy_mean && t->power > HELD_LEVEL * t->level;
    return t->power > ON_PURITY * s->energy_mean;
}

/* Count the lengths of on and off; true when an on has just ended. */
static bool lengthen(const struct special_rx *s, struct special_tone *t, bool is_on)
{
    bool is_ended = t->is_on && !is_on;
    float purity = t->power / (s->energy_mean + 1e-20f);

    if (is_on && !t->is_on) {
        t->n_on = t->n_stray = 0;
        t->level = t->power;
        t->purity = purity;
    }
    t->is_on = is_on;
    if (!is_on) {
        t->n_off = is_ended ? 1 : t->n_off + 1;
        return is_ended;
    }
    t->n_on++;
    t->n_off = 0;
    if (t->n_on <= SPECIAL_KEPT)
        t->level = t->power; /* the window fills */
    t->n_stray += t->power > STRAY_LEVEL * t->level || STRAY_LEVEL * t->power < t->level;
    t->level += SMOOTH * (t->power - t->level);
    t->purity += (purity - t->purity) / (float)(t->n_on < 20 ? t->n_on : 20);
    return false;
}

static bool is_clean(const struct special_tone *t, int32_t least, int32_t most)
{
    return t->n_on >= least && t->n_on <= most && t->purity > PURE_MIN &&
           100 * (t->n_on - t->n_stray) >= STEADY_PERCENT * t->n_on;
}

/* The sample `subs` sub-blocks ago. A window changes its mind when it is half full. */
static uint64_t smp_ago(const struct special_rx *s, int32_t subs)
{
    int64_t at = ((int64_t)s->sub - subs - SPECIAL_KEPT / 2) * SPECIAL_SUB_SMP;

    return s->start_smp + (uint64_t)(at > 0 ? at : 0);
}

static int begin(struct special_state *t, int tone, struct dsp_event *out)
{
    t->is_begun = true;
    *out = (struct dsp_event){
        .kind = DSP_TONE_BEGIN, .tone = (uint8_t)tone, .at_smp = t->begin_smp, .power = t->power};
    return 1;
}

static int end(struct special_state *t, int tone, struct dsp_event *out)
{
    t->is_begun = false;
    *out = (struct dsp_event){.kind = DSP_TONE_END,
                              .tone = (uint8_t)tone,
                              .at_smp = t->on_end_smp,
                              .power = t->power,
                              .duration_smp = (uint32_t)(t->on_end_smp - t->begin_smp)};
    return 1;
}

static void age(int32_t *subs)
{
    if (*subs >= 0)
        ++*subs;
}

/* Say whether the tone of n_on sub-blocks began where another ended, `ended` sub-blocks ago. */
static bool follows(int32_t ended, int32_t n_on)
{
    return ended >= 0 && ended - n_on <= SIT_GAP && n_on - ended <= SIT_GAP;
}

/* Three tones in turn; begun when the third is on long enough. */
static int follow_sit(struct special_rx *s, const bool *is_ended, struct dsp_event *out)
{
    const struct special_tone *third = &s->tones[F1800];

    age(&s->sit_ended[0]);
    age(&s->sit_ended[1]);
    if (is_ended[F950])
        s->sit_ended[0] = is_clean(&s->tones[F950], SIT_LEAST, SIT_MOST) ? 0 : -1;
    if (is_ended[F1400]) {
        bool is_next = follows(s->sit_ended[0], s->tones[F1400].n_on) &&
                       is_clean(&s->tones[F1400], SIT_LEAST, SIT_MOST);
        s->sit_ended[1] = is_next ? 0 : -1;
    }
    if (third->is_on && is_clean(third, SIT_LEAST, SIT_MOST) &&
        follows(s->sit_ended[1], third->n_on)) {
        s->sit.on_end_smp = smp_ago(s, 0);
        if (s->sit.is_begun)
            return 0;
        s->sit.power = third->level;
        s->sit.begin_smp = smp_ago(s, s->sit_ended[0] + s->tones[F950].n_on);
        return begin(&s->sit, DSP_TONE_SIT, out);
    }
    if (s->sit.is_begun && !third->is_on && third->n_off > SIT_OVER && s->sit_ended[0] < 0)
        return end(&s->sit, DSP_TONE_SIT, out);
    if (s->sit_ended[0] > SIT_OVER)
        s->sit_ended[0] = -1;
    return 0;
}

/* A burst of the right length, then quiet. */
static int follow_cng(struct special_rx *s, struct dsp_event *out)
{
    const struct special_tone *t = &s->tones[F1100];

    if (!t->is_on && t->n_off == CNG_QUIET && is_clean(t, CNG_LEAST, CNG_MOST) &&
        s->energy_mean < QUIET_PART * t->level) {
        s->cng.on_end_smp = smp_ago(s, t->n_off);
        if (s->cng.is_begun)
            return 0;
        s->cng.power = t->level;
        s->cng.begin_smp = smp_ago(s, t->n_off + t->n_on);
        return begin(&s->cng, DSP_TONE_CNG, out);
    }
    if (s->cng.is_begun && smp_ago(s, CNG_OVER) > s->cng.on_end_smp + CNG_MOST * SPECIAL_SUB_SMP)
        return end(&s->cng, DSP_TONE_CNG, out);
    return 0;
}

/* Follow the phase of the answer tone; true when it has just reversed. */
static bool has_reversed(struct special_phase *p, const float *corr)
{
    float now[2] = {corr[0], corr[1]};
    float step[2];
    const float conj_back[2] = {special_back[F2100][0], -special_back[F2100][1]};

    normalise(now);
    product(p->turn, conj_back, step);
    product(p->at, step, p->at);
    float along = p->at[0] * now[0] + p->at[1] * now[1];
    p->n_against = along < AGAINST ? p->n_against + 1 : 0;
    p->n_since++;
    if (p->n_against == REVERSAL_SUBS) {
        memcpy(p->at, now, sizeof now);
        return true;
    }
    if (along > 0.0f) {
        p->at[0] += PHASE_PULL * (now[0] - p->at[0]);
        p->at[1] += PHASE_PULL * (now[1] - p->at[1]);
        normalise(p->at);
    }
    return false;
}

/* Count reversals at the right distance. */
static void follow_phase(struct special_rx *s, const float turn[2])
{
    struct special_phase *p = &s->phase;
    const float *corr = corr_of(s, F2100, 1);

    if (s->n_answer <= 2 * SPECIAL_KEPT) { /* settle first */
        memcpy(p->at, corr, sizeof p->at);
        memcpy(p->turn, turn, sizeof p->turn);
        normalise(p->at);
        p->n_against = p->n_reversals = p->n_since = 0;
        return;
    }
    if (s->n_gap == 0) {
        for (int i = 0; i < 2; i++)
            p->turn[i] += SMOOTH * (turn[i] - p->turn[i]);
        normalise(p->turn);
    }
    if (!has_reversed(p, corr))
        return;
    bool is_due = p->n_since >= REVERSAL_LEAST && p->n_since <= REVERSAL_MOST;
    p->n_reversals = p->n_reversals == 0 || is_due ? p->n_reversals + 1 : 1;
    p->n_since = 0;
}

static int end_answer(struct special_rx *s, struct dsp_event *out)
{
    int n_out = 0;

    s->n_answer = 0;
    if (s->reversals.is_begun) {
        s->reversals.on_end_smp = s->answer.on_end_smp;
        n_out += end(&s->reversals, DSP_TONE_ANSWER_REVERSALS, out);
    }
    if (s->answer.is_begun)
        n_out += end(&s->answer, DSP_TONE_ANSWER, out + n_out);
    return n_out;
}

static int follow_answer(struct special_rx *s, const float turn[2], struct dsp_event *out)
{
    const struct special_tone *t = &s->tones[F2100];
    int n_out = 0;

    s->n_gap = t->is_on ? 0 : s->n_gap + 1;
    if (s->n_gap > ANSWER_GAP)
        return end_answer(s, out);
    if (s->n_answer == 0 && !t->is_on)
        return 0;
    if (s->n_answer++ == 0)
        s->answer.begin_smp = smp_ago(s, 1);
    follow_phase(s, turn);
    if (!t->is_on)
        return 0;
    s->answer.on_end_smp = smp_ago(s, 0);
    if (!s->answer.is_begun && s->n_answer >= ANSWER_LEAST && t->purity > PURE_MIN) {
        s->answer.power = t->level;
        n_out += begin(&s->answer, DSP_TONE_ANSWER, out);
    }
    if (s->answer.is_begun && !s->reversals.is_begun && s->phase.n_reversals >= 2) {
        s->reversals.power = t->level;
        s->reversals.begin_smp = s->answer.begin_smp;
        n_out += begin(&s->reversals, DSP_TONE_ANSWER_REVERSALS, out + n_out);
    }
    return n_out;
}

/* Both tones, alone, for 80 ms. */
static int follow_cas(struct special_rx *s, const float turn_low[2], bool is_high,
                      struct dsp_event *out)
{
    float low = s->tones[F2100].power;
    float high = s->tones[F2750].power;
    bool is_low = turn_low[0] * CAS_TURN[0] + turn_low[1] * CAS_TURN[1] > turn_cos_min[F2100];
    bool is_pair = is_low && is_high && low < PAIR_TWIST * high && high < PAIR_TWIST * low &&
                   low + high > PAIR_PURITY * s->energy_mean && low + high > LEVEL_MIN;

    if (is_pair) {
        s->n_pair++;
        s->pair_power += (0.5f * (low + high) - s->pair_power) / (float)s->n_pair;
        return 0;
    }
    int32_t n = s->n_pair;
    s->n_pair = 0;
    if (n < CAS_LEAST || n > CAS_MOST)
        return 0;
    struct special_state cas = {
        .begin_smp = smp_ago(s, n), .on_end_smp = smp_ago(s, 0), .power = s->pair_power};
    begin(&cas, DSP_TONE_CAS, out);
    end(&cas, DSP_TONE_CAS, out + 1);
    return 2;
}

/* Say whether a frequency can be on, or part of a pair; most of the time it cannot. */
static bool is_worth_a_look(const struct special_rx *s, int f, float bound)
{
    const struct special_tone *t = &s->tones[f];

    if (f == F2100 || f == F2750) /* and the phase of an answer tone is followed through gaps */
        return (f == F2100 && s->n_answer > 0) ||
               (bound > PAIR_LEAST * s->energy_mean && bound > PAIR_LEAST * LEVEL_MIN);
    return bound >= LEVEL_MIN && bound > (t->is_on ? HELD_PURITY : ON_PURITY) * s->energy_mean;
}

static int decide(struct special_rx *s, struct dsp_event *out)
{
    float bounds[SPECIAL_FREQS];
    float turns[SPECIAL_FREQS][2] = {{0}};
    bool is_tuned[SPECIAL_FREQS] = {false};
    bool is_ended[SPECIAL_FREQS];
    int n_out;

    bound_powers(s, bounds);
    for (int f = 0; f < SPECIAL_FREQS; f++) {
        struct special_tone *t = &s->tones[f];
        t->power = 0.0f;
        if (is_worth_a_look(s, f, bounds[f])) {
            phase_turn(s, f, turns[f]);
            is_tuned[f] = turns[f][0] > turn_cos_min[f];
            t->power = tone_power(s, f, turns[f]);
        }
        is_ended[f] = lengthen(s, t, is_on_now(s, t, is_tuned[f]));
    }
    n_out = follow_sit(s, is_ended, out);
    n_out += follow_cng(s, out + n_out);
    n_out += follow_answer(s, turns[F2100], out + n_out);
    return n_out + follow_cas(s, turns[F2100], is_tuned[F2750], out + n_out);
}

int special_rx_process(struct special_rx *s, const float *pcm, size_t n, struct dsp_event *out)
{
    int n_out = 0;

    while (n > 0) {
        size_t room = (size_t)(SPECIAL_SUB_SMP - s->n_buf);
        size_t m = n < room ? n : room;
        memcpy(s->buf + s->n_buf, pcm, m * sizeof *pcm);
        s->n_buf += (int)m;
        pcm += m;
        n -= m;
        if (s->n_buf < SPECIAL_SUB_SMP)
            break;
        correlate(s);
        n_out += decide(s, out + n_out);
    }
    return n_out;
}
