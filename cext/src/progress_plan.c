/* Preparation of the tone list. Runs at init only, so it may use libm. */
#include "progress_plan.h"

#include <errno.h>  /* EINVAL, E2BIG */
#include <math.h>   /* sin, cos */
#include <string.h> /* memset */

static const double PI = 3.14159265358979323846;
static const float FREQ_MARGIN = 0.014f; /* what is allowed must pass in spite of noise */
static const float NARROW_HZ = 80.0f;    /* less between two frequencies: 10 ms do not part them */
static const float CLOSE_PART = 0.4f;    /* of the distance to the next frequency */
static const float LEVEL_MARGIN = 0.5f;  /* 3 dB, the same */

static bool is_sane(const struct tone_spec *t)
{
    if (t->n_freqs < 1 || t->n_freqs > DSP_TONE_FREQS || t->n_steps < 0 ||
        t->n_steps > DSP_TONE_STEPS)
        return false;
    for (int i = 0; i < t->n_freqs; i++)
        if (!(t->freqs_hz[i] >= 200.0f && t->freqs_hz[i] <= 3600.0f))
            return false;
    if (!(t->freq_tolerance >= 0.0f && t->freq_tolerance <= 0.1f && t->power_min >= 0.0f) ||
        t->slack_percent < 0 || t->slack_percent > 25)
        return false;
    for (int i = 0; i < t->n_steps; i++)
        if (t->steps_ms[i] < 1 || t->steps_ms[i] > 60000)
            return false;
    return t->n_steps % 2 == 0;
}

static int index_of_freq(struct progress_plan *p, float hz)
{
    for (int i = 0; i < p->n_freqs; i++)
        if (p->freqs_hz[i] == hz)
            return i;
    if (p->n_freqs == PLAN_MAX_FREQS)
        return -1;
    p->freqs_hz[p->n_freqs] = hz;
    return p->n_freqs++;
}

static struct plan_group *group_of(struct progress_plan *p, const int *freqs, int n)
{
    for (int g = 0; g < p->n_groups; g++) {
        struct plan_group *group = &p->groups[g];
        if (group->n_freqs == n && memcmp(group->freqs, freqs, (size_t)n * sizeof *freqs) == 0)
            return group;
    }
    if (p->n_groups == PLAN_MAX_GROUPS)
        return NULL;
    struct plan_group *group = &p->groups[p->n_groups++];
    group->n_freqs = n;
    memcpy(group->freqs, freqs, (size_t)n * sizeof *freqs);
    return group;
}

/* Tolerance of frequency i of a tone; not so wide that one of a close pair could be taken for both. */
static float tolerance_of(const struct tone_spec *t, int i)
{
    float widest = t->freq_tolerance + FREQ_MARGIN;

    for (int k = 0; k < t->n_freqs; k++) {
        float apart_hz = t->freqs_hz[k] - t->freqs_hz[i];
        apart_hz = apart_hz < 0.0f ? -apart_hz : apart_hz;
        if (k != i && CLOSE_PART * apart_hz < widest * t->freqs_hz[i])
            widest = CLOSE_PART * apart_hz / t->freqs_hz[i];
    }
    return widest;
}

static void widen(struct plan_group *group, const struct tone_spec *t)
{
    float power_min = LEVEL_MARGIN * t->power_min * (float)t->n_freqs;

    if (group->n_tones == 0 || power_min < group->power_min)
        group->power_min = power_min;
    for (int i = 0; i < group->n_freqs; i++) {
        float tolerance = tolerance_of(t, i);
        if (i > 0 && t->freqs_hz[i] - t->freqs_hz[i - 1] < NARROW_HZ)
            group->is_narrow = true;
        if (tolerance > group->freq_tolerance[i])
            group->freq_tolerance[i] = tolerance;
    }
    for (int i = 0; i < t->n_steps; i += 2)
        if (t->steps_ms[i] > group->longest_on_ms)
            group->longest_on_ms = t->steps_ms[i];
}

static int add_tone(struct progress_plan *p, const struct tone_spec *t)
{
    int freqs[DSP_TONE_FREQS];
    struct plan_group *group;

    if (!is_sane(t))
        return -EINVAL;
    for (int i = 0; i < t->n_freqs; i++) {
        freqs[i] = index_of_freq(p, t->freqs_hz[i]);
        if (freqs[i] < 0)
            return -E2BIG;
    }
    group = group_of(p, freqs, t->n_freqs);
    if (group == NULL)
        return -E2BIG;
    widen(group, t);
    group->tones[group->n_tones++] = p->n_tones;
    p->tones[p->n_tones++] = *t;
    return 0;
}

static void fill_correlators(struct progress_plan *p)
{
    p->n_lanes = (2 * p->n_freqs + 3) / 4 * 4;
    for (int f = 0; f < p->n_freqs; f++) {
        double turn = 2.0 * PI * (double)p->freqs_hz[f] / DSP_RATE_HZ;
        for (int n = 0; n < PLAN_SUB_SMP; n++) {
            p->correlator[n * p->n_lanes + 2 * f] = (float)cos(turn * n);
            p->correlator[n * p->n_lanes + 2 * f + 1] = (float)-sin(turn * n);
        }
        p->back[f][0] = (float)cos(turn * PLAN_SUB_SMP);
        p->back[f][1] = (float)-sin(turn * PLAN_SUB_SMP);
    }
}

static void set_limits(struct progress_plan *p)
{
    for (int g = 0; g < p->n_groups; g++)
        for (int i = 0; i < p->groups[g].n_freqs; i++) {
            double hz = (double)p->freqs_hz[p->groups[g].freqs[i]];
            double off =
                2.0 * PI * hz * (double)p->groups[g].freq_tolerance[i] * PLAN_SUB_SMP / DSP_RATE_HZ;
            p->groups[g].turn_cos_min[i] =
                (float)cos(off < 0.8 * PI ? off : 0.8 * PI); /* 10 ms see no more than 50 Hz */
        }
}

int progress_plan_init(struct progress_plan *p, const struct tone_spec *tones, int n_tones)
{
    memset(p, 0, sizeof *p);
    if (n_tones > DSP_MAX_TONES)
        return -E2BIG;
    for (int i = 0; i < n_tones; i++) {
        int error = add_tone(p, &tones[i]);
        if (error != 0)
            return error;
    }
    fill_correlators(p);
    set_limits(p);
    return 0;
}
