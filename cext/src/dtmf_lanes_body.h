/* The filter bank for vectors of LANES_WIDE lanes; included once for each width, see dtmf_lanes.h.
 *
 * The correlation of a sub-block is taken about its middle: cosines need only sums, sines only
 * differences of samples that mirror each other, which halves the work.
 */
#include <math.h>   /* sqrtf: one instruction */
#include <string.h> /* memcpy: becomes one unaligned load or store */

#include "dtmf_lanes.h"

typedef float vec __attribute__((vector_size(4 * LANES_WIDE)));
typedef int32_t mask __attribute__((vector_size(4 * LANES_WIDE)));

enum { HALF = DTMF_SUB_SMP / 2, HOP = DTMF_HOP_SMP };

static const float NO_DENORMALS = 1e-15f; /* keeps the notches from fading into slow numbers */
static const float COARSE_PURITY = 0.30f; /* before the frequency error is known */
static const float taper4[4] = {0.038060f, 0.308658f, 0.691342f,
                                0.961940f}; /* raised cosine over 8 sub-blocks, one half of it */
static const float TAPER_SUM = 4.0f;

static inline vec load(const float *from)
{
    vec v;

    memcpy(&v, from, sizeof v);
    return v;
}

static inline void store(float *to, vec v)
{
    memcpy(to, &v, sizeof v);
}

static inline vec larger(vec a, vec b)
{
    mask is_larger = a > b;

    return (vec)(((mask)a & is_larger) | ((mask)b & ~is_larger));
}

#if LANES_WIDE == 1

static inline void gather(vec *x, const float *const *pcm)
{
    memcpy(x, pcm[0], HOP * sizeof *x);
}

#else

typedef float quad __attribute__((vector_size(16)));

static inline quad load_quad(const float *from)
{
    quad v;

    memcpy(&v, from, sizeof v);
    return v;
}

#if LANES_WIDE == 4
#define ROW(k)                 load_quad(pcm[k] + i)
#define PAIR(a, b, w, x, y, z) __builtin_shufflevector(a, b, w, x, y, z)
#else /* two times four channels, each half turned by itself */
#define ROW(k)                                                                                     \
    __builtin_shufflevector(load_quad(pcm[k] + i), load_quad(pcm[k + 4] + i), 0, 1, 2, 3, 4, 5, 6, \
                            7)
#define OF(k) ((k) < 4 ? (k) : (k) + 4)
#define PAIR(a, b, w, x, y, z)                                                                     \
    __builtin_shufflevector(a, b, OF(w), OF(x), OF(y), OF(z), OF(w) + 4, OF(x) + 4, OF(y) + 4,     \
                            OF(z) + 4)
#endif

/* Turn channels with their samples in a row into samples with their channels in a row. */
static inline void gather(vec *x, const float *const *pcm)
{
    for (int i = 0; i < HOP; i += 4) {
        vec a = ROW(0), b = ROW(1), c = ROW(2), d = ROW(3);
        vec ab_low = PAIR(a, b, 0, 4, 1, 5), ab_high = PAIR(a, b, 2, 6, 3, 7);
        vec cd_low = PAIR(c, d, 0, 4, 1, 5), cd_high = PAIR(c, d, 2, 6, 3, 7);
        x[i] = PAIR(ab_low, cd_low, 0, 1, 4, 5);
        x[i + 1] = PAIR(ab_low, cd_low, 2, 3, 6, 7);
        x[i + 2] = PAIR(ab_high, cd_high, 0, 1, 4, 5);
        x[i + 3] = PAIR(ab_high, cd_high, 2, 3, 6, 7);
    }
}

#endif

/* One notch: v its input, (x1, x2) the inputs and (y1, y2) the outputs before. */
static inline vec notch(const float *c, vec v, vec x1, vec x2, vec y1, vec y2)
{
    return (v + c[1] * x1 + x2 - c[3] * y2) -
           c[2] * y1; /* the newest last: shortest chain from sample to sample */
}

/* The three notches in a row; all of their state stays in registers. */
static inline void filter(float (*kept)[2][DTMF_LANES], vec *x)
{
    const float *c = dtmf_notch;
    const float gain = c[0] * c[4] * c[8];
    vec a1 = load(kept[0][0]), a2 = load(kept[0][1]), b1 = load(kept[1][0]), b2 = load(kept[1][1]);
    vec c1 = load(kept[2][0]), c2 = load(kept[2][1]), d1 = load(kept[3][0]), d2 = load(kept[3][1]);

    for (int i = 0; i < HOP; i++) {
        vec a0 = gain * x[i] + NO_DENORMALS;
        vec b0 = notch(c, a0, a1, a2, b1, b2);
        vec c0 = notch(c + 4, b0, b1, b2, c1, c2);
        vec d0 = notch(c + 8, c0, c1, c2, d1, d2);
        a2 = a1, a1 = a0;
        b2 = b1, b1 = b0;
        c2 = c1, c1 = c0;
        d2 = d1, d1 = d0;
        x[i] = d0;
    }
    store(kept[0][0], a1), store(kept[0][1], a2), store(kept[1][0], b1), store(kept[1][1], b2);
    store(kept[2][0], c1), store(kept[2][1], c2), store(kept[3][0], d1), store(kept[3][1], d2);
}

static inline vec sum_of_squares(const vec *x)
{
    vec a = {0}, b = {0};

    for (int i = 0; i < DTMF_SUB_SMP; i += 2) {
        a += x[i] * x[i];
        b += x[i + 1] * x[i + 1];
    }
    return a + b;
}

/* Correlate both sub-blocks of a hop with four tones: `parts` are [sub-block][HALF] sums or
 * differences, `weights` their cosines or sines, [HALF][16]. */
static inline void correlate(const vec (*parts)[HALF], const float (*weights)[16], vec (*out)[4])
{
    vec a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0}, b0 = {0}, b1 = {0}, b2 = {0}, b3 = {0};

    for (int i = 0; i < HALF; i++) {
        const float *w = weights[i];
        vec a = parts[0][i], b = parts[1][i];
        a0 += w[0] * a, b0 += w[0] * b;
        a1 += w[2] * a, b1 += w[2] * b;
        a2 += w[4] * a, b2 += w[4] * b;
        a3 += w[6] * a, b3 += w[6] * b;
    }
    out[0][0] = a0, out[0][1] = a1, out[0][2] = a2, out[0][3] = a3;
    out[1][0] = b0, out[1][1] = b1, out[1][2] = b2, out[1][3] = b3;
}

/* Turn the correlations of four tones to the phase of the first sub-block, and keep them. */
static inline void keep(const float *turn, const vec *cosines, const vec *sines,
                        float (*base)[DTMF_LANES])
{
    for (int k = 0; k < 4; k++) {
        float re = turn[2 * k], im = turn[2 * k + 1];
        store(base[2 * k], cosines[k] * re - sines[k] * im);
        store(base[2 * k + 1], cosines[k] * im + sines[k] * re);
    }
}

static inline void baseband(struct dtmf_lanes *l, int lane, const vec *x)
{
    vec sums[2][HALF], differences[2][HALF];
    vec cosines[2][4], sines[2][4];

    for (int i = 0; i < HALF; i++)
        for (int s = 0; s < 2; s++) {
            vec early = x[s * DTMF_SUB_SMP + i], late = x[(s + 1) * DTMF_SUB_SMP - 1 - i];
            sums[s][i] = early + late;
            differences[s][i] = early - late;
        }
    for (int group = 0; group < 16; group += 8) {
        correlate(sums, (const float(*)[16]) & dtmf_correlator[0][group], cosines);
        correlate(differences, (const float(*)[16]) & dtmf_correlator[0][group + 1], sines);
        for (uint32_t s = 0; s < 2; s++)
            keep(&dtmf_turn[(l->sub + s) % DTMF_TURN_STEPS][group], cosines[s], sines[s],
                 (float(*)[DTMF_LANES]) & l->base[(l->sub + s) % DTMF_TAPS][group][lane]);
    }
}

/* Weigh the last eight values under the raised cosine; rows[i & 7] is value i, the oldest `first`. */
static inline vec weigh(const float *rows, size_t stride, uint32_t first)
{
    vec sum = {0};

    for (uint32_t i = 0; i < 4; i++)
        sum += taper4[i] * (load(rows + (first + i) % DTMF_TAPS * stride) +
                            load(rows + (first + 7 - i) % DTMF_TAPS * stride));
    return sum;
}

/* Mean square of the signal under the 20 ms window. */
static inline vec window_energy(const struct dtmf_lanes *l, int lane)
{
    vec sum = {0};

    for (uint32_t i = 0; i < 4; i++)
        sum += taper4[i] * (load(&l->energy[(l->sub + DTMF_HISTORY - 8 + i) % DTMF_HISTORY][lane]) +
                            load(&l->energy[(l->sub + DTMF_HISTORY - 1 - i) % DTMF_HISTORY][lane]));
    return sum * (1.0f / (TAPER_SUM * DTMF_SUB_SMP));
}

/* Powers of the tones under the window, which a frequency error has reduced by up to 4 dB. */
static inline mask look(struct dtmf_lanes *l, int lane, float energy_min)
{
    const size_t stride = 16 * DTMF_LANES;
    vec energy = window_energy(l, lane);
    vec best[2] = {{0}, {0}};

    for (int k = 0; k < 8; k++) {
        vec re = weigh(&l->base[0][2 * k][lane], stride, l->sub);
        vec im = weigh(&l->base[0][2 * k + 1][lane], stride, l->sub);
        vec power = re * re + im * im;
        store(&l->window_power[k][lane], power);
        best[k / 4] = larger(power, best[k / 4]);
    }
    store(&l->window_energy[lane], energy);
    vec both = (best[0] + best[1]) * (0.5f / (TAPER_SUM * TAPER_SUM * HALF * HALF));
    return (both >= COARSE_PURITY * energy) & (energy >= energy_min);
}

static inline vec root(vec v)
{
    float r[LANES_WIDE];

    memcpy(r, &v, sizeof r);
    for (int i = 0; i < LANES_WIDE; i++)
        r[i] = sqrtf(r[i]);
    return load(r);
}

static inline vec choose(mask m, vec a, vec b)
{
    return (vec)(((mask)a & m) | ((mask)b & ~m));
}

/* Basebands of the strongest tone of a group in each lane (the first of equals), oldest first. */
static inline void take_strongest(const struct dtmf_lanes *l, int lane, int group,
                                  vec tone[DTMF_TAPS][2])
{
    const vec p0 = load(&l->window_power[group][lane]),
              p1 = load(&l->window_power[group + 1][lane]);
    const vec p2 = load(&l->window_power[group + 2][lane]);
    const vec p3 = load(&l->window_power[group + 3][lane]);
    const mask has_0 = (p0 >= p1) & (p0 >= p2) & (p0 >= p3);
    const mask has_1 = (p1 >= p2) & (p1 >= p3), has_2 = p2 >= p3;

    for (uint32_t j = 0; j < DTMF_TAPS; j++)
        for (int i = 0; i < 2; i++) {
            const float(*b)[DTMF_LANES] = &l->base[(l->sub + j) % DTMF_TAPS][2 * group + i];
            vec v = choose(has_2, load(&b[4][lane]), load(&b[6][lane]));
            v = choose(has_1, load(&b[2][lane]), v);
            tone[j][i] = choose(has_0, load(&b[0][lane]), v);
        }
}

/* Turn of the phase of a tone over 5 ms: 15 ms windows, one 5 ms after the other. */
static inline void phase_turn(vec tone[DTMF_TAPS][2], vec turn[2])
{
    static const float taper6[6] = {0.066987f, 0.5f, 0.933013f, 0.933013f, 0.5f, 0.066987f};
    vec a[2] = {{0}, {0}};
    vec b[2] = {{0}, {0}};

    for (int j = 0; j < 6; j++)
        for (int i = 0; i < 2; i++) {
            a[i] += taper6[j] * tone[j][i];
            b[i] += taper6[j] * tone[j + 2][i];
        }
    turn[0] = a[0] * b[0] + a[1] * b[1];
    turn[1] = a[0] * b[1] - a[1] * b[0];
}

/* Power of a tone with its frequency error taken out; `turn` is that of two sub-blocks. */
static inline vec tone_power(vec tone[DTMF_TAPS][2], const vec turn[2])
{
    vec size = root(turn[0] * turn[0] + turn[1] * turn[1]) + 1e-20f;
    vec half_cos = root(0.5f + 0.5f * turn[0] / size) + 1e-20f;
    vec half_sin = 0.5f * turn[1] / size / half_cos;
    vec re = 1.0f - (vec){0};
    vec im = {0};
    vec sum[2] = {{0}, {0}};

    for (int j = 0; j < DTMF_TAPS; j++) {
        float weight = taper4[j < 4 ? j : 7 - j];
        vec next = re * half_cos + im * half_sin;
        sum[0] += weight * (tone[j][0] * re - tone[j][1] * im);
        sum[1] += weight * (tone[j][0] * im + tone[j][1] * re);
        im = im * half_cos - re * half_sin;
        re = next;
    }
    return (sum[0] * sum[0] + sum[1] * sum[1]) * (0.5f / (TAPER_SUM * TAPER_SUM * HALF * HALF));
}

static inline void measure(struct dtmf_lanes *l, int lane)
{
    for (int g = 0; g < 2; g++) {
        vec tone[DTMF_TAPS][2];
        vec turn[2];
        take_strongest(l, lane, 4 * g, tone);
        phase_turn(tone, turn);
        store(&l->turn[g][0][lane], turn[0]);
        store(&l->turn[g][1][lane], turn[1]);
        store(&l->power[g][lane], tone_power(tone, turn));
    }
}

static inline uint32_t bits_of(mask m)
{
    uint32_t bits = 0;

    for (int i = 0; i < LANES_WIDE; i++)
        bits |= (uint32_t)(m[i] & 1) << i;
    return bits;
}

uint32_t LANES_HOP(struct dtmf_lanes *l, const float *const pcm[DTMF_LANES], uint32_t open,
                   float energy_min)
{
    const uint32_t all = (1u << LANES_WIDE) - 1;
    uint32_t shown = 0;

    for (int lane = 0; lane < DTMF_LANES; lane += LANES_WIDE) {
        vec x[HOP];
        if ((open >> lane & all) == 0)
            continue;
        gather(x, pcm + lane);
        filter((float(*)[2][DTMF_LANES]) & l->notch[0][0][lane], x);
        for (uint32_t s = 0; s < 2; s++)
            store(&l->energy[(l->sub + s) % DTMF_HISTORY][lane],
                  sum_of_squares(x + s * DTMF_SUB_SMP));
        baseband(l, lane, x);
        l->sub += 2; /* the window ends with these */
        uint32_t here = bits_of(look(l, lane, energy_min)) & open >> lane;
        if (here != 0)
            measure(l, lane);
        shown |= here << lane;
        l->sub -= 2;
    }
    l->sub += 2;
    return shown;
}
