/* Filters of the echo canceller.
 *
 * Adaptation works on four samples at a time, so that a tap is loaded and stored once for four of
 * them. That the taps move within the four is made good from the autocorrelation of x: the result is
 * that of the LMS sample by sample. The step of four samples and the filter for the next four share
 * a pass over the taps.
 */
#include "echo_fir.h"

#include "lanes.h"

enum { GROUP = 4, GROUPS = DSP_BLOCK_SMP / GROUP, WIDE = 16 };

void echo_fir_run(const float *taps, size_t n_taps, const float *x, float *y)
{
    for (size_t at = 0; at < DSP_BLOCK_SMP; at += WIDE) {
        const float *from = x + at - (n_taps - 1);
        lanes a = {0}, b = {0}, c = {0}, d = {0};
        for (size_t j = 0; j < n_taps; j++) {
            lanes tap = lanes_spread(taps[j]);
            a += tap * lanes_load(from + j);
            b += tap * lanes_load(from + j + 4);
            c += tap * lanes_load(from + j + 8);
            d += tap * lanes_load(from + j + 12);
        }
        lanes_store(y + at, a);
        lanes_store(y + at + 4, b);
        lanes_store(y + at + 8, c);
        lanes_store(y + at + 12, d);
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
    lanes g0 = lanes_spread(gain[0]), g1 = lanes_spread(gain[1]), g2 = lanes_spread(gain[2]),
          g3 = lanes_spread(gain[3]);
    lanes a = {0}, b = {0}, c = {0}, d = {0};

    for (size_t j = 0; j < n_taps; j += 4) {
        lanes tap = lanes_load(taps + j);
        tap += g0 * lanes_load(last + j) + g1 * lanes_load(last + j + 1) +
               g2 * lanes_load(last + j + 2) + g3 * lanes_load(last + j + 3);
        lanes_store(taps + j, tap);
        a += tap * lanes_load(next + j);
        b += tap * lanes_load(next + j + 1);
        c += tap * lanes_load(next + j + 2);
        d += tap * lanes_load(next + j + 3);
    }
    y[0] = lanes_sum(a);
    y[1] = lanes_sum(b);
    y[2] = lanes_sum(c);
    y[3] = lanes_sum(d);
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

void echo_fir_adapt(float *taps, size_t n_taps, const float *x, const float *d, float step,
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
