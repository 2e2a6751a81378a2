/* Digits as RTP packets. */
#include "telephone_event.h"

#include <string.h> /* memset, strchr */

#include "dtmf_tx.h"
#include "loudness.h"

static const char keys[] = "0123456789*#ABCD"; /* by event number, RFC 4733 section 3.2 */

enum {
    IS_END = 0x80,
    LEVEL_MASK = 0x3F,
    SEGMENT_MAX = 0xFFFF,  /* samples: a longer digit goes on in a new segment, section 2.5.1.3 */
    SEGMENT_GAP_SMP = 960, /* between what the last packet of a segment said and the next segment */
    STALE_SMP = 16000      /* packets of digits that are over come at most so late */
};

void telephone_event_rx_reset(struct telephone_event_rx *s)
{
    memset(s, 0, sizeof *s);
}

static struct dsp_event begin_of(const struct telephone_event_rx *s)
{
    return (struct dsp_event){.kind = DSP_DIGIT_BEGIN,
                              .at_smp = s->begin_smp,
                              .digit = (uint8_t)keys[s->event],
                              .power = s->power,
                              .powers = {s->power, s->power}};
}

static struct dsp_event end(struct telephone_event_rx *s)
{
    struct dsp_event event = begin_of(s);

    event.kind = DSP_DIGIT_END;
    event.duration_smp = s->duration;
    event.at_smp = s->begin_smp + s->duration;
    s->is_on = false;
    s->has_ended = true;
    return event;
}

/* Say whether the packet belongs to the digit that is on; a long digit may have a new segment. */
static bool goes_on(struct telephone_event_rx *s, uint8_t event, uint32_t timestamp)
{
    if (!s->is_on || event != s->event)
        return false;
    if (timestamp == s->segment)
        return true;
    uint32_t known = s->duration - (s->segment - s->began); /* of the last segment */
    uint32_t beyond = timestamp - s->segment - known;
    if (known + SEGMENT_GAP_SMP < SEGMENT_MAX || beyond > SEGMENT_GAP_SMP)
        return false;
    s->segment = timestamp;
    return true;
}

/* Say whether the packet is of a digit that is over, or older still. */
static bool is_stale(const struct telephone_event_rx *s, uint32_t timestamp)
{
    return (s->is_on || s->has_ended) && s->segment - timestamp < STALE_SMP;
}

static void begin(struct telephone_event_rx *s, uint32_t timestamp, const uint8_t *payload,
                  uint32_t duration, uint64_t now_smp)
{
    s->is_on = true;
    s->event = payload[0];
    s->began = s->segment = timestamp;
    s->duration = duration;
    s->begin_smp = now_smp > duration ? now_smp - duration : 0;
    s->power = 0.5f * power_of_dbm0(payload[1] & LEVEL_MASK); /* of each of the two tones */
}

int telephone_event_rx_put(struct telephone_event_rx *s, uint32_t timestamp, const uint8_t *payload,
                           size_t n, uint64_t now_smp, struct dsp_event *out)
{
    int n_out = 0;

    if (n < TELEPHONE_EVENT_OCT || payload[0] > 15)
        return 0;
    uint32_t duration = (uint32_t)payload[2] << 8 | payload[3];
    if (goes_on(s, payload[0], timestamp)) {
        uint32_t whole = s->segment - s->began + duration;
        s->duration = whole > s->duration ? whole : s->duration;
    } else if (is_stale(s, timestamp)) {
        return 0;
    } else {
        if (s->is_on)
            out[n_out++] = end(s);
        begin(s, timestamp, payload, duration, now_smp);
        out[n_out++] = begin_of(s);
    }
    s->heard_smp = now_smp;
    if ((payload[1] & IS_END) != 0)
        out[n_out++] = end(s);
    return n_out;
}

int telephone_event_rx_tick(struct telephone_event_rx *s, uint64_t now_smp, struct dsp_event *out)
{
    if (!s->is_on || now_smp - s->heard_smp < TELEPHONE_EVENT_LOST_SMP)
        return 0;
    out[0] = end(s);
    return 1;
}

void telephone_event_tx_reset(struct telephone_event_tx *s)
{
    memset(s, 0, sizeof *s);
}

static void start(struct telephone_event_tx *s, const struct dtmf_tx *dial, uint32_t now)
{
    const struct dial *d = &dial->queue[dial->first];
    const char *key = strchr(keys, dial->digit);

    s->n_started = dial->n_started;
    s->is_on = s->is_first = key != NULL;
    s->n_ends = 0;
    s->event = (uint8_t)(key != NULL ? key - keys : 0);
    s->level = dbm0_of_power(d->amplitude * d->amplitude); /* two tones of half the square each */
    s->left = d->on_smp;
    s->began = now - (d->on_smp - dial->on);
}

void telephone_event_tx_follow(struct telephone_event_tx *s, const struct dtmf_tx *dial,
                               uint32_t now)
{
    if (dial->on > 0 && dial->n_started != s->n_started)
        start(s, dial, now);
    if (!s->is_on)
        return;
    bool is_over = dial->on == 0;
    s->duration = now - s->began;
    s->duration = s->duration < s->left ? s->duration : s->left;
    if (s->duration > SEGMENT_MAX) {
        s->began += SEGMENT_MAX;
        s->duration -= SEGMENT_MAX;
        s->left -= SEGMENT_MAX;
    }
    if (is_over) {
        s->is_on = false;
        s->n_ends = TELEPHONE_EVENT_ENDS;
    }
}

size_t telephone_event_tx_payload(struct telephone_event_tx *s, uint8_t *out)
{
    bool is_end = !s->is_on;

    if (is_end && s->n_ends == 0)
        return 0;
    s->n_ends -= is_end;
    out[0] = s->event;
    out[1] = (uint8_t)((is_end ? IS_END : 0) | s->level);
    out[2] = (uint8_t)(s->duration >> 8);
    out[3] = (uint8_t)s->duration;
    return TELEPHONE_EVENT_OCT;
}
