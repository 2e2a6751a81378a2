/* Two sines fitted to the end of a signal. */
#include "tone_fit.h"

#include <math.h>    /* sqrtf: one instruction */
#include <stdbool.h> /* bool */
#include <string.h>  /* memset */

enum { UNKNOWNS = 6, STEPS = 3 }; /* re, im and frequency of each sine */

static const float APART_MIN = 1e-6f; /* of the determinant: two sines, not one */
static const float ROUGH_MAX =
    0.01f;                     /* of the energy, left by the first guess: what is more is no tone */
static const float BAD = 0.3f; /* of the energy, left by the guess's frequencies */
static const float LOADING = 1e-5f;  /* of the diagonal: keeps the equations solvable */
static const float TURN_MAX = 0.15f; /* radians a sample that a step may correct: 190 Hz */

/* Cosines of the phases turned in a sample, from the recursion that fits best. */
static bool guess(const float *x, int n, float cosines[2])
{
    float pp = 0.0f, pq = 0.0f, qq = 0.0f, sp = 0.0f, sq = 0.0f, ss = 0.0f;

    for (int i = 8; i < n; i++) {
        float s = x[i] + x[i - 8], p = x[i - 2] + x[i - 6], q = x[i - 4];
        pp += p * p, pq += p * q, qq += q * q;
        sp += s * p, sq += s * q, ss += s * s;
    }
    float det = pp * qq - pq * pq;
    if (!(det > APART_MIN * pp * qq))
        return false;
    float a = (sp * qq - sq * pq) / det;
    float b = (sq * pp - sp * pq) / det;
    if (ss - a * sp - b * sq > ROUGH_MAX * (ss + pp + qq))
        return false;
    float inside = 4.0f * a * a + 16.0f * (2.0f + b);
    if (inside <= 0.0f)
        return false;
    float twice[2] = {0.125f * (2.0f * a + sqrtf(inside)), 0.125f * (2.0f * a - sqrtf(inside))};
    if (twice[0] >= 1.0f || twice[1] <= -1.0f)
        return false;
    for (int g = 0; g < 2; g++)
        cosines[g] = sqrtf(0.5f + 0.5f * twice[g]);
    return true;
}

/* Values of the six unknowns' curves at one sample: cosine, sine, and the slope over frequency. */
static void curves(const struct tone_fit *f, const float turned[2][2], float ago,
                   float row[UNKNOWNS])
{
    for (int g = 0; g < 2; g++) {
        row[3 * g] = turned[g][0];
        row[3 * g + 1] = turned[g][1];
        row[3 * g + 2] = ago * (f->phase[g][1] * turned[g][0] - f->phase[g][0] * turned[g][1]);
    }
}

static void rotate(float z[2], const float by[2])
{
    float re = z[0] * by[0] - z[1] * by[1];

    z[1] = z[0] * by[1] + z[1] * by[0];
    z[0] = re;
}

/* Give the error of the fit, and the normal equations that would make it less; the time goes back from `end`. */
static float gather(const struct tone_fit *f, const float *end, int n,
                    float m[UNKNOWNS][UNKNOWNS + 1])
{
    float turned[2][2] = {{1.0f, 0.0f}, {1.0f, 0.0f}};
    float row[UNKNOWNS];
    float error = 0.0f;

    memset(m, 0, UNKNOWNS * sizeof m[0]);
    for (int k = 1; k <= n; k++) {
        float left = end[-k];
        for (int g = 0; g < 2; g++) {
            rotate(turned[g], f->step[g]);
            left -= f->phase[g][0] * turned[g][0] + f->phase[g][1] * turned[g][1];
        }
        curves(f, turned, (float)k, row);
        error += left * left;
        for (int i = 0; i < UNKNOWNS; i++) {
            for (int j = i; j < UNKNOWNS; j++)
                m[i][j] += row[i] * row[j];
            m[i][UNKNOWNS] += row[i] * left;
        }
    }
    return error;
}

/* Solve the symmetric equations, of which the upper half is given; the answer is in the last column. */
static void solve(float m[UNKNOWNS][UNKNOWNS + 1])
{
    for (int i = 0; i < UNKNOWNS; i++) {
        float pivot = m[i][i] * (1.0f + LOADING) + 1e-12f;
        for (int r = i + 1; r < UNKNOWNS; r++) {
            float part = m[i][r] / pivot;
            for (int j = r; j <= UNKNOWNS; j++)
                m[r][j] -= part * m[i][j];
        }
        m[i][i] = pivot;
    }
    for (int i = UNKNOWNS - 1; i >= 0; i--) {
        for (int j = i + 1; j < UNKNOWNS; j++)
            m[i][UNKNOWNS] -= m[i][j] * m[j][UNKNOWNS];
        m[i][UNKNOWNS] /= m[i][i];
    }
}

static void correct(struct tone_fit *f, float m[UNKNOWNS][UNKNOWNS + 1])
{
    for (int g = 0; g < 2; g++) {
        float turn = m[3 * g + 2][UNKNOWNS];
        turn = turn < -TURN_MAX ? -TURN_MAX : (turn > TURN_MAX ? TURN_MAX : turn);
        float half = 0.5f * turn; /* exact rotation by nearly `turn`, without a cosine */
        float by[2] = {(1.0f - half * half) / (1.0f + half * half), turn / (1.0f + half * half)};
        f->phase[g][0] += m[3 * g][UNKNOWNS];
        f->phase[g][1] += m[3 * g + 1][UNKNOWNS];
        rotate(f->step[g], by);
    }
}

float tone_fit_find(struct tone_fit *f, const float *end, int n)
{
    float m[UNKNOWNS][UNKNOWNS + 1];
    float cosines[2];
    float energy = 1e-12f;

    memset(f, 0, sizeof *f);
    for (int k = 1; k <= n; k++)
        energy += end[-k] * end[-k];
    if (!guess(end - n, n, cosines))
        return 1.0f;
    for (int g = 0; g < 2; g++) {
        f->step[g][0] = cosines[g];
        f->step[g][1] = sqrtf(1.0f - cosines[g] * cosines[g]);
    }
    for (int i = 0; i <= STEPS; i++) { /* the first finds amplitudes alone: the slopes are 0 */
        float left = gather(f, end, n, m);
        if (i > 0 && left > BAD * energy)
            return 1.0f;
        solve(m);
        correct(f, m);
    }
    float share = gather(f, end, n, m) / energy;
    return share < 1.0f ? share : 1.0f;
}

void tone_fit_go_on(struct tone_fit *f, float *y, int n)
{
    for (int i = 0; i < n; i++) {
        y[i] = f->phase[0][0] + f->phase[1][0];
        for (int g = 0; g < 2; g++)
            rotate(f->phase[g], f->step[g]);
    }
}
