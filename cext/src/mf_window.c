/* Tones of MFC/R2 in the last 20 ms. */
#include "mf_window.h"

#include <math.h>   /* sqrtf: one instruction */
#include <string.h> /* memcpy, memset */

#include "lanes.h"

enum { DECIMATION = MF_SUB_SMP / MF_SMP, GAPS = 4, SIDES = 3, ALIGNED = 16 };

static const float QUIET_MAX = 1.7e-5f; /* -41.5 dBm0, all together */

void mf_window_set(struct mf_window *w, int direction)
{
    memset(w, 0, sizeof *w);
    w->direction = direction;
    w->n_quiet = MF_SILENCE;
}

static inline lanes weight(const float *from)
{
    return lanes_load(__builtin_assume_aligned(from, ALIGNED));
}

/* Filter samples x[0..15] into four parts of re and of im: mirrored samples have the same cosine, and opposite sines. */
static inline void filter(const float *x, const lanes *taps, lanes *re, lanes *im)
{
    lanes a = lanes_load(x), b = lanes_load(x + 4), c = lanes_load(x + 8), d = lanes_load(x + 12);

    c = __builtin_shufflevector(c, c, 3, 2, 1, 0);
    d = __builtin_shufflevector(d, d, 3, 2, 1, 0);
    *re = (a + d) * taps[0] + (b + c) * taps[2];
    *im = (a - d) * taps[1] + (b - c) * taps[3];
}

/* The sums of the parts of each. */
static inline lanes sums_of(const lanes v[4])
{
    lanes a = __builtin_shufflevector(v[0], v[1], 0, 1, 4, 5) +
              __builtin_shufflevector(v[0], v[1], 2, 3, 6, 7);
    lanes b = __builtin_shufflevector(v[2], v[3], 0, 1, 4, 5) +
              __builtin_shufflevector(v[2], v[3], 2, 3, 6, 7);

    return __builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7);
}

/* Bring a sub-block to 8 complex samples about 0 Hz, two at a time. */
static void decimate(const struct mf_window *w, int part, uint32_t slot, float *out)
{
    const float *turn = mf_turn[part - 1][slot];
    const float *x = w->pcm + MF_SUB_SMP * slot + 1;
    lanes taps[4];

    for (int i = 0; i < 4; i++)
        taps[i] = weight(mf_tap[part - 1] + 4 * i);
    for (int i = 0; i < 2 * MF_SMP; i += 4, x += 2 * DECIMATION, turn += 8) {
        lanes v[4];
        filter(x, taps, &v[0], &v[1]);
        filter(x + DECIMATION, taps, &v[2], &v[3]);
        lanes y = sums_of(v), crossed = __builtin_shufflevector(y, y, 1, 0, 3, 2);
        lanes_store(out + i, y * weight(turn) + crossed * weight(turn + 4));
    }
}

/* Correlate the window that ends with band[last & 3] with places on both sides of the centre:
 * out[place][below (re, im), above (re, im)]. */
static inline void correlate(const float (*band)[2 * MF_SMP], uint32_t last, const float *weights,
                             int n, lanes *out)
{
    const lanes sign = {-1.0f, 1.0f, 1.0f, -1.0f}; /* even + j odd; even - j odd */
    lanes even[GAPS] = {{0}}, odd[GAPS] = {{0}};

    for (uint32_t half = 0; half < 2; half++) {
        const float *early = band[(last + 2 - half) & 3] + 2 * MF_SMP;
        const float *late = band[(last + 3 + half) & 3];
        for (int i = 0; i < 2 * MF_SMP; i += 4, weights += 8 * n) {
            lanes a = lanes_load(late + i), b = lanes_load(early - 4 - i);
            b = __builtin_shufflevector(b, b, 2, 3, 0, 1);
            lanes sum = a + b, difference = a - b;
            for (int k = 0; k < n; k++) {
                even[k] += sum * weight(weights + 8 * k);
                odd[k] += difference * weight(weights + 8 * k + 4);
            }
        }
    }
    for (int k = 0; k < n; k++)
        out[k] = __builtin_shufflevector(even[k], even[k], 0, 1, 0, 1) +
                 __builtin_shufflevector(even[k], even[k], 2, 3, 2, 3) +
                 (__builtin_shufflevector(odd[k], odd[k], 1, 0, 1, 0) +
                  __builtin_shufflevector(odd[k], odd[k], 3, 2, 3, 2)) *
                     sign;
}

static inline void tones_of(const float (*band)[2 * MF_SMP], uint32_t last, float *tone,
                            float *power)
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

float mf_window_total(const struct mf_window *w)
{
    return (w->energy[0] + w->energy[1] + w->energy[2] + w->energy[3]) * (0.25f / MF_SUB_SMP);
}

/* Keep a sub-block, in which a signal may be or none. */
static void keep(struct mf_window *w, bool is_quiet)
{
    float *sub = mf_window_next(w);
    float *band = w->band[++w->step & 3];

    if (is_quiet) {
        memset(sub, 0, MF_SUB_SMP * sizeof sub[0]);
        memset(band, 0, sizeof w->band[0]);
    } else {
        decimate(w, w->direction, w->slot, band);
    }
    if (++w->slot == MF_STEPS) {
        w->slot = 0;
        memcpy(w->pcm, sub + MF_SUB_SMP - MF_PAST, MF_PAST * sizeof sub[0]);
    }
}

bool mf_window_take(struct mf_window *w)
{
    const float *sub = mf_window_next(w);
    float sum = lanes_dot(sub, sub, MF_SUB_SMP);
    bool is_quiet = sum < QUIET_MAX * MF_SUB_SMP;

    w->n_quiet = is_quiet ? w->n_quiet + 1 : 0;
    if (w->n_quiet > MF_SILENCE) {
        w->n_quiet = MF_SILENCE;
        return false;
    }
    keep(w, is_quiet);
    w->energy[w->step & 3] = sum;
    float *tone = w->tone[w->step & 1], *power = w->power[w->step & (MF_HISTORY - 1)];
    if (w->n_quiet < 4) {
        tones_of((const float(*)[2 * MF_SMP]) w->band, w->step, tone, power);
    } else {
        memset(tone, 0, sizeof w->tone[0]);
        memset(power, 0, sizeof w->power[0]);
    }
    return w->n_quiet < 4;
}

float mf_window_energy(const struct mf_window *w)
{
    return energy_of((const float(*)[2 * MF_SMP]) w->band, w->step, mf_window_powers(w, 0));
}

/* Bring the last 20 ms of another part of the spectrum to 0 Hz; the first of the five slots is the oldest. */
static void another(const struct mf_window *w, int part, float (*band)[2 * MF_SMP])
{
    for (uint32_t i = 0; i < 4; i++)
        decimate(w, part, (w->slot + 1 + i) % MF_STEPS, band[i]);
}

float mf_window_other(const struct mf_window *w, float power[MF_TONES])
{
    float band[4][2 * MF_SMP], tone[2 * MF_TONES];

    another(w, 3 - w->direction, band);
    tones_of((const float(*)[2 * MF_SMP]) band, 3, tone, power);
    return energy_of((const float(*)[2 * MF_SMP]) band, 3, power);
}

float mf_window_low(const struct mf_window *w)
{
    float band[4][2 * MF_SMP], tone[2 * MF_TONES], power[MF_TONES];
    lanes gap[GAPS];

    another(w, 3, band);
    tones_of((const float(*)[2 * MF_SMP]) band, 3, tone, power);
    correlate((const float(*)[2 * MF_SMP]) band, 3, mf_gap_window[0], GAPS, gap);
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
    float size = along * along + across * across;

    if (along <= 0.0f || along * along <= turn_cos * turn_cos * size)
        return false;
    size = sqrtf(size);
    float u = 1.0f - along / size;
    out->power = (now[0] * now[0] + now[1] * now[1]) * (1.0f + u * (mf_mend[0] + u * mf_mend[1]));
    out->turn[0] = along / size;
    out->turn[1] = across / size;
    return true;
}
