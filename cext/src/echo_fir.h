/* Filters of the echo canceller over one tick. Taps lie newest last: taps[n_taps - 1] meets x[i] of
 * output i. `x` points to the sample of output 0; before it lie at least n_taps - 1 older ones.
 */
#ifndef CALLBOX_ECHO_FIR_H
#define CALLBOX_ECHO_FIR_H

#include <stddef.h> /* size_t */

#include "api.h"  /* DSP_BLOCK_SMP */
#include "simd.h" /* enum simd_path */

/* y[i] = sum of taps[j] * x[i - n_taps + 1 + j] for the samples of a tick; n_taps a multiple of 8. */
typedef void (*echo_fir_run)(const float *taps, size_t n_taps, const float *x, float *y);
/* Adapt `taps` so that they predict d from x (normalised LMS, every sample on its own as if the
 * next were not known): `e` receives the errors before each step. `step` is below 2, `floor` is
 * added to the energy under the taps. `x` needs 3 more old samples than for echo_fir_run.
 */
typedef void (*echo_fir_adapt)(float *taps, size_t n_taps, const float *x, const float *d,
                               float step, float floor, float *e);

struct echo_fir {
    echo_fir_run run;
    echo_fir_adapt adapt;
};

/* Take those for a path of this machine. Sums are taken in another order with other vectors: results
 * differ by rounding.
 */
void echo_fir_choose(struct echo_fir *f, enum simd_path path);

void echo_fir_run_v4(const float *taps, size_t n_taps, const float *x, float *y);
void echo_fir_run_v8(const float *taps, size_t n_taps, const float *x, float *y);
void echo_fir_adapt_v4(float *taps, size_t n_taps, const float *x, const float *d, float step,
                       float floor, float *e);
void echo_fir_adapt_v8(float *taps, size_t n_taps, const float *x, const float *d, float step,
                       float floor, float *e);

#endif
