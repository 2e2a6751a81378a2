/* HDLC receiver. */
#include "hdlc_rx.h"

#include <string.h> /* memcpy, memset */

#include "tables.h"

enum {
    FCS_START = 0xFFFF,
    FCS_GOOD = 0xF0B8, /* of a frame with its own FCS */
    ABORT_ONES = 7,
    FLAG_BITS = 7, /* of a closing flag that are taken for data before it is known: 0111111 */
    STILL_NONE = -1
};

static void add(_Atomic uint32_t *count)
{
    atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

static uint32_t count(const _Atomic uint32_t *c)
{
    return atomic_load_explicit(c, memory_order_relaxed);
}

static void begin_frame(struct hdlc_rx *s)
{
    s->n = 0;
    s->n_bits = 0;
    s->bits = 0;
    s->fcs = FCS_START;
}

static void hunt(struct hdlc_rx *s)
{
    begin_frame(s);
    s->is_hunting = true;
}

void hdlc_rx_reset(struct hdlc_rx *s)
{
    memset(s, 0, sizeof *s);
    s->still = STILL_NONE;
    hunt(s);
}

static bool has_begun(const struct hdlc_rx *s)
{
    return !s->is_hunting && 8 * s->n + s->n_bits > FLAG_BITS;
}

static void cut(struct hdlc_rx *s)
{
    if (has_begun(s))
        add(&s->n_aborted);
    hunt(s);
}

void hdlc_rx_lose(struct hdlc_rx *s)
{
    cut(s);
    s->ones = 0;
    s->still = STILL_NONE;
}

static void take_octet(struct hdlc_rx *s, uint8_t octet)
{
    if (s->n == HDLC_MOST_OCT) {
        add(&s->n_too_long);
        hunt(s);
        return;
    }
    s->octets[s->n++] = octet;
    s->fcs = s->fcs >> 8 ^ hdlc_fcs[(s->fcs ^ octet) & 0xFF];
}

/* Data bits, at most 8, the first the least significant. */
static void take_bits(struct hdlc_rx *s, uint32_t bits, int n)
{
    if (s->is_hunting)
        return;
    s->bits |= bits << s->n_bits;
    s->n_bits += n;
    if (s->n_bits < 8)
        return;
    s->n_bits -= 8;
    take_octet(s, (uint8_t)s->bits);
    s->bits = s->is_hunting ? 0 : s->bits >> 8;
    s->n_bits = s->is_hunting ? 0 : s->n_bits;
}

/* A flag closes what is before it: whole octets when seven bits of the flag itself are left over. */
static int close_frame(struct hdlc_rx *s, struct dsp_event *out, uint64_t at)
{
    int n = 0;

    if (has_begun(s)) {
        if (8 * s->n + s->n_bits < 8 * HDLC_LEAST_OCT + FLAG_BITS) {
            add(&s->n_too_short);
        } else if (s->n_bits != FLAG_BITS) {
            add(&s->n_misaligned);
        } else if (s->fcs != FCS_GOOD) {
            add(&s->n_bad_fcs);
        } else {
            add(&s->n_good);
            memset(out, 0, offsetof(struct dsp_event, data));
            out->kind = DSP_FRAME;
            out->at_smp = at;
            out->n_data = (uint16_t)(s->n - HDLC_FCS_OCT);
            memcpy(out->data, s->octets, out->n_data);
            n = 1;
        }
    }
    begin_frame(s);
    s->is_hunting = false;
    return n;
}

static int take_bit(struct hdlc_rx *s, uint32_t bit, struct dsp_event *out, uint64_t at)
{
    int n = 0;

    if (bit != 0) {
        if (s->ones < ABORT_ONES && ++s->ones == ABORT_ONES)
            cut(s);
        else if (s->ones < ABORT_ONES)
            take_bits(s, 1, 1);
        return 0;
    }
    if (s->ones < 5)
        take_bits(s, 0, 1);
    else if (s->ones == 6)
        n = close_frame(s, out, at);
    s->ones = 0; /* after five ones the zero is a stuffed one, and dropped */
    return n;
}

/* An octet with a flag, an abort, or the begin of one. Two flags cannot end in one octet with a frame between. */
static int take_slowly(struct hdlc_rx *s, uint8_t octet, struct dsp_event *out, uint64_t at)
{
    int n = 0;

    for (int i = 7; i >= 0; i--)
        n += take_bit(s, octet >> i & 1, out + n, at);
    return n;
}

static int take(struct hdlc_rx *s, uint8_t octet, struct dsp_event *out, uint64_t at)
{
    const int ones = s->ones;
    const int n_bits = s->n_bits;
    const int n_octets = s->n;
    const uint32_t bits = s->bits;
    const bool is_hunting = s->is_hunting;
    uint32_t entry = ones < 6 ? hdlc_unstuff[ones][octet] : HDLC_SPECIAL;
    int n = 0;

    if (entry != HDLC_SPECIAL) {
        s->ones = (int)(entry >> 12);
        take_bits(s, entry & 0xFF, (int)(entry >> 8 & 0xF));
    } else {
        n = take_slowly(s, octet, out, at);
    }
    bool is_still = s->ones == ones && s->n == n_octets && s->n_bits == n_bits && s->bits == bits &&
                    s->is_hunting == is_hunting;
    s->still = is_still ? octet : STILL_NONE;
    return n;
}

int hdlc_rx_process(struct hdlc_rx *s, const uint8_t *octets, size_t n, struct dsp_event *out)
{
    int n_out = 0;

    for (size_t i = 0; i < n; i++)
        if (octets[i] != s->still)
            n_out += take(s, octets[i], out + n_out, i);
    return n_out;
}

void hdlc_rx_read(const struct hdlc_rx *s, struct frame_stats *out)
{
    out->good = count(&s->n_good);
    out->bad_fcs = count(&s->n_bad_fcs);
    out->aborted = count(&s->n_aborted);
    out->too_long = count(&s->n_too_long);
    out->too_short = count(&s->n_too_short);
    out->misaligned = count(&s->n_misaligned);
}

size_t hdlc_rx_size(void)
{
    return sizeof(struct hdlc_rx);
}

size_t hdlc_rx_feed(struct hdlc_rx *s, const uint8_t *octets, size_t n, uint64_t at_smp,
                    struct dsp_event *out, int cap, int *n_out)
{
    size_t at = 0;

    *n_out = 0;
    while (at < n && *n_out + HDLC_RX_FRAMES <= cap) {
        size_t part = n - at < DSP_BLOCK_SMP ? n - at : DSP_BLOCK_SMP;
        int found = hdlc_rx_process(s, octets + at, part, out + *n_out);
        for (int i = 0; i < found; i++)
            out[(*n_out)++].at_smp += at_smp + at;
        at += part;
    }
    return at;
}
