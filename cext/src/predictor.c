/* Linear prediction. */
#include "predictor.h"

#include "lanes.h"

void autocorrelate(const float *x, int n, int order, float *r)
{
    for (int lag = 0; lag <= order; lag++) {
        lanes even = {0}, odd = {0};
        int i = lag;
        for (; i + 8 <= n; i += 8) {
            even += lanes_load(x + i) * lanes_load(x + i - lag);
            odd += lanes_load(x + i + 4) * lanes_load(x + i + 4 - lag);
        }
        r[lag] = lanes_sum(even + odd);
        for (; i < n; i++)
            r[lag] += x[i] * x[i - lag];
    }
}

float predictor_solve(const float *r, int order, float *a, float *k)
{
    float left = r[0] * 1.0001f + 1e-12f; /* a little white noise keeps it stable */

    for (int i = 0; i <= order; i++)
        a[i] = i == 0 ? 1.0f : 0.0f;
    for (int i = 1; i <= order; i++) {
        float sum = 0.0f;
        for (int j = 0; j < i; j++)
            sum += a[j] * r[i - j];
        float now = -sum / left;
        now = now < -0.99f ? -0.99f : (now > 0.99f ? 0.99f : now);
        k[i - 1] = now;
        for (int j = 1; j <= i / 2; j++) {
            float low = a[j], high = a[i - j];
            a[j] = low + now * high;
            a[i - j] = high + now * low;
        }
        a[i] = now;
        left *= 1.0f - now * now;
    }
    return left;
}
