/* How far a signal has to be moved to look like itself. */
#ifndef CALLBOX_PITCH_H
#define CALLBOX_PITCH_H

enum { PITCH_MAX_SPAN = 160, PITCH_MAX_LAG = 160 };

struct pitch {
    int lag;        /* samples */
    float likeness; /* normalised correlation, 0..1 */
    float gain;     /* a = gain * b with the least error, 0..2 */
};

/* Compare a[0..n) with b[0..n), b = a + lag (way = 1) or a - lag (way = -1), for all lags low..high,
 * and give the best. n is a multiple of 16, at most 160; all of b must exist, high at most 160. */
struct pitch pitch_find(const float *a, int n, int way, int low, int high);

#endif
