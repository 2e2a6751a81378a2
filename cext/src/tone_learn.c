/* Learn an unknown tone from a recording. */
#include "tone_learn.h"

#include <math.h>   /* cosf, sinf, logf, fabsf */
#include <stdlib.h> /* qsort */
#include <string.h> /* memset, memcpy */

#include "g711.h" /* alaw_to_float */

static const float TWO_PI = 6.28318531f;
static const float PEAK_PART = 0.02f; /* 17 dB below the strongest: another frequency of the tone */
static const float NEAR_PEAK_PART =
    0.06f; /* the same within 60 Hz, where a short burst has skirts */
static const float PEAK_OVER_MEDIAN = 20.0f;
static const float ON_PART = 0.25f; /* half the amplitude: a window half filled */
static const float FIT_PART = 0.75f;
static const float CONFIDENCE_MIN = 0.1f;
static const float LEAST_LEVEL = 1.5e-5f; /* -42 dBm0 */

enum {
    BINS = LEARN_FFT_SMP / 2,
    BIN_LOW = 200 * LEARN_FFT_SMP / DSP_RATE_HZ,
    BIN_HIGH = 3600 * LEARN_FFT_SMP / DSP_RATE_HZ,
    NEAR_BINS = 8,
    APART_BINS = 3,
    GLITCH_STEPS = 35 / LEARN_STEP_MS,
    SURE_STEPS = 3000 / LEARN_STEP_MS, /* on for so long: continuous */
    SLACK_STEPS = 15 / LEARN_STEP_MS,
    SLACK_PERCENT = 8
};

/* In place, radix 2. */
static void fft(float *re, float *im)
{
    for (int i = 1, j = 0; i < LEARN_FFT_SMP; i++) {
        int bit = LEARN_FFT_SMP >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            float t = re[i];
            re[i] = re[j];
            re[j] = t;
        } /* im is zero yet */
    }
    for (int size = 2; size <= LEARN_FFT_SMP; size *= 2)
        for (int k = 0; k < size / 2; k++) {
            float c = cosf(TWO_PI * (float)k / (float)size);
            float s = -sinf(TWO_PI * (float)k / (float)size);
            for (int a = k; a < LEARN_FFT_SMP; a += size) {
                int b = a + size / 2;
                float x = re[b] * c - im[b] * s;
                float y = re[b] * s + im[b] * c;
                re[b] = re[a] - x;
                im[b] = im[a] - y;
                re[a] += x;
                im[a] += y;
            }
        }
}

/* Mean power of each bin over Hann windows. */
static void mean_spectrum(const float *x, size_t n, float *power)
{
    float re[LEARN_FFT_SMP];
    float im[LEARN_FFT_SMP];
    float hann[LEARN_FFT_SMP];

    for (int i = 0; i < LEARN_FFT_SMP; i++)
        hann[i] = 0.5f - 0.5f * cosf(TWO_PI * (float)i / LEARN_FFT_SMP);
    memset(power, 0, BINS * sizeof *power);
    for (size_t at = 0; at + LEARN_FFT_SMP <= n; at += LEARN_HOP_SMP) {
        memset(im, 0, sizeof im);
        for (int i = 0; i < LEARN_FFT_SMP; i++)
            re[i] = x[at + (size_t)i] * hann[i];
        fft(re, im);
        for (int b = 0; b < BINS; b++)
            power[b] += re[b] * re[b] + im[b] * im[b];
    }
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;

    return (x > y) - (x < y);
}

static float median(const float *values, int n)
{
    float sorted[BINS];

    memcpy(sorted, values, (size_t)n * sizeof *values);
    qsort(sorted, (size_t)n, sizeof *sorted, by_size);
    return sorted[n / 2];
}

/* Say whether bin b is a further peak beside those found so far. */
static bool is_peak(const float *power, int b, const int *peaks, int n_peaks, float floor)
{
    if (power[b] < power[b - 1] || power[b] <= power[b + 1] || power[b] < floor)
        return false;
    for (int i = 0; i < n_peaks; i++) {
        int apart = b > peaks[i] ? b - peaks[i] : peaks[i] - b;
        float part = apart <= NEAR_BINS ? NEAR_PEAK_PART : PEAK_PART;
        if (apart < APART_BINS || power[b] < part * power[peaks[i]])
            return false;
    }
    return true;
}

/* Frequency of a peak: the top of a parabola through the logarithms. */
static float peak_hz(const float *power, int b)
{
    float left = logf(power[b - 1] + 1e-20f);
    float middle = logf(power[b] + 1e-20f);
    float right = logf(power[b + 1] + 1e-20f);
    float curve = left - 2.0f * middle + right;
    float shift = curve < 0.0f ? 0.5f * (left - right) / curve : 0.0f;

    return ((float)b + shift) * ((float)DSP_RATE_HZ / LEARN_FFT_SMP);
}

static void find_freqs(const float *x, size_t n, struct tone_learned *out)
{
    float power[BINS];
    int peaks[DSP_TONE_FREQS];

    mean_spectrum(x, n, power);
    float floor = PEAK_OVER_MEDIAN * median(power + BIN_LOW, BIN_HIGH - BIN_LOW);
    for (out->n_freqs = 0; out->n_freqs < DSP_TONE_FREQS; out->n_freqs++) {
        int best = 0;
        for (int b = BIN_LOW; b < BIN_HIGH; b++)
            if (is_peak(power, b, peaks, out->n_freqs, floor) &&
                (best == 0 || power[b] > power[best]))
                best = b;
        if (best == 0)
            break;
        peaks[out->n_freqs] = best;
        out->freqs_hz[out->n_freqs] = peak_hz(power, best);
    }
}

/* Power of one frequency in each window of 40 ms, every 5 ms, added to `envelope`. */
static void add_envelope(const float *x, size_t n_steps, float hz, float *envelope)
{
    float re[LEARN_TAPS] = {0};
    float im[LEARN_TAPS] = {0};
    const float scale = 2.0f / (LEARN_TAPS * LEARN_STEP_SMP);

    for (size_t step = 0; step < n_steps; step++) {
        float sum[2] = {0};
        float a = 0.0f;
        float b = 0.0f;
        for (size_t i = 0; i < LEARN_STEP_SMP; i++) {
            size_t at = step * LEARN_STEP_SMP + i;
            double turns = (double)hz * (double)at / DSP_RATE_HZ;
            float turn = TWO_PI * (float)(turns - (double)(long)turns);
            a += x[at] * cosf(turn);
            b += x[at] * sinf(turn);
        }
        re[step % LEARN_TAPS] = a;
        im[step % LEARN_TAPS] = b;
        for (int i = 0; i < LEARN_TAPS; i++) {
            sum[0] += re[i];
            sum[1] += im[i];
        }
        envelope[step] += 0.5f * scale * scale * (sum[0] * sum[0] + sum[1] * sum[1]);
    }
}

/* Level while on: what the loudest hundredth exceeds, and the mean of all near it. */
static float on_level(const float *envelope, size_t n, float *scratch)
{
    float sum = 0.0f;
    int count = 0;

    memcpy(scratch, envelope, n * sizeof *envelope);
    qsort(scratch, n, sizeof *scratch, by_size);
    float top = scratch[n - 1 - n / 100];
    for (size_t i = 0; i < n; i++)
        if (envelope[i] > 0.5f * top) {
            sum += envelope[i];
            count++;
        }
    return count > 0 ? sum / (float)count : 0.0f;
}

/* Cut the envelope into stretches; what is shorter than 35 ms belongs to what was before. */
static void cut(const float *envelope, size_t n, float threshold, struct learn_runs *runs)
{
    bool is_on = envelope[LEARN_TAPS - 1] > threshold;
    int length = 0;
    int other = 0;

    runs->n = 0;
    runs->is_on_first = is_on;
    for (size_t i = LEARN_TAPS - 1; i < n && runs->n < LEARN_RUNS - 1; i++) {
        length++;
        other = (envelope[i] > threshold) == is_on ? 0 : other + 1;
        if (other < GLITCH_STEPS)
            continue;
        runs->steps[runs->n++] = length - other;
        length = other;
        other = 0;
        is_on = !is_on;
    }
    runs->steps[runs->n++] = length;
}

static bool is_same(int a, int b)
{
    int apart = a > b ? a - b : b - a;

    return apart <= SLACK_STEPS + (a > b ? a : b) * SLACK_PERCENT / 100;
}

/* Part of the whole stretches that are as long as the one `period` before. */
static float fit_of(const struct learn_runs *runs, int period)
{
    int n = 0;
    int n_fit = 0;

    for (int i = 1; i + period < runs->n - 1; i++) {
        n++;
        n_fit += is_same(runs->steps[i], runs->steps[i + period]);
    }
    return n > 0 ? (float)n_fit / (float)n : 0.0f;
}

static int by_length(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Middle length of the stretches that are step `step` of the period: a recording that begins or ends in a tone has
 * one that is too short. */
static int middle_ms(const struct learn_runs *runs, int first, int period, int step)
{
    int lengths[LEARN_RUNS];
    int n = 0;

    for (int i = first + step; i < runs->n - 1; i += period)
        lengths[n++] = runs->steps[i];
    qsort(lengths, (size_t)n, sizeof *lengths, by_length);
    return n > 0 ? (lengths[(n - 1) / 2] + lengths[n / 2]) * LEARN_STEP_MS / 2 : 0;
}

/* Begin the cadence at the on after the longest off. */
static void rotate(struct tone_learned *out)
{
    int32_t steps[DSP_TONE_STEPS];
    int longest = out->n_steps - 1;

    for (int i = 1; i < out->n_steps; i += 2)
        if (out->steps_ms[i] > out->steps_ms[longest] + 2 * LEARN_STEP_MS)
            longest = i;
    for (int i = 0; i < out->n_steps; i++)
        steps[i] = out->steps_ms[(longest + 1 + i) % out->n_steps];
    memcpy(out->steps_ms, steps, (size_t)out->n_steps * sizeof *steps);
}

/* Find the shortest period that repeats; return how sure that is, 0 for no cadence. */
static float find_cadence(const struct learn_runs *runs, struct tone_learned *out)
{
    int first = runs->is_on_first ? 2 : 1; /* the first whole on */
    int n_whole = runs->n - 1 - first;
    int period = 2;
    float fit = 0.0f;

    if (n_whole < 2)
        return 0.0f;
    for (; period <= DSP_TONE_STEPS; period += 2) {
        fit = fit_of(runs, period);
        if (fit >= FIT_PART)
            break;
    }
    if (fit < FIT_PART) { /* nothing repeats: one period at the most */
        if (n_whole > 3)
            return 0.0f;
        period = 2;
        fit = 1.0f;
    }
    out->n_steps = period;
    for (int step = 0; step < period; step++)
        out->steps_ms[step] = middle_ms(runs, first, period, step);
    rotate(out);
    out->n_periods = n_whole / period;
    return fit * (1.0f - powf(0.5f, (float)n_whole / (float)period));
}

/* How sure it is that a tone without cadence is continuous: one stretch of on, and how long. */
static float continuity(const struct learn_runs *runs)
{
    int n_on = 0;
    int steps = 0;

    for (int i = runs->is_on_first ? 0 : 1; i < runs->n; i += 2) {
        steps += runs->steps[i];
        n_on++;
    }
    if (n_on != 1)
        return 0.0f;
    return steps > SURE_STEPS ? 1.0f : (float)steps / SURE_STEPS;
}

/* Part of the energy that is in the frequencies while they are on. */
static float purity_of(const float *x, const float *envelope, size_t n, float threshold)
{
    float tone = 0.0f;
    float energy = 0.0f;

    for (size_t step = LEARN_TAPS; step < n; step++) {
        if (envelope[step] < 2.0f * threshold)
            continue;
        for (size_t i = 0; i < LEARN_STEP_SMP; i++) {
            float sample = x[(step - LEARN_TAPS / 2) * LEARN_STEP_SMP + i];
            energy += sample * sample / LEARN_STEP_SMP;
        }
        tone += envelope[step];
    }
    float part = energy > 0.0f ? tone / energy : 0.0f;
    return part < 1.0f ? part : 1.0f;
}

size_t tone_learn_work(size_t n)
{
    return n + 2 * (n / LEARN_STEP_SMP) + 2;
}

int tone_learn(const uint8_t *alaw, size_t n, float *work, struct tone_learned *out)
{
    size_t n_steps = n / LEARN_STEP_SMP;
    float *x = work;
    float *envelope = work + n;
    struct learn_runs runs;

    memset(out, 0, sizeof *out);
    if (n < 2 * LEARN_FFT_SMP)
        return 0;
    for (size_t i = 0; i < n; i++)
        x[i] = alaw_to_float[alaw[i]];
    find_freqs(x, n, out);
    if (out->n_freqs == 0)
        return 0;
    memset(envelope, 0, n_steps * sizeof *envelope);
    for (int i = 0; i < out->n_freqs; i++)
        add_envelope(x, n_steps, out->freqs_hz[i], envelope);
    out->power = on_level(envelope, n_steps, envelope + n_steps);
    float threshold = ON_PART * out->power;
    cut(envelope, n_steps, threshold, &runs);
    float purity = purity_of(x, envelope, n_steps, threshold);
    float cadence = find_cadence(&runs, out);
    if (cadence == 0.0f)
        cadence = continuity(&runs);
    out->power /= (float)out->n_freqs;
    out->confidence = out->power * (float)out->n_freqs > LEAST_LEVEL ? purity * cadence : 0.0f;
    return out->confidence > CONFIDENCE_MIN;
}
