/* Caller ID receiver. */
#include "fsk_rx.h"

#include <stdbool.h> /* bool */
#include <string.h>  /* memset, memmove */

static const float BIT_SMP = 8000.0f / 1200.0f;
static const float CARRIER_MIN = 3.0e-5f; /* -39 dBm0: Bell 202 goes down to -36 dBm */
static const float CARRIER_PART =
    0.25f; /* of the energy: a carrier in noise of 4 kHz at 8 dB leaves half */
static const float CLOCK_PULL = 0.1f; /* of the error seen at an edge */
static const float DOUBTFUL =
    0.25f * 0.5f * FSK_TAPS * FSK_TAPS;   /* a soft bit of less than a quarter of a clean one */
static const float SMOOTH = 1.0f / 32.0f; /* power over 4 ms */

enum {
    MARK_MIN_SMP =
        130, /* 16 ms, 20 bits: mark before a message; GR-30 and EN 300 659 send 55 to 205 bits */
    IDLE_MAX_SMP =
        270, /* 34 ms, 40 bits of mark between octets end a message; allowed are 10 or 20 */
    FRAME_BITS = 10,
    DOUBTFUL_PERCENT =
        1, /* of the bits, and one; at S/N 12 dB there is one in a message at the most */
    TYPE_SDMF = 0x04,
    TYPE_MDMF = 0x80,
    TYPE_MDMF_CALL = 0x80,
    PARAM_TIME = 0x01,
    PARAM_NUMBER = 0x02,
    TIME_OCT = 8
};

void fsk_rx_reset(struct fsk_rx *s, uint64_t at_smp)
{
    memset(s, 0, sizeof *s);
    s->smp = at_smp;
}

/* Filter one sample: both tones over the last bit. */
static void filter(struct fsk_rx *s, const float *x, float *soft, float *power)
{
    float acc[4] = {0};

    for (int n = 0; n < FSK_TAPS; n++)
        for (int k = 0; k < 4; k++)
            acc[k] += x[n] * fsk_tap[4 * n + k];
    float mark = acc[0] * acc[0] + acc[1] * acc[1];
    float space = acc[2] * acc[2] + acc[3] * acc[3];
    *soft = mark - space;
    *power = 2.0f / (FSK_TAPS * FSK_TAPS) * (mark > space ? mark : space);
    s->power += SMOOTH * (*power - s->power);
    s->energy += SMOOTH * (x[FSK_TAPS - 1] * x[FSK_TAPS - 1] - s->energy);
}

static bool has_carrier(const struct fsk_rx *s)
{
    return s->power > CARRIER_MIN && s->power > CARRIER_PART * s->energy;
}

static void hunt(struct fsk_rx *s)
{
    s->state = FSK_HUNT;
    s->n_octets = 0;
    s->n_mark = 0;
}

/* Begin an octet at a change from mark to space, `part` of a sample ago. The first bit read is the
 * start bit. */
static void begin_octet(struct fsk_rx *s, float part)
{
    if (s->n_octets == 0) {
        s->n_read = s->n_doubtful = 0;
        s->begin_smp = s->smp;
        s->begin_power = s->power;
    }
    s->state = FSK_OCTET;
    s->n_bits = 0;
    s->bits = 0;
    s->clock = 0.5f * BIT_SMP - part;
}

static void wait_for_mark(struct fsk_rx *s, float soft)
{
    s->n_mark = soft > 0.0f ? s->n_mark + 1 : 0;
    if (s->n_mark < MARK_MIN_SMP)
        return;
    s->state = FSK_IDLE;
    s->n_idle = 0;
    s->n_octets = 0;
}

static void wait_for_start(struct fsk_rx *s, float soft)
{
    s->n_idle++;
    if (soft <= 0.0f)
        begin_octet(s, s->soft > 0.0f ? soft / (soft - s->soft) : 0.0f);
    else if (s->n_octets > 0 && s->n_idle > IDLE_MAX_SMP)
        s->n_octets = 0;
}

/* Say whether octets are characters as the exchange sends them, with the parity bit clear. */
static bool is_text(const uint8_t *octets, int n, uint8_t low, uint8_t high)
{
    for (int i = 0; i < n; i++)
        if (octets[i] < low || octets[i] > high)
            return false;
    return true;
}

static bool is_parameter_sane(uint8_t message, uint8_t type, const uint8_t *octets, int n)
{
    if (message == TYPE_MDMF_CALL && type == PARAM_TIME)
        return n == TIME_OCT && is_text(octets, n, '0', '9');
    if (message == TYPE_MDMF_CALL && type == PARAM_NUMBER)
        return is_text(octets, n, ' ', '~');
    return true;
}

/* Say whether the message makes sense beyond its checksum of 8 bits, which noise passes once in
 * 256. */
static bool is_sane(const uint8_t *message)
{
    int length = message[1];

    if (message[0] == TYPE_SDMF)
        return length >= TIME_OCT && is_text(message + 2, TIME_OCT, '0', '9') &&
               is_text(message + 2 + TIME_OCT, length - TIME_OCT, ' ', '~');
    if (message[0] < TYPE_MDMF)
        return message[0] > TYPE_SDMF;
    for (int at = 0; at < length; at += 2 + message[2 + at + 1]) {
        const uint8_t *parameter = message + 2 + at;
        if (at + 2 > length || at + 2 + parameter[1] > length ||
            !is_parameter_sane(message[0], parameter[0], parameter + 2, parameter[1]))
            return false;
    }
    return true;
}

static int end_message(struct fsk_rx *s, struct dsp_event *out)
{
    int n = s->octets[1] + 2;
    uint8_t sum = 0;

    for (int i = 0; i <= n; i++)
        sum = (uint8_t)(sum + s->octets[i]);
    s->n_octets = 0;
    bool is_doubtful = s->n_doubtful > 1 + s->n_read * DOUBTFUL_PERCENT / 100;
    if (sum != 0 || is_doubtful || !is_sane(s->octets)) {
        s->n_bad++;
        return 0;
    }
    *out =
        (struct dsp_event){.kind = DSP_CALLER_ID, .at_smp = s->begin_smp, .power = s->begin_power};
    out->duration_smp = (uint32_t)(s->smp - s->begin_smp);
    out->n_data = (uint16_t)n;
    memcpy(out->data, s->octets, (size_t)n);
    return 1;
}

static int end_octet(struct fsk_rx *s, struct dsp_event *out)
{
    s->octets[s->n_octets++] = (uint8_t)(s->bits >> 1);
    s->state = FSK_IDLE;
    s->n_idle = 0;
    if (s->n_octets >= 2 && s->n_octets == s->octets[1] + 3)
        return end_message(s, out);
    return 0;
}

/* Pull the bit clock towards a change of the soft bit, which belongs half a bit before the next
 * reading. */
static void follow_edge(struct fsk_rx *s, float soft)
{
    float since = soft / (soft - s->soft); /* samples since the change */
    float error = s->clock + since - 0.5f * BIT_SMP;

    if (error > 0.5f * BIT_SMP)
        error -= BIT_SMP;
    s->clock -= CLOCK_PULL * error;
}

/* Read a bit in its middle. `soft` belongs to this sample, s->soft to the one before. */
static int read_bit(struct fsk_rx *s, float soft, struct dsp_event *out)
{
    s->clock -= 1.0f;
    if ((soft > 0.0f) != (s->soft > 0.0f))
        follow_edge(s, soft);
    if (s->clock > 0.0f)
        return 0;
    float value = soft + (s->soft - soft) * -s->clock; /* as it was -clock samples ago */
    bool is_mark = value > 0.0f;
    s->n_read++;
    s->n_doubtful += (is_mark ? value : -value) < DOUBTFUL * s->power;
    s->clock += BIT_SMP;
    s->bits |= (uint32_t)is_mark << s->n_bits;
    s->n_bits++;
    if (s->n_bits == 1 && is_mark) { /* a spike, no start bit */
        s->state = FSK_IDLE;
        return 0;
    }
    if (s->n_bits < FRAME_BITS)
        return 0;
    if (!is_mark) { /* no stop bit */
        s->n_bad += s->n_octets > 1;
        hunt(s);
        return 0;
    }
    return end_octet(s, out);
}

static int step(struct fsk_rx *s, const float *x, struct dsp_event *out)
{
    float soft;
    float power;
    int n_out = 0;

    filter(s, x, &soft, &power);
    if (!has_carrier(s))
        hunt(s);
    else if (s->state == FSK_HUNT)
        wait_for_mark(s, soft);
    else if (s->state == FSK_IDLE)
        wait_for_start(s, soft);
    else
        n_out = read_bit(s, soft, out);
    s->soft = soft;
    s->smp++;
    return n_out;
}

int fsk_rx_process(struct fsk_rx *s, const float *pcm, size_t n, struct dsp_event *out)
{
    enum { PAST = FSK_TAPS - 1, CHUNK = 80 };
    float x[PAST + CHUNK];
    int n_out = 0;

    memcpy(x, s->past, sizeof s->past);
    memcpy(x + PAST, pcm, n * sizeof *pcm);
    for (size_t i = 0; i < n; i++)
        n_out += step(s, x + i, out);
    memcpy(s->past, x + n, sizeof s->past);
    return n_out;
}
