/* Longer and shorter. */
#include "stretch.h"

#include <string.h> /* memcpy */

#include "jitter.h"
#include "pitch.h"

enum {
    TICK = DSP_BLOCK_SMP,
    LEAST_LAG = 40,
    WAIT_TICKS = 3,   /* between two changes */
    HURRY_TICKS = 10, /* after so many refusals anything goes */
    FAR_SMP = 800     /* so far off it is done at the next place that will do */
};

static const float QUIET = 90.0f * 90.0f; /* mean square: -48 dBm0 */
static const float ALIKE = 0.7f;

static int16_t at(const struct jitter *s, uint32_t i)
{
    return s->line[(s->play + i) % JITTER_LINE_SMP];
}

int stretch_run(const struct jitter *s, int n)
{
    int i = 0;

    if (s->n_spare > 0)
        return n < s->n_spare ? n : s->n_spare;
    while (i < n && at(s, (uint32_t)i) != STRETCH_MISSING)
        i++;
    return i;
}

int stretch_gap(const struct jitter *s, int n)
{
    int i = 0;

    while (i < n && at(s, (uint32_t)i) == STRETCH_MISSING)
        i++;
    return i;
}

void stretch_pass(struct jitter *s, int n)
{
    for (int i = 0; i < n; i++)
        s->line[(s->play + (uint32_t)i) % JITTER_LINE_SMP] = STRETCH_MISSING;
    s->play += (uint32_t)n;
}

void stretch_take(struct jitter *s, int16_t *pcm, int n)
{
    if (s->n_spare > 0) {
        memcpy(pcm, s->spare, (size_t)n * sizeof *pcm);
        s->n_spare -= n;
        memmove(s->spare, s->spare + n, (size_t)s->n_spare * sizeof *pcm);
        return;
    }
    for (int i = 0; i < n; i++)
        pcm[i] = at(s, (uint32_t)i);
    stretch_pass(s, n);
}

static bool is_quiet(const float *x)
{
    float sum = 0.0f;

    for (int i = 0; i < TICK; i++)
        sum += x[i] * x[i];
    return sum < QUIET * TICK;
}

/* Find how far to go; 0: not here. */
static int choose(struct jitter *s, const float *x, int way, int wanted, int high)
{
    if (is_quiet(x))
        return wanted < high ? wanted : high;
    if (high < LEAST_LAG || s->is_fixed)
        return 0;
    struct pitch found = pitch_find(x, TICK, way, LEAST_LAG, high);
    bool is_hasty = s->n_refused >= HURRY_TICKS && wanted > FAR_SMP / (way > 0 ? 1 : 8);
    if (found.likeness < ALIKE && !is_hasty) {
        s->n_refused++;
        return 0;
    }
    return found.lag;
}

/* Blend from `x` to `y` over a tick. */
static void blend(const float *x, const float *y, int16_t *pcm)
{
    for (int i = 0; i < TICK; i++) {
        float w = ((float)i + 0.5f) * (1.0f / TICK);
        float v = x[i] + w * (y[i] - x[i]);
        pcm[i] = (int16_t)(v + (v < 0.0f ? -0.5f : 0.5f));
    }
}

static void changed(struct jitter *s, int16_t *pcm)
{
    plc_receive(&s->plc, pcm, TICK);
    s->n_wait = WAIT_TICKS;
    s->n_refused = 0;
    s->is_noise = false;
}

/* Leave out a period that lies ahead. */
static bool shorten(struct jitter *s, int32_t over, int16_t *pcm)
{
    float x[TICK + PITCH_MAX_LAG];
    int n = stretch_run(s, TICK + PITCH_MAX_LAG);
    int high = n - TICK < over ? n - TICK : (int)over;

    if (high <= 0)
        return false;
    for (int i = 0; i < n; i++)
        x[i] = (float)at(s, (uint32_t)i);
    int lag = choose(s, x, 1, (int)over, high);
    if (lag == 0)
        return false;
    blend(x, x + lag, pcm);
    stretch_pass(s, TICK + lag);
    s->removed_smp += (uint32_t)lag;
    changed(s, pcm);
    return true;
}

/* Say the last period again: what follows is the signal `lag` samples later. */
static bool lengthen(struct jitter *s, int32_t under, int16_t *pcm)
{
    float x[PITCH_MAX_LAG + TICK];
    float y[PITCH_MAX_LAG + TICK];
    int most = under + TICK < PLC_MAX_LAG ? (int)under + TICK : PLC_MAX_LAG;

    if (stretch_run(s, TICK) < TICK)
        return false;
    plc_past(&s->plc, x, PITCH_MAX_LAG);
    for (int i = 0; i < TICK; i++)
        x[PITCH_MAX_LAG + i] = (float)at(s, (uint32_t)i);
    int lag = choose(s, x + PITCH_MAX_LAG, -1, (int)under, most);
    if (lag == 0)
        return false;
    memcpy(y, x + PITCH_MAX_LAG - lag, (size_t)(lag + TICK) * sizeof *y);
    blend(x + PITCH_MAX_LAG, y, pcm);
    if (lag < TICK)
        stretch_pass(s, TICK - lag);
    s->n_spare = lag > TICK ? lag - TICK : 0;
    for (int i = 0; i < s->n_spare; i++)
        s->spare[i] = (int16_t)y[TICK + i];
    s->inserted_smp += (uint32_t)lag;
    changed(s, pcm);
    return true;
}

bool stretch_play(struct jitter *s, int32_t over, int16_t *pcm)
{
    if (s->n_spare > 0 || s->n_wait > 0)
        return false;
    if (s->is_fixed && over > -STRETCH_DRIFT_SMP && over < STRETCH_DRIFT_SMP)
        return false;
    if (over < 0)
        return lengthen(s, over > -JITTER_LINE_SMP ? -over : JITTER_LINE_SMP, pcm);
    return over >= STRETCH_DEAD_SMP && shorten(s, over, pcm);
}
