/* Short-term linear prediction: A(z) = 1 + a1/z + a2/z^2 + ... */
#ifndef CALLBOX_PREDICTOR_H
#define CALLBOX_PREDICTOR_H

enum { PREDICTOR_ORDER = 10 };

/* Give r[0..order] of x[0..n); n is a multiple of 4. */
void autocorrelate(const float *x, int n, int order, float *r);
/* Solve for a[0..order] (a[0] = 1) and the reflection coefficients k[0..order), k1 = -r1/r0; return
 * the power that is left. All zero when there is no signal. Levinson and Durbin. */
float predictor_solve(const float *r, int order, float *a, float *k);

#endif
