/* Tones of MFC/R2 in the last 20 ms. */
#include "mf_window.h"

#include <math.h>   /* sqrtf: one instruction */
#include <string.h> /* memcpy, memmove, memset */

#include "lanes.h"

enum {
    DECIMATION = MF_SUB_SMP / MF_SMP,
    GAPS = 4,
    SIDES = 3,
    SILENCE = MF_HISTORY + 4 /* sub-blocks until all that is kept is silence */
};

static const float QUIET_MAX = 1.7e-5f; /* -41.5 dBm0, all together */

void mf_window_set(struct mf_window *w, int direction)
{
    memset(w, 0, sizeof *w);
    w->direction = direction;
    w->n_quiet = SILENCE;
}

/* The sums of each of four vectors. */
static inline lanes sums_of(lanes a, lanes b, lanes c, lanes d)
{
    lanes ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
    lanes cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);

    return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

/* Two complex numbers with re and im exchanged. */
static inline lanes crossed(lanes v)
{
    return __builtin_shufflevector(v, v, 1, 0, 3, 2);
}

/* Bring a sub-block to 8 complex samples about 0 Hz, two at a time. */
static void decimate(const struct mf_window *w, int direction, uint32_t slot, float *out)
{
    const float *re = mf_tap[direction - 1][0], *im = mf_tap[direction - 1][1];
    const float *turn = mf_turn[direction - 1][slot];
    const float *x = w->pcm + MF_SUB_SMP * slot + 1;

    for (int i = 0; i < 2 * MF_SMP; i += 4, x += 2 * DECIMATION, turn += 8) {
        lanes a = {0}, b = {0}, c = {0}, d = {0};
        for (int n = 0; n < MF_TAPS; n += 4) {
            lanes early = lanes_load(x + n), late = lanes_load(x + DECIMATION + n);
            a += early * lanes_load(re + n), b += early * lanes_load(im + n);
            c += late * lanes_load(re + n), d += late * lanes_load(im + n);
        }
        lanes y = sums_of(a, b, c, d);
        lanes_store(out + i, y * lanes_load(turn) + crossed(y) * lanes_load(turn + 4));
    }
}

/* Correlate the window that ends with band[last & 3] with places on both sides of the centre:
 * out[place][below (re, im), above (re, im)]. */
static inline void correlate(const float (*band)[2 * MF_SMP], uint32_t last, const float *weights,
                             int n, lanes *out)
{
    lanes even[GAPS] = {{0}}, odd[GAPS] = {{0}};

    for (uint32_t half = 0; half < 2; half++) {
        const float *early = band[(last + 2 - half) & 3] + 2 * MF_SMP;
        const float *late = band[(last + 3 + half) & 3];
        for (int i = 0; i < 2 * MF_SMP; i += 4, weights += 8 * n) {
            lanes a = lanes_load(late + i), b = lanes_load(early - 4 - i);
            b = __builtin_shufflevector(b, b, 2, 3, 0, 1);
            lanes sum = a + b, difference = a - b;
            for (int k = 0; k < n; k++) {
                even[k] += sum * lanes_load(weights + 8 * k);
                odd[k] += difference * lanes_load(weights + 8 * k + 4);
            }
        }
    }
    for (int k = 0; k < n; k++) {
        const lanes sign = {-1.0f, 1.0f, 1.0f, -1.0f}; /* even + j odd; even - j odd */
        lanes c = __builtin_shufflevector(even[k], even[k], 0, 1, 0, 1) +
                  __builtin_shufflevector(even[k], even[k], 2, 3, 2, 3);
        lanes s = __builtin_shufflevector(odd[k], odd[k], 1, 0, 1, 0) +
                  __builtin_shufflevector(odd[k], odd[k], 3, 2, 3, 2);
        out[k] = c + s * sign;
    }
}

static inline void tones_of(const float (*band)[2 * MF_SMP], uint32_t last, float *tone, float *power)
{
    lanes found[SIDES];

    correlate(band, last, mf_tone_window[0], SIDES, found);
    for (int k = 0; k < SIDES; k++) {
        lanes square = found[k] * found[k];
        tone[4 - 2 * k] = found[k][0], tone[5 - 2 * k] = found[k][1];
        tone[6 + 2 * k] = found[k][2], tone[7 + 2 * k] = found[k][3];
        power[2 - k] = square[0] + square[1];
        power[3 + k] = square[2] + square[3];
    }
}

static float energy_of(const float (*band)[2 * MF_SMP], uint32_t last, const float *power)
{
    lanes found[GAPS], sum = {0};
    float energy = 0.0f;

    correlate(band, last, mf_gap_window[0], GAPS, found);
    for (int k = 0; k < GAPS; k++)
        sum += found[k] * found[k];
    for (int k = 0; k < MF_TONES; k++)
        energy += power[k];
    return (energy + lanes_sum(sum)) * mf_spread[0];
}

float *mf_window_next(struct mf_window *w)
{
    return w->pcm + MF_PAST + MF_SUB_SMP * (w->step % MF_STEPS);
}

/* Keep a sub-block, in which a signal may be or none. */
static void keep(struct mf_window *w, bool is_quiet)
{
    float *sub = mf_window_next(w);
    uint32_t slot = w->step++ % MF_STEPS;

    if (is_quiet) {
        memset(sub, 0, MF_SUB_SMP * sizeof sub[0]);
        memset(w->band[w->step & 3], 0, sizeof w->band[0]);
    } else {
        decimate(w, w->direction, slot, w->band[w->step & 3]);
    }
    if (slot == MF_STEPS - 1)
        memcpy(w->pcm, sub + MF_SUB_SMP - MF_PAST, MF_PAST * sizeof sub[0]);
}

bool mf_window_take(struct mf_window *w)
{
    const float *sub = mf_window_next(w);
    float energy = lanes_dot(sub, sub, MF_SUB_SMP);
    bool is_quiet = energy < QUIET_MAX * MF_SUB_SMP;

    w->n_quiet = is_quiet ? w->n_quiet + 1 : 0;
    if (w->n_quiet > SILENCE) {
        w->n_quiet = SILENCE;
        return false;
    }
    keep(w, is_quiet);
    w->energy[w->step & 3] = energy;
    float *tone = w->tone[w->step & 1], *power = w->power[w->step & (MF_HISTORY - 1)];
    if (w->n_quiet < 4) {
        tones_of((const float(*)[2 * MF_SMP])w->band, w->step, tone, power);
    } else {
        memset(tone, 0, sizeof w->tone[0]);
        memset(power, 0, sizeof w->power[0]);
    }
    return true;
}

const float *mf_window_powers(const struct mf_window *w, int age)
{
    return w->power[(w->step - (uint32_t)age) & (MF_HISTORY - 1)];
}

float mf_window_energy(const struct mf_window *w)
{
    return energy_of((const float(*)[2 * MF_SMP])w->band, w->step, mf_window_powers(w, 0));
}

float mf_window_total(const struct mf_window *w)
{
    return (w->energy[0] + w->energy[1] + w->energy[2] + w->energy[3]) * (0.25f / MF_SUB_SMP);
}

/* Bring the last 20 ms of another part of the spectrum to 0 Hz; the first of the five slots is the oldest. */
static void another(const struct mf_window *w, int part, float (*band)[2 * MF_SMP])
{
    for (uint32_t i = 0; i < 4; i++)
        decimate(w, part, (w->step + 1 + i) % MF_STEPS, band[i]);
}

float mf_window_other(const struct mf_window *w, float power[MF_TONES])
{
    float band[4][2 * MF_SMP], tone[2 * MF_TONES];

    another(w, 3 - w->direction, band);
    tones_of((const float(*)[2 * MF_SMP])band, 3, tone, power);
    return energy_of((const float(*)[2 * MF_SMP])band, 3, power);
}

float mf_window_low(const struct mf_window *w)
{
    float band[4][2 * MF_SMP], tone[2 * MF_TONES], power[MF_TONES];
    lanes gap[GAPS];

    another(w, 3, band);
    tones_of((const float(*)[2 * MF_SMP])band, 3, tone, power);
    correlate((const float(*)[2 * MF_SMP])band, 3, mf_gap_window[0], GAPS, gap);
    return (power[1] + power[2] + power[3] + power[4] + lanes_sum(gap[0] * gap[0]) +
            lanes_sum(gap[1] * gap[1])) *
           mf_spread[0];
}

bool mf_window_measure(const struct mf_window *w, int tone, float turn_cos, struct mf_tone *out)
{
    const float *now = w->tone[w->step & 1] + 2 * tone, *old = w->tone[~w->step & 1] + 2 * tone;
    const float *shift = mf_shift[tone];
    float re = old[0] * shift[0] - old[1] * shift[1], im = old[0] * shift[1] + old[1] * shift[0];
    float along = now[0] * re + now[1] * im, across = now[1] * re - now[0] * im;
    float size = sqrtf(along * along + across * across);

    if (along <= turn_cos * size)
        return false;
    float u = 1.0f - along / size;
    out->power = (now[0] * now[0] + now[1] * now[1]) * (1.0f + u * (mf_mend[0] + u * mf_mend[1]));
    out->turn[0] = along / size;
    out->turn[1] = across / size;
    return true;
}
