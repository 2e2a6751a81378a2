/* DTMF sender. */
#include "dtmf_tx.h"

#include <string.h> /* strchr */

#include "g711.h" /* pcm16_from_float */

static const float low_hz[4] = {697.0f, 770.0f, 852.0f, 941.0f};
static const float high_hz[4] = {1209.0f, 1336.0f, 1477.0f, 1633.0f};
static const char keypad[] = "123A456B789C*0#D";

void dtmf_tx_reset(struct dtmf_tx *t)
{
    t->first = t->n = t->at = 0;
    t->on = t->off = 0;
}

bool dtmf_tx_put(struct dtmf_tx *t, const struct dial *d)
{
    if (t->n == DSP_MAX_DIALS)
        return false;
    t->queue[(t->first + t->n) % DSP_MAX_DIALS] = *d;
    t->n++;
    return true;
}

static void start_digit(struct dtmf_tx *t, const struct dial *d, char digit)
{
    const char *key = strchr(keypad, digit);

    t->off = d->off_smp;
    if (digit == ',' || key == NULL) {
        t->off = DSP_RATE_HZ;
        return;
    }
    t->on = d->on_smp;
    t->digit = digit;
    t->n_started++;
    oscillator_set(&t->low, low_hz[(key - keypad) / 4]);
    oscillator_set(&t->high, high_hz[(key - keypad) % 4]);
}

/* Move on when the last digit is over. True: something is to be sent. */
static bool advance(struct dtmf_tx *t, uint64_t at_smp, struct dsp_event *out, int *n_out)
{
    while (t->on + t->off == 0 && t->n > 0) {
        struct dial *d = &t->queue[t->first];
        if (d->digits[t->at] != '\0') {
            start_digit(t, d, d->digits[t->at++]);
            continue;
        }
        out[(*n_out)++] = (struct dsp_event){.kind = DSP_DIALED, .id = d->id, .at_smp = at_smp};
        t->first = (t->first + 1) % DSP_MAX_DIALS;
        t->n--;
        t->at = 0;
    }
    return t->on + t->off > 0;
}

int dtmf_tx_process(struct dtmf_tx *t, float *pcm, size_t n, struct dsp_event *out, int cap)
{
    int n_out = 0;

    for (size_t i = 0; i < n; i++) {
        if (n_out == cap || !advance(t, i, out, &n_out))
            break;
        if (t->on > 0) {
            float amplitude = t->is_silent ? 0.0f : t->queue[t->first].amplitude;
            pcm[i] += amplitude * (oscillator_next(&t->low) + oscillator_next(&t->high));
            t->on--;
        } else {
            t->off--;
        }
    }
    if (n_out < cap)
        advance(t, n, out, &n_out);
    return n_out;
}

size_t dtmf_samples(const char *digits, uint32_t on_smp, uint32_t off_smp, float amplitude,
                    int16_t *pcm, size_t cap)
{
    struct dtmf_tx t = {.is_silent = false};
    struct dial d = {.on_smp = on_smp, .off_smp = off_smp, .amplitude = amplitude};
    struct dsp_event done;
    size_t n = 0;

    dtmf_tx_reset(&t);
    for (; *digits != '\0'; digits++) {
        d.digits[0] = *digits;
        dtmf_tx_put(&t, &d);
        for (int is_done = 0; n < cap && !is_done; n++) {
            float x = 0.0f;
            is_done = dtmf_tx_process(&t, &x, 1, &done, 1);
            pcm[n] = pcm16_from_float(x);
        }
    }
    return n;
}
