/* Tones of MFC/R2 in the last 20 ms. */
#include "mf_window.h"

#include <math.h>   /* sqrtf: one instruction */
#include <string.h> /* memcpy, memmove, memset */

#include "lanes.h"

enum {
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
static void decimate(struct mf_window *w)
{
    const float *re = mf_tap[w->direction - 1][0], *im = mf_tap[w->direction - 1][1];
    const float *turn = mf_turn[w->direction - 1][w->step % MF_STEPS];
    float *out = w->band[w->step & 3];

    for (int i = 0; i < MF_SMP; i += 2) {
        const float *x = w->pcm + 1 + MF_SUB_SMP / MF_SMP * i;
        lanes a = {0}, b = {0}, c = {0}, d = {0};
        for (int n = 0; n < MF_TAPS; n += 4) {
            lanes early = lanes_load(x + n), late = lanes_load(x + MF_SUB_SMP / MF_SMP + n);
            a += early * lanes_load(re + n), b += early * lanes_load(im + n);
            c += late * lanes_load(re + n), d += late * lanes_load(im + n);
        }
        lanes y = sums_of(a, b, c, d);
        lanes_store(out + 2 * i, y * lanes_load(turn + 4 * i) + crossed(y) * lanes_load(turn + 4 * i + 4));
    }
}

/* Correlate the window with places on both sides of the centre: out[place][below (re, im), above (re, im)]. */
static inline void correlate(const struct mf_window *w, const float *weights, int n, lanes *out)
{
    lanes even[GAPS] = {{0}}, odd[GAPS] = {{0}};

    for (uint32_t half = 0; half < 2; half++) {
        const float *early = w->band[(w->step + 2 - half) & 3] + 2 * MF_SMP;
        const float *late = w->band[(w->step + 3 + half) & 3];
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

static void look(struct mf_window *w)
{
    float *tone = w->tone[w->step & 1], *power = w->power[w->step & (MF_HISTORY - 1)];
    lanes found[SIDES];

    correlate(w, mf_tone_window[0], SIDES, found);
    for (int k = 0; k < SIDES; k++) {
        lanes square = found[k] * found[k];
        tone[4 - 2 * k] = found[k][0], tone[5 - 2 * k] = found[k][1];
        tone[6 + 2 * k] = found[k][2], tone[7 + 2 * k] = found[k][3];
        power[2 - k] = square[0] + square[1];
        power[3 + k] = square[2] + square[3];
    }
}

static void clear(struct mf_window *w)
{
    memset(w->tone[w->step & 1], 0, sizeof w->tone[0]);
    memset(w->power[w->step & (MF_HISTORY - 1)], 0, sizeof w->power[0]);
}

bool mf_window_take(struct mf_window *w)
{
    bool is_quiet = lanes_dot(w->pcm + MF_PAST, w->pcm + MF_PAST, MF_SUB_SMP) < QUIET_MAX * MF_SUB_SMP;

    w->n_quiet = is_quiet ? w->n_quiet + 1 : 0;
    if (w->n_quiet > SILENCE) {
        w->n_quiet = SILENCE;
        return false;
    }
    w->step++;
    if (is_quiet) {
        memset(w->band[w->step & 3], 0, sizeof w->band[0]);
        memset(w->pcm, 0, MF_PAST * sizeof w->pcm[0]);
    } else {
        decimate(w);
        memcpy(w->pcm, w->pcm + MF_SUB_SMP, MF_PAST * sizeof w->pcm[0]);
    }
    if (w->n_quiet < 4)
        look(w);
    else
        clear(w);
    return true;
}

const float *mf_window_powers(const struct mf_window *w, int age)
{
    return w->power[(w->step - (uint32_t)age) & (MF_HISTORY - 1)];
}

float mf_window_energy(const struct mf_window *w)
{
    const float *power = mf_window_powers(w, 0);
    lanes found[GAPS], sum = {0};
    float energy = 0.0f;

    correlate(w, mf_gap_window[0], GAPS, found);
    for (int k = 0; k < GAPS; k++)
        sum += found[k] * found[k];
    for (int k = 0; k < MF_TONES; k++)
        energy += power[k];
    return (energy + lanes_sum(sum)) * mf_spread[0];
}

float mf_window_mended(const struct mf_window *w, int tone, float turn_cos)
{
    const float *now = w->tone[w->step & 1] + 2 * tone, *old = w->tone[~w->step & 1] + 2 * tone;
    const float *shift = mf_shift[tone];
    float re = old[0] * shift[0] - old[1] * shift[1], im = old[0] * shift[1] + old[1] * shift[0];
    float along = now[0] * re + now[1] * im, across = now[1] * re - now[0] * im;
    float size = sqrtf(along * along + across * across);

    if (along <= turn_cos * size)
        return 0.0f;
    float u = 1.0f - along / size;
    return (now[0] * now[0] + now[1] * now[1]) * (1.0f + u * (mf_mend[0] + u * mf_mend[1]));
}
