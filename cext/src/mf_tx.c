/* MFC/R2 sender. */
#include "mf_tx.h"

#include <stdbool.h> /* bool */

#include "api.h"
#include "g711.h" /* pcm16_from_float */

enum { TONES = MF_TONES };

/* Q.441 table 5: the numbers of the two tones of signals 1..15. */
static const uint8_t tones_of[16][2] = {{0, 0}, {0, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 3},
                                        {2, 3}, {0, 4}, {1, 4}, {2, 4}, {3, 4}, {0, 5},
                                        {1, 5}, {2, 5}, {3, 5}, {4, 5}};
static const char letters[] = "-1234567890ABCDE";

char mf_signal_of(int pair)
{
    for (int i = 1; i < 16; i++)
        if (TONES * tones_of[i][0] + tones_of[i][1] == pair)
            return letters[i];
    return letters[0];
}

/* Tones of one direction are 120 Hz apart: forward up, backward down. */
static float tone_hz(int direction, int number)
{
    return direction == DSP_MF_FORWARD ? 1380.0f + 120.0f * (float)number
                                       : 1140.0f - 120.0f * (float)number;
}

static void start(struct mf_tx *s)
{
    s->now = s->next;
    for (int i = 0; i < 2; i++)
        oscillator_set(&s->sines[i], tone_hz(s->now.direction, tones_of[s->now.signal][i]));
}

void mf_tx_set(struct mf_tx *s, const struct mf_note *note)
{
    s->next = *note;
    if (s->now.signal == 0)
        start(s);
}

static bool is_same(const struct mf_note *a, const struct mf_note *b)
{
    return a->signal == b->signal && a->direction == b->direction && a->amplitude == b->amplitude;
}

static float next(struct mf_tx *s, bool is_ending)
{
    float t = (float)s->ramp * (1.0f / MF_RAMP_SMP);

    if (is_ending)
        s->ramp--;
    else if (s->ramp < MF_RAMP_SMP)
        s->ramp++;
    return s->now.amplitude * t * t * (3.0f - 2.0f * t) *
           (oscillator_next(&s->sines[0]) + oscillator_next(&s->sines[1]));
}

void mf_tx_process(struct mf_tx *s, float *pcm, size_t n)
{
    for (size_t i = 0; i < n && s->now.signal != 0; i++) {
        bool is_ending = !is_same(&s->now, &s->next);
        pcm[i] += next(s, is_ending);
        if (is_ending && s->ramp <= 0) {
            s->ramp = 0;
            start(s);
        }
    }
}

size_t mf_samples(int signal, int direction, float amplitude, uint32_t on_smp, int16_t *pcm,
                  size_t n)
{
    struct mf_tx s = {0};
    struct mf_note note = {.signal = signal, .direction = direction, .amplitude = amplitude};

    mf_tx_set(&s, &note);
    for (size_t i = 0; i < n; i++) {
        float x = 0.0f;
        if (i == on_smp)
            mf_tx_set(&s, &(struct mf_note){0});
        mf_tx_process(&s, &x, 1);
        pcm[i] = pcm16_from_float(x);
    }
    return n;
}
