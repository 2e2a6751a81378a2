/* Call-progress receiver: powers of the list's frequencies every 10 ms, then the lengths of on and
 * off. */
#include "progress_rx.h"

#include <math.h>   /* sqrtf: one instruction */
#include <string.h> /* memset, memmove */

#include "lanes.h"

static const float ON_PURITY =
    0.45f; /* of the energy, to come on: a tone as strong as the speech over it */
static const float HELD_LEVEL =
    0.25f; /* of the level while on, to stay on: half-filled window, -6 dB */
static const float HELD_PURITY = 0.20f;
static const float STRAY_LEVEL = 2.0f;     /* 3 dB up or down is not steady */
static const float STRAY_TURN_COS = 0.92f; /* over 10 ms: 6.4 Hz away from the mean is not steady */
static const float ALIKE_LEVEL = 2.0f;     /* 3 dB between two ons of a cadence */
static const float ALIKE_TURN_COS = 0.96f; /* the same: 4.5 Hz */
static const float PURE_MIN = 0.80f;       /* mean purity that a continuous tone needs */
static const float MODULATED_PURE_MIN =
    0.55f;                            /* the same of a carrier: 90 % modulation leave it 0.71 */
static const float WEAK_PART = 0.05f; /* of the group's power, least of each frequency: 13 dB */
static const float SMOOTH = 0.25f;
static const float MOST_DROOP = 1.334f; /* of tone_power, and rounding */

enum {
    SUB_MS = 10,
    GLITCH_SUBS =
        5, /* stretches shorter than 50 ms are glitches; the shortest cadence has 100 ms */
    SLACK_PERCENT = 2,      /* beside what the tone allows: in noise the ends are not sharp, */
    SLACK_MS = 30,          /* and lengths are measured in steps of 10 ms */
    RUN_OVER_MS = 80,       /* a length this much over its limit ends the tone */
    SHORT_PERIOD_MS = 2000, /* cadences below need four lengths, */
    BELIEVE_MS = 1300,      /* or more, as many as this takes; */
    SHORT_ON_MS = 600,      /* others whose first on is below need three, the rest two */
    CLEAR_OFF_MS = 1500,    /* an off this long counts as one of a long cadence before it is over */
    CONTINUOUS_MS = 1500,   /* a continuous tone is on at least this long */
    STEADY_PERCENT = 70     /* of an on that must stand still */
};

void progress_rx_reset(struct progress_rx *s, const struct progress_plan *plan, uint64_t at_smp)
{
    memset(s, 0, sizeof *s);
    s->plan = plan;
    s->start_smp = at_smp;
    for (int g = 0; g < plan->n_groups; g++)
        s->groups[g].tone = -1;
}

static void correlate(struct progress_rx *s)
{
    const struct progress_plan *plan = s->plan;
    float *row = s->corr[s->sub % PROGRESS_KEPT];
    lanes energy = {0};

    for (int k = 0; k < plan->n_lanes; k += 4) {
        lanes sums[4] = {{0}}; /* every fourth sample: shorter chains */
        for (int n = 0; n < PLAN_SUB_SMP; n += 4)
            for (int i = 0; i < 4; i++)
                sums[i] += lanes_spread(s->buf[n + i]) *
                           lanes_load(&plan->correlator[(n + i) * plan->n_lanes + k]);
        lanes_store(row + k, (sums[0] + sums[1]) + (sums[2] + sums[3]));
    }
    for (int n = 0; n < PLAN_SUB_SMP; n += 4)
        energy += lanes_load(s->buf + n) * lanes_load(s->buf + n);
    s->energy[s->sub % PROGRESS_TAPS] = lanes_sum(energy);
    s->sub++;
    s->n_buf = 0;
}

/* Correlation of frequency f in the sub-block `age` ago, 1 = newest. */
static const float *corr_of(const struct progress_rx *s, int f, int age)
{
    return &s->corr[(s->sub - (uint32_t)age) % PROGRESS_KEPT][2 * f];
}

/* Each correlation starts its phase anew, so the nominal tone turns by its own 10 ms: take that
 * back. */
static void take_back(const struct progress_rx *s, int f, float re, float im, float turn[2])
{
    const float *back = s->plan->back[f];

    turn[0] = re * back[0] - im * back[1];
    turn[1] = re * back[1] + im * back[0];
}

/* Sum of 40 ms of frequency f, the oldest sub-block `age` ago, at its nominal frequency. */
static void window(const struct progress_rx *s, int f, int age, float sum[2])
{
    float step[2] = {1.0f, 0.0f};

    sum[0] = sum[1] = 0.0f;
    for (int i = 0; i < PROGRESS_TAPS; i++) {
        const float *c = corr_of(s, f, age - i);
        float re = step[0];
        float im = step[1];
        sum[0] += c[0] * re - c[1] * im;
        sum[1] += c[0] * im + c[1] * re;
        take_back(s, f, re, im, step);
    }
}

/* Turn of the phase over 10 ms between windows of 40 ms, which keep frequencies 40 Hz apart from
 * each other, but see nothing of one that is 25 Hz off. */
static void phase_turn_narrow(const struct progress_rx *s, int f, float turn[2])
{
    float a[2];
    float b[2];

    window(s, f, PROGRESS_TAPS + 1, a);
    window(s, f, PROGRESS_TAPS, b);
    take_back(s, f, a[0] * b[0] + a[1] * b[1], a[0] * b[1] - a[1] * b[0], turn);
}

/* Mean turn of the phase over 10 ms, against that of the nominal frequency. Not normalised. */
static void phase_turn(const struct progress_rx *s, int f, float turn[2])
{
    float re = 0.0f;
    float im = 0.0f;

    for (int age = PROGRESS_TAPS; age > 1; age--) {
        const float *a = corr_of(s, f, age);
        const float *b = corr_of(s, f, age - 1);
        re += a[0] * b[0] + a[1] * b[1];
        im += a[0] * b[1] - a[1] * b[0];
    }
    take_back(s, f, re, im, turn);
}

static float norm(const float v[2])
{
    return sqrtf(v[0] * v[0] + v[1] * v[1]) + 1e-20f;
}

/* Power of frequency f over 40 ms, each sub-block turned by nominal frequency and measured error. */
static float tone_power(const struct progress_rx *s, int f, const float turn[2])
{
    const float *back = s->plan->back[f];
    float size = norm(turn);
    float cos_step =
        (turn[0] * back[0] - turn[1] * -back[1]) / size; /* conj(turn) * back, as one step */
    float sin_step = (turn[0] * back[1] - turn[1] * back[0]) / size;
    float re = 1.0f;
    float im = 0.0f;
    float sum[2] = {0};

    for (int age = PROGRESS_TAPS; age > 0; age--) {
        const float *c = corr_of(s, f, age);
        float next = re * cos_step - im * sin_step;
        sum[0] += c[0] * re - c[1] * im;
        sum[1] += c[0] * im + c[1] * re;
        im = re * sin_step + im * cos_step;
        re = next;
    }
    const float full = PROGRESS_TAPS * PLAN_SUB_SMP / 2.0f;
    float droop =
        1.0f + (1.0f - turn[0] / size) * (1.0f / 6.0f); /* 10 ms off frequency lose up to 0.9 dB */
    return 0.5f * (sum[0] * sum[0] + sum[1] * sum[1]) / (full * full) * droop;
}

/* What the last 40 ms show of a group. */
struct sight {
    float power;
    float energy;
    float turn[2]; /* of its first frequency, unit length */
    bool is_tuned; /* every frequency is there and near its place */
};

/* The most power that a group can have, were all correlations of each frequency in phase. */
static float bound_power(const struct progress_rx *s, const struct plan_group *group)
{
    const float full = PROGRESS_TAPS * PLAN_SUB_SMP / 2.0f;
    float sum = 0.0f;

    for (int i = 0; i < group->n_freqs; i++)
        for (int age = PROGRESS_TAPS; age > 0; age--) {
            const float *c = corr_of(s, group->freqs[i], age);
            sum += c[0] * c[0] + c[1] * c[1];
        }
    return MOST_DROOP * 0.5f * PROGRESS_TAPS * sum / (full * full);
}

/* Say whether a group can be on; most of the time it cannot. */
static bool is_worth_a_look(const struct progress_rx *s, int index, float energy)
{
    float bound = bound_power(s, &s->plan->groups[index]);

    return bound >= s->plan->groups[index].power_min &&
           bound > (s->groups[index].now.is_on ? HELD_PURITY : ON_PURITY) * energy;
}

static struct sight look(const struct progress_rx *s, const struct plan_group *group, float energy)
{
    struct sight sight = {.energy = energy, .is_tuned = true};
    float weakest = 1e30f;

    for (int i = 0; i < group->n_freqs; i++) {
        int f = group->freqs[i];
        float turn[2];
        if (group->is_narrow)
            phase_turn_narrow(s, f, turn);
        else
            phase_turn(s, f, turn);
        float size = norm(turn);
        float power = tone_power(s, f, turn);
        sight.power += power;
        weakest = power < weakest ? power : weakest;
        sight.is_tuned &= turn[0] > group->turn_cos_min[i] * size;
        if (i == 0) {
            sight.turn[0] = turn[0] / size;
            sight.turn[1] = turn[1] / size;
        }
    }
    sight.is_tuned &= weakest > WEAK_PART * sight.power;
    return sight;
}

static bool is_on_now(const struct progress_group *g, const struct plan_group *group,
                      const struct sight *sight)
{
    if (!sight->is_tuned || sight->power < group->power_min)
        return false;
    if (g->now.is_on)
        return sight->power > HELD_LEVEL * g->level && sight->power > HELD_PURITY * sight->energy;
    return sight->power > ON_PURITY * sight->energy;
}

/* Follow level and frequency while on; count the sub-blocks that leave them. */
static void track(struct progress_group *g, const struct sight *sight)
{
    float purity = sight->power / (sight->energy + 1e-20f);
    float pull = SMOOTH;

    if (g->level == 0.0f) { /* a new on, long enough to fill the window */
        g->level = sight->power;
        memcpy(g->turn, sight->turn, sizeof g->turn);
        g->purity = purity;
        g->n_stray = 0;
        return;
    }
    g->purity += SMOOTH * SMOOTH * (purity - g->purity);
    if (sight->power > STRAY_LEVEL * g->level || STRAY_LEVEL * sight->power < g->level ||
        sight->turn[0] * g->turn[0] + sight->turn[1] * g->turn[1] <
            STRAY_TURN_COS * norm(g->turn)) {
        g->n_stray++;
        pull = SMOOTH * SMOOTH; /* a bad first reading must not stay the measure */
    }
    g->level += pull * (sight->power - g->level);
    for (int i = 0; i < 2; i++)
        g->turn[i] += pull * (sight->turn[i] - g->turn[i]);
}

static bool is_steady(const struct progress_group *g)
{
    return 100 * (g->now.subs - g->n_stray) >= STEADY_PERCENT * g->now.subs;
}

static void end_length(struct progress_group *g, int32_t subs)
{
    if (g->n_past == PROGRESS_LENGTHS) {
        memmove(g->past, g->past + 1, sizeof g->past - sizeof g->past[0]);
        g->n_past--;
    }
    g->last_level = g->level > 0.0f ? g->level : g->last_level;
    g->past[g->n_past] = g->now;
    g->past[g->n_past].subs = subs;
    g->past[g->n_past].is_steady = !g->now.is_on || is_steady(g);
    g->past[g->n_past].level = g->level;
    memcpy(g->past[g->n_past].turn, g->turn, sizeof g->turn);
    g->n_past++;
}

/* Add a sub-block to the lengths; true when one has ended. */
static bool lengthen(struct progress_group *g, bool is_on)
{
    g->now.subs++;
    g->glitch = is_on == g->now.is_on ? 0 : g->glitch + 1;
    if (g->glitch < GLITCH_SUBS)
        return false;
    end_length(g, g->now.subs - g->glitch);
    g->now = (struct length){.subs = g->glitch, .is_on = is_on};
    g->glitch = 0;
    g->level = 0.0f;
    return true;
}

static int32_t slack_ms(const struct tone_spec *tone, int32_t nominal_ms)
{
    return nominal_ms * (tone->slack_percent + SLACK_PERCENT) / 100 + SLACK_MS;
}

static int32_t limit_ms(const struct tone_spec *tone, int32_t nominal_ms)
{
    return nominal_ms + slack_ms(tone, nominal_ms);
}

static bool fits(const struct length *l, const struct tone_spec *tone, int step)
{
    int32_t nominal_ms = tone->steps_ms[step];
    int32_t ms = l->subs * SUB_MS;

    return l->is_on == (step % 2 == 0) && (l->is_steady || tone->modulation_hz > 0.0f) &&
           ms <= limit_ms(tone, nominal_ms) && ms >= nominal_ms - slack_ms(tone, nominal_ms);
}

/* Say whether the running length could be step `step`, and whether it has gone on long enough to
 * count. */
static bool runs_as(const struct progress_group *g, const struct tone_spec *tone, int step,
                    bool *is_long)
{
    int32_t ms = g->now.subs * SUB_MS;
    int32_t enough_ms = tone->steps_ms[step] * (100 - SLACK_PERCENT - tone->slack_percent) / 100;

    enough_ms = enough_ms < CLEAR_OFF_MS ? enough_ms : CLEAR_OFF_MS;
    *is_long = ms >= enough_ms;
    return g->now.is_on == (step % 2 == 0) && ms <= limit_ms(tone, tone->steps_ms[step]);
}

/* Say whether two ons could come from one generator: notes of a tune differ. */
static bool is_alike(const struct length *a, const struct length *b)
{
    float along = a->turn[0] * b->turn[0] + a->turn[1] * b->turn[1];

    if (a->level > ALIKE_LEVEL * b->level || b->level > ALIKE_LEVEL * a->level)
        return false;
    return along > ALIKE_TURN_COS * norm(a->turn) * norm(b->turn);
}

/* Count the lengths that fit the cadence when the running one is step `step`. */
static int count_fits(const struct progress_group *g, const struct tone_spec *tone, int step,
                      bool *has_on)
{
    struct length running = {.level = g->level, .turn = {g->turn[0], g->turn[1]}};
    const struct length *on = g->now.is_on && g->level > 0.0f ? &running : NULL;
    bool is_long;
    int n;

    if (!runs_as(g, tone, step, &is_long))
        return 0;
    n = is_long;
    *has_on = false;
    for (int i = g->n_past - 1; i >= 0; i--) {
        step = (step + tone->n_steps - 1) % tone->n_steps;
        if (!fits(&g->past[i], tone, step))
            break;
        if (g->past[i].is_on) {
            if (on != NULL && !is_alike(on, &g->past[i]))
                break;
            on = &g->past[i];
            *has_on = true;
        }
        n++;
    }
    return n;
}

/* How many lengths must fit before a cadence is believed: more for short ones, which chance makes
 * sooner. */
static int fits_needed(const struct tone_spec *tone)
{
    int32_t period_ms = 0;
    int n;

    for (int i = 0; i < tone->n_steps; i++)
        period_ms += tone->steps_ms[i];
    if (period_ms < SHORT_PERIOD_MS) {
        n = (BELIEVE_MS * tone->n_steps + period_ms - 1) / period_ms;
        n = n < 4 ? 4 : n < PROGRESS_LENGTHS ? n : PROGRESS_LENGTHS;
    } else {
        n = tone->steps_ms[0] < SHORT_ON_MS ? 3 : 2;
    }
    if (tone->n_steps > 2 && n < tone->n_steps) /* a simpler tone may look like a part of it */
        n = tone->n_steps < PROGRESS_LENGTHS ? tone->n_steps : PROGRESS_LENGTHS;
    return n;
}

static bool is_cadence(const struct progress_group *g, const struct tone_spec *tone)
{
    int needed = fits_needed(tone);

    for (int step = 0; step < tone->n_steps; step++) {
        bool has_on = false;
        int n = count_fits(g, tone, step, &has_on);
        if (has_on && n >= needed)
            return true;
    }
    return false;
}

static bool is_continuous(const struct progress_group *g, const struct plan_group *group,
                          const struct tone_spec *tone)
{
    int32_t least_ms = limit_ms(tone, group->longest_on_ms) + 100;

    least_ms = least_ms > CONTINUOUS_MS ? least_ms : CONTINUOUS_MS;
    if (!g->now.is_on || g->now.subs * SUB_MS < least_ms)
        return false;
    if (tone->modulation_hz > 0.0f)
        return g->purity > MODULATED_PURE_MIN;
    return is_steady(g) && g->purity > PURE_MIN;
}

static int recognise(const struct progress_rx *s, const struct progress_group *g,
                     const struct plan_group *group)
{
    for (int i = 0; i < group->n_tones; i++) {
        const struct tone_spec *tone = &s->plan->tones[group->tones[i]];
        if (tone->n_steps == 0 ? is_continuous(g, group, tone) : is_cadence(g, tone))
            return group->tones[i];
    }
    return -1;
}

/* Say whether the tone that was begun goes on. */
static bool goes_on(struct progress_group *g, const struct tone_spec *tone, bool is_ended_length)
{
    bool is_fit = false;
    bool is_over = true;

    if (tone->n_steps == 0)
        return g->now.is_on;
    for (int step = 0; step < tone->n_steps; step++) {
        is_fit |= g->n_past > 0 && fits(&g->past[g->n_past - 1], tone, step);
        is_over &= g->now.is_on != (step % 2 == 0) ||
                   g->now.subs * SUB_MS > limit_ms(tone, tone->steps_ms[step]) + RUN_OVER_MS;
    }
    if (is_ended_length)
        g->n_misfits = is_fit ? 0 : g->n_misfits + 1;
    return !is_over && g->n_misfits < 2;
}

static uint64_t smp_ago(const struct progress_rx *s, int32_t subs)
{
    /* A window of 40 ms changes its mind when it is half full: what it says is true of 20 ms ago. */
    int64_t at = ((int64_t)s->sub - subs - PROGRESS_TAPS / 2) * PLAN_SUB_SMP;

    return s->start_smp + (uint64_t)(at > 0 ? at : 0);
}

/* Where the tone began: at the first on of the lengths that fit. */
static uint64_t begin_of(const struct progress_rx *s, const struct progress_group *g,
                         const struct tone_spec *tone)
{
    int32_t back = g->now.subs;
    int32_t at_on = g->now.is_on ? back : 0;

    for (int i = g->n_past - 1; i >= 0 && tone->n_steps > 0; i--) {
        bool is_fit = false;
        for (int step = 0; step < tone->n_steps; step++)
            is_fit |= fits(&g->past[i], tone, step);
        if (!is_fit)
            break;
        back += g->past[i].subs;
        at_on = g->past[i].is_on ? back : at_on;
    }
    return smp_ago(s, at_on);
}

static struct dsp_event event_of(const struct progress_rx *s, const struct progress_group *g,
                                 int kind, uint64_t at_smp)
{
    return (struct dsp_event){.kind = (uint8_t)kind,
                              .tone = (uint8_t)g->tone,
                              .id = s->plan->id,
                              .at_smp = at_smp,
                              .power = g->tone_power};
}

static int begin(struct progress_rx *s, struct progress_group *g, int tone, struct dsp_event *out)
{
    g->tone = tone;
    g->n_misfits = 0;
    g->tone_power =
        (g->level > 0.0f ? g->level : g->last_level) / (float)s->plan->tones[tone].n_freqs;
    g->begin_smp = begin_of(s, g, &s->plan->tones[tone]);
    *out = event_of(s, g, DSP_TONE_BEGIN, g->begin_smp);
    return 1;
}

static int end(const struct progress_rx *s, struct progress_group *g, struct dsp_event *out)
{
    *out = event_of(s, g, DSP_TONE_END, g->on_end_smp);
    out->duration_smp = (uint32_t)(g->on_end_smp - g->begin_smp);
    g->tone = -1;
    g->n_past = 0;
    return 1;
}

static int follow(struct progress_rx *s, int index, float energy, struct dsp_event *out)
{
    const struct plan_group *group = &s->plan->groups[index];
    struct progress_group *g = &s->groups[index];
    struct sight sight = {.power = 0.0f};
    if (is_worth_a_look(s, index, energy))
        sight = look(s, group, energy);
    bool is_on = is_on_now(g, group, &sight);
    bool is_ended = lengthen(g, is_on);

    if (g->now.is_on && is_on) {
        track(g, &sight);
        g->on_end_smp = smp_ago(s, 0);
    }
    if (g->tone >= 0)
        return goes_on(g, &s->plan->tones[g->tone], is_ended) ? 0 : end(s, g, out);
    if (g->n_past == 0 && !g->now.is_on)
        return 0;
    int tone = recognise(s, g, group);
    return tone >= 0 ? begin(s, g, tone, out) : 0;
}

static int decide(struct progress_rx *s, struct dsp_event *out)
{
    float energy = 0.0f;
    int n_out = 0;

    for (int i = 0; i < PROGRESS_TAPS; i++)
        energy += s->energy[i] / (PROGRESS_TAPS * PLAN_SUB_SMP);
    for (int g = 0; g < s->plan->n_groups; g++)
        n_out += follow(s, g, energy, out + n_out);
    return n_out;
}

int progress_rx_process(struct progress_rx *s, const float *pcm, size_t n, struct dsp_event *out)
{
    int n_out = 0;

    while (n > 0) {
        size_t room = (size_t)(PLAN_SUB_SMP - s->n_buf);
        size_t m = n < room ? n : room;
        memcpy(s->buf + s->n_buf, pcm, m * sizeof *pcm);
        s->n_buf += (int)m;
        pcm += m;
        n -= m;
        if (s->n_buf < PLAN_SUB_SMP)
            break;
        correlate(s);
        n_out += decide(s, out + n_out);
    }
    return n_out;
}

int progress_rx_finish(struct progress_rx *s, struct dsp_event *out)
{
    int n_out = 0;

    for (int g = 0; g < s->plan->n_groups; g++)
        if (s->groups[g].tone >= 0)
            n_out += end(s, &s->groups[g], out + n_out);
    return n_out;
}
