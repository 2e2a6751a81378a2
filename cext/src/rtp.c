/* RTP packets and their order. */
#include "rtp.h"

#include <string.h> /* memcpy */

enum {
    MAX_DROPOUT = 3000, /* packets missing that are still a gap, not a new begin */
    WINDOW = 64         /* packets late that are still told from duplicates */
};

static uint32_t read_u16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t read_u32(const uint8_t *at)
{
    return read_u16(at) << 16 | read_u16(at + 2);
}

static void write_u16(uint8_t *at, uint32_t v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

static void write_u32(uint8_t *at, uint32_t v)
{
    write_u16(at, v >> 16);
    write_u16(at + 2, v);
}

bool rtp_parse(const uint8_t *octets, size_t n, struct rtp_packet *out)
{
    if (n < RTP_HEAD_OCT || octets[0] >> 6 != 2)
        return false;
    size_t head = RTP_HEAD_OCT + 4 * (size_t)(octets[0] & 15);
    size_t tail = 0;
    if ((octets[0] & 0x10) != 0) {
        if (head + 4 > n)
            return false;
        head += 4 + 4 * (size_t)read_u16(octets + head + 2);
    }
    if ((octets[0] & 0x20) != 0) {
        tail = octets[n - 1];
        if (tail == 0)
            return false;
    }
    if (head + tail > n)
        return false;
    out->has_marker = octets[1] >> 7;
    out->payload_type = octets[1] & 0x7F;
    out->seq = (uint16_t)read_u16(octets + 2);
    out->timestamp = read_u32(octets + 4);
    out->ssrc = read_u32(octets + 8);
    out->payload = octets + head;
    out->n_payload = n - head - tail;
    return true;
}

size_t rtp_build(const struct rtp_packet *p, uint8_t *out, size_t cap)
{
    if (cap < RTP_HEAD_OCT || p->n_payload > cap - RTP_HEAD_OCT)
        return 0;
    out[0] = 2 << 6;
    out[1] = (uint8_t)((p->has_marker ? 0x80 : 0) | (p->payload_type & 0x7F));
    write_u16(out + 2, p->seq);
    write_u32(out + 4, p->timestamp);
    write_u32(out + 8, p->ssrc);
    memcpy(out + RTP_HEAD_OCT, p->payload, p->n_payload);
    return RTP_HEAD_OCT + p->n_payload;
}

void rtp_source_reset(struct rtp_source *s)
{
    memset(s, 0, sizeof *s);
}

static enum rtp_verdict begin(struct rtp_source *s, const struct rtp_packet *p)
{
    s->is_known = true;
    s->ssrc = p->ssrc;
    s->max_seq = p->seq;
    s->seen = 1;
    s->has_candidate = false;
    s->n_expected++;
    s->n_received++;
    return RTP_FIRST;
}

/* A packet from elsewhere begins a new source when it follows another one from there. */
static enum rtp_verdict consider(struct rtp_source *s, const struct rtp_packet *p)
{
    if (s->has_candidate && p->ssrc == s->next_ssrc && p->seq == s->next_seq)
        return begin(s, p);
    s->has_candidate = true;
    s->next_ssrc = p->ssrc;
    s->next_seq = (uint16_t)(p->seq + 1);
    return RTP_DOUBTFUL;
}

enum rtp_verdict rtp_source_accept(struct rtp_source *s, const struct rtp_packet *p)
{
    uint16_t ahead = (uint16_t)(p->seq - s->max_seq);
    uint16_t behind = (uint16_t)(s->max_seq - p->seq);

    if (!s->is_known)
        return begin(s, p);
    if (p->ssrc != s->ssrc || (ahead >= MAX_DROPOUT && behind >= WINDOW))
        return consider(s, p);
    if (ahead > 0 && ahead < MAX_DROPOUT) {
        s->seen = ahead < WINDOW ? s->seen << ahead : 0;
        s->seen |= 1;
        s->max_seq = p->seq;
        s->n_expected += ahead;
        s->n_received++;
        s->has_candidate = false;
        return RTP_GOOD;
    }
    uint64_t bit = (uint64_t)1 << behind;
    if ((s->seen & bit) != 0)
        return RTP_DUPLICATE;
    s->seen |= bit;
    s->n_received++;
    return RTP_LATER;
}
