/* The filters of the echo canceller for vectors of LANES_WIDE lanes (4, 8); included once for each
 * width, see echo_fir.h.
 *
 * Adaptation works on four samples at a time, so that a tap is loaded and stored once for four of
 * them. That the taps move within the four is made good from the autocorrelation of x: the result is
 * that of the LMS sample by sample. The step of four samples and the filter for the next four share
 * a pass over the taps.
 */
#include "echo_fir.h"
#include "lanes.h"

typedef float vec __attribute__((vector_size(4 * LANES_WIDE)));

/* Enough rows to keep the adders busy, and few enough for the registers. */
enum { GROUP = 4, GROUPS = DSP_BLOCK_SMP / GROUP, RUN_SMP = 40, ROWS = RUN_SMP / LANES_WIDE };

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

#if LANES_WIDE == 8
static inline lanes fold(vec v)
{
    return __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
}
#else
static inline lanes fold(vec v)
{
    return v;
}
#endif

/* Give the sum of each. */
static inline lanes sums_of(vec a, vec b, vec c, vec d)
{
    lanes p = fold(a), q = fold(b), r = fold(c), s = fold(d);
    lanes pq =
        __builtin_shufflevector(p, q, 0, 4, 1, 5) + __builtin_shufflevector(p, q, 2, 6, 3, 7);
    lanes rs =
        __builtin_shufflevector(r, s, 0, 4, 1, 5) + __builtin_shufflevector(r, s, 2, 6, 3, 7);

    return __builtin_shufflevector(pq, rs, 0, 1, 4, 5) +
           __builtin_shufflevector(pq, rs, 2, 3, 6, 7);
}

void ECHO_FIR_RUN(const float *taps, size_t n_taps, const float *x, float *y)
{
    for (size_t at = 0; at < DSP_BLOCK_SMP; at += RUN_SMP) {
        const float *from = x + at - (n_taps - 1);
        vec sum[ROWS] = {0};
        for (size_t j = 0; j < n_taps; j++)
            for (size_t r = 0; r < ROWS; r++)
                sum[r] += taps[j] * load(from + j + LANES_WIDE * r);
        for (size_t r = 0; r < ROWS; r++)
            store(y + at + LANES_WIDE * r, sum[r]);
    }
}

/* Sums of x[m] * x[m - lag] over the window that ends at each sample, [sample][lag 3, 2, 1, 0]: whole
 * for the first one, which keeps rounding from adding up, then by what comes and what goes.
 */
static void measure(const float *x, size_t n_taps, float (*sums)[GROUP])
{
    const float *old = x - n_taps;
    float first[GROUP];

    for (size_t k = 0; k < GROUP; k++)
        first[GROUP - 1 - k] = lanes_dot(old + 1, old + 1 - k, n_taps);
    lanes sum = lanes_load(first);
    lanes_store(sums[0], sum);
    for (size_t i = 1; i < DSP_BLOCK_SMP; i++) {
        sum += lanes_spread(x[i]) * lanes_load(x + i - (GROUP - 1)) -
               lanes_spread(old[i]) * lanes_load(old + i - (GROUP - 1));
        lanes_store(sums[i], sum);
    }
}

/* Step along the four samples at `last` by their gains, and filter the four at `next`. */
static void step_and_filter(float *taps, size_t n_taps, const float *last, const float *next,
                            const float gain[GROUP], float y[GROUP])
{
    vec a = {0}, b = {0}, c = {0}, d = {0};

    for (size_t j = 0; j < n_taps; j += LANES_WIDE) {
        vec tap = load(taps + j);
        tap += gain[0] * load(last + j) + gain[1] * load(last + j + 1) +
               gain[2] * load(last + j + 2) + gain[3] * load(last + j + 3);
        store(taps + j, tap);
        a += tap * load(next + j);
        b += tap * load(next + j + 1);
        c += tap * load(next + j + 2);
        d += tap * load(next + j + 3);
    }
    lanes_store(y, sums_of(a, b, c, d));
}

/* Errors of four samples, each after the steps of those before it, and the gains of their steps. */
static void solve(const float (*sums)[GROUP], size_t at, const float *rate, const float *d,
                  const float y[GROUP], float *e, float gain[GROUP])
{
    for (size_t i = 0; i < GROUP; i++) {
        float v = d[at + i] - y[i];
        for (size_t k = 1; k <= i; k++)
            v -= gain[i - k] * sums[at + i][GROUP - 1 - k];
        e[at + i] = v;
        gain[i] = v * rate[at + i];
    }
}

void ECHO_FIR_ADAPT(float *taps, size_t n_taps, const float *x, const float *d, float step,
                    float floor, float *e)
{
    float sums[DSP_BLOCK_SMP][GROUP];
    float rate[DSP_BLOCK_SMP];
    float gain[GROUP] = {0};
    float y[GROUP];
    const float *first = x - (n_taps - 1);

    measure(x, n_taps, sums);
    for (size_t i = 0; i < DSP_BLOCK_SMP; i++)
        rate[i] = step / (sums[i][GROUP - 1] + floor);
    for (size_t g = 0; g < GROUPS; g++) {
        const float *next = first + GROUP * g;
        step_and_filter(taps, n_taps, g == 0 ? next : next - GROUP, next, gain, y);
        solve((const float(*)[GROUP])sums, GROUP * g, rate, d, y, e, gain);
    }
    step_and_filter(taps, n_taps, first + GROUP * (GROUPS - 1), first, gain, y);
}
