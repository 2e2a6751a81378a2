/* HDLC sender. */
#include "hdlc_tx.h"

#include <errno.h>  /* EAGAIN, EMSGSIZE */
#include <string.h> /* memcpy, memset */

#include "tables.h"

enum { FLAG = 0x7E, FCS_START = 0xFFFF };

static void put_flag(struct hdlc_tx *s)
{
    s->bits = s->bits << 8 | FLAG;
    s->n_bits += 8;
    s->ones = 0;
}

static void begin_frame(struct hdlc_tx *s)
{
    s->at = 0;
    s->fcs = FCS_START;
}

void hdlc_tx_start(struct hdlc_tx *s)
{
    atomic_fetch_add_explicit(&s->n_retired, (uint32_t)s->n, memory_order_release);
    s->first = s->n = 0;
    s->bits = 0;
    s->n_bits = 0;
    atomic_store_explicit(&s->n_sent, 0, memory_order_relaxed);
    begin_frame(s);
    put_flag(s);
}

int hdlc_tx_put(struct hdlc_tx *s, const uint8_t *octets, size_t n)
{
    struct hdlc_frame *place = &s->frames[(s->first + s->n) % DSP_MAX_FRAMES];

    if (n < DSP_FRAME_MIN || n > DSP_FRAME_MAX)
        return -EMSGSIZE;
    if (s->n == DSP_MAX_FRAMES)
        return -EAGAIN;
    memcpy(place->octets, octets, n);
    place->n = (uint16_t)n;
    s->n++;
    return 0;
}

static void end_frame(struct hdlc_tx *s)
{
    put_flag(s);
    begin_frame(s);
    s->first = (s->first + 1) % DSP_MAX_FRAMES;
    s->n--;
    atomic_fetch_add_explicit(&s->n_sent, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->n_retired, 1, memory_order_release);
}

/* The next octet of the frame, or of its FCS, low one first; stuffed. */
static void put_octet(struct hdlc_tx *s)
{
    const struct hdlc_frame *frame = &s->frames[s->first];
    uint32_t octet;

    if (s->at < frame->n) {
        octet = frame->octets[s->at];
        s->fcs = s->fcs >> 8 ^ hdlc_fcs[(s->fcs ^ octet) & 0xFF];
    } else {
        octet = ~s->fcs >> 8 * (s->at - frame->n) & 0xFF;
    }
    uint32_t entry = hdlc_stuff[s->ones][octet];
    int n = 8 + (int)(entry >> 10 & 3);
    s->bits = s->bits << n | (entry & 0x3FF);
    s->n_bits += n;
    s->ones = (int)(entry >> 12);
    s->at++;
}

static void fill(struct hdlc_tx *s)
{
    if (s->n == 0)
        put_flag(s);
    else if (s->at < s->frames[s->first].n + 2)
        put_octet(s);
    else
        end_frame(s);
}

void hdlc_tx_process(struct hdlc_tx *s, uint8_t *octets, size_t n)
{
    size_t i = 0;

    for (; i < n && (s->n > 0 || s->n_bits >= 8); i++) {
        while (s->n_bits < 8)
            fill(s);
        s->n_bits -= 8;
        octets[i] = (uint8_t)(s->bits >> s->n_bits);
    }
    if (i == n)
        return;
    put_flag(s); /* and from here on the same octet: the rest of one flag, the begin of the next */
    s->n_bits -= 8;
    memset(octets + i, (int)(s->bits >> s->n_bits & 0xFF), n - i);
}

size_t hdlc_tx_size(void)
{
    return sizeof(struct hdlc_tx);
}

void hdlc_tx_reset(struct hdlc_tx *s)
{
    memset(s, 0, sizeof *s);
    hdlc_tx_start(s);
}

void hdlc_tx_feed(struct hdlc_tx *s, uint8_t *octets, size_t n)
{
    hdlc_tx_process(s, octets, n);
}

int hdlc_tx_waiting(const struct hdlc_tx *s)
{
    return s->n;
}
