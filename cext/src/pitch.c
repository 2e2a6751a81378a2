/* Normalised correlation: every second lag at half the rate, then the neighbours at the full rate. */
#include "pitch.h"

#include "lanes.h"

enum { HALF_MAX = (PITCH_MAX_SPAN + PITCH_MAX_LAG) / 2 + 2 };

static const float SILENCE = 1e-9f; /* power sum that is nothing */

/* One sum of products; n is a multiple of 8. Two accumulators: an addition takes four cycles. */
static float dot(const float *a, const float *b, int n)
{
    lanes even = {0}, odd = {0};

    for (int i = 0; i < n; i += 8) {
        even += lanes_load(a + i) * lanes_load(b + i);
        odd += lanes_load(a + i + 4) * lanes_load(b + i + 4);
    }
    return lanes_sum(even + odd);
}

static float score(float cross, float power)
{
    return cross > 0.0f ? cross * cross / (power + SILENCE) : 0.0f;
}

/* Give the best even lag. */
static int coarse(const float *a, int n, int way, int low, int high)
{
    float half[HALF_MAX];
    const float *from = way > 0 ? a : a - high;
    int at = way > 0 ? 0 : high / 2; /* where a begins in half[] */
    float best = -1.0f, power = 0.0f;
    int best_lag = low;

    for (int i = 0; i < (n + high) / 2; i++)
        half[i] = from[2 * i] + from[2 * i + 1];
    for (int lag = low; lag <= high; lag += 2) {
        const float *b = half + at + way * (lag / 2);
        if (lag == low)
            power = dot(b, b, n / 2);
        else if (way > 0)
            power += b[n / 2 - 1] * b[n / 2 - 1] - b[-1] * b[-1];
        else
            power += b[0] * b[0] - b[n / 2] * b[n / 2];
        float now = score(dot(half + at, b, n / 2), power > 0.0f ? power : 0.0f);
        if (now > best) {
            best = now;
            best_lag = lag;
        }
    }
    return best_lag;
}

/* Keep the best of the lags from `low` to `high`. */
static void refine(const float *a, int n, int way, int low, int high, float *best,
                   struct pitch *found)
{
    for (int lag = low; lag <= high; lag++) {
        const float *b = a + way * lag;
        float cross = dot(a, b, n), power = dot(b, b, n), now = score(cross, power);
        if (now <= *best)
            continue;
        *best = now;
        found->lag = lag;
        found->gain = cross > 0.0f ? cross / (power + SILENCE) : 0.0f;
    }
}

struct pitch pitch_find(const float *a, int n, int way, int low, int high)
{
    struct pitch found = {.lag = low};
    float own = dot(a, a, n), best = -1.0f;

    low += low & 1;
    high -= high & 1;
    int middle = coarse(a, n, way, low, high);
    refine(a, n, way, middle > low ? middle - 1 : low, middle < high ? middle + 1 : high, &best,
           &found);
    int twice = 2 * found.lag; /* two periods may fit better than one does in whole samples */
    refine(a, n, way, twice - 1, twice + 1 < high ? twice + 1 : high, &best, &found);
    float square = best / (own + SILENCE);
    found.likeness = __builtin_sqrtf(square > 0.0f ? square < 1.0f ? square : 1.0f : 0.0f);
    found.gain = found.gain < 2.0f ? found.gain : 2.0f;
    return found;
}
