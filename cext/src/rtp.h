/* RTP packets and their order, RFC 3550. */
#ifndef CALLBOX_RTP_H
#define CALLBOX_RTP_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>

enum { RTP_HEAD_OCT = 12 };

struct rtp_packet {
    uint8_t payload_type;
    bool has_marker;
    uint16_t seq;
    uint32_t timestamp; /* samples */
    uint32_t ssrc;
    const uint8_t *payload;
    size_t n_payload;
};

/* Read a packet; false when it is none (version, or a CSRC list, extension or padding that is longer
 * than what came). The payload stays where it is. Section 5.1. */
bool rtp_parse(const uint8_t *octets, size_t n, struct rtp_packet *out);
/* Write a packet without CSRC, extension and padding; its octets, or 0 when cap is too small. */
size_t rtp_build(const struct rtp_packet *p, uint8_t *out, size_t cap);

enum rtp_verdict {
    RTP_GOOD,
    RTP_LATER,     /* good, out of order */
    RTP_FIRST,     /* good, and the first of a new source, or after a jump: begin afresh */
    RTP_DUPLICATE, /* was here before */
    RTP_DOUBTFUL   /* from elsewhere; the next of its kind will be believed */
};

/* What is known of the other side. Appendix A.1; two packets in sequence make a source. */
struct rtp_source {
    bool is_known;
    uint32_t ssrc;
    uint16_t max_seq;    /* highest so far */
    uint64_t seen;       /* of the last 64 up to max_seq, bit 0 is max_seq */
    bool has_candidate;  /* another source, or place in the sequence */
    uint32_t next_ssrc;  /* of the candidate */
    uint16_t next_seq;   /* it would have next */
    uint32_t n_expected; /* by the sequence numbers */
    uint32_t n_received; /* without duplicates */
};

void rtp_source_reset(struct rtp_source *s);
enum rtp_verdict rtp_source_accept(struct rtp_source *s, const struct rtp_packet *p);

#endif
