/* Caller ID sender, ETSI EN 300 659-1 / GR-30: 300 bits of seizure, 180 of mark, octets with start
 * and stop bit. */
#include "fsk_tx.h"

#include "g711.h" /* pcm16_from_float */

enum {
    SEIZURE_BITS = 300,
    MARK_BITS = 180,
    FRAME_BITS = 10,
    TAIL_BITS = 10, /* of mark after the checksum, so that its stop bit is whole */
    BAUD = 1200
};

void fsk_tx_start(struct fsk_tx *t, const uint8_t *message, size_t n, enum dsp_standard standard,
                  float amplitude)
{
    oscillator_set(&t->wave, standard == DSP_V23 ? 1300.0f : 1200.0f);
    t->mark_step = t->wave.step;
    oscillator_set(&t->wave, standard == DSP_V23 ? 2100.0f : 2200.0f);
    t->space_step = t->wave.step;
    t->message = message;
    t->n_message = n;
    t->amplitude = amplitude;
    t->n_bits = t->bit_clock = 0;
    t->checksum = 0;
    for (size_t i = 0; i < n; i++)
        t->checksum = (uint8_t)(t->checksum - message[i]);
}

static uint32_t bits_total(const struct fsk_tx *t)
{
    return SEIZURE_BITS + MARK_BITS + (uint32_t)(t->n_message + 1) * FRAME_BITS + TAIL_BITS;
}

/* The bit number i of the whole transmission, 1 = mark. */
static bool bit_of(const struct fsk_tx *t, uint32_t i)
{
    if (i < SEIZURE_BITS)
        return i % 2;
    i -= SEIZURE_BITS;
    if (i < MARK_BITS)
        return true;
    i -= MARK_BITS;
    uint32_t octet = i / FRAME_BITS;
    uint32_t bit = i % FRAME_BITS;
    if (octet > t->n_message)
        return true;
    if (bit == 0 || bit == FRAME_BITS - 1)
        return bit != 0;
    return (octet < t->n_message ? t->message[octet] : t->checksum) >> (bit - 1) & 1;
}

size_t fsk_tx_process(struct fsk_tx *t, float *pcm, size_t n)
{
    size_t i = 0;

    for (; i < n && t->n_bits < bits_total(t); i++) {
        t->wave.step = bit_of(t, t->n_bits) ? t->mark_step : t->space_step;
        pcm[i] += t->amplitude * oscillator_next(&t->wave);
        t->bit_clock += BAUD;
        if (t->bit_clock >= DSP_RATE_HZ) {
            t->bit_clock -= DSP_RATE_HZ;
            t->n_bits++;
        }
    }
    return i;
}

size_t caller_id_samples(const uint8_t *message, size_t n_message, int standard, float amplitude,
                         int16_t *pcm, size_t cap)
{
    struct fsk_tx t;
    size_t n = 0;

    fsk_tx_start(&t, message, n_message, (enum dsp_standard)standard, amplitude);
    for (; n < cap; n++) {
        float x = 0.0f;
        if (fsk_tx_process(&t, &x, 1) == 0)
            break;
        pcm[n] = pcm16_from_float(x);
    }
    return n;
}
