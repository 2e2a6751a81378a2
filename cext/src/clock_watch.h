/* What the packets say of the sender's clock: jitter (RFC 3550 section 6.4.1) and skew. */
#ifndef CALLBOX_CLOCK_WATCH_H
#define CALLBOX_CLOCK_WATCH_H

#include <stdbool.h> /* bool */
#include <stdint.h>

struct clock_watch {
    bool is_on;
    uint32_t timestamp;   /* of the last packet */
    int64_t sent_us;      /* its timestamp, unwrapped */
    int64_t transit_us;   /* its arrival minus sent_us */
    uint64_t window_us;   /* arrival that began this window of 10 s */
    int64_t lowest_us;    /* transit in it */
    bool has_first;       /* the first window is over */
    int64_t first_us;     /* lowest transit of the first window */
    uint64_t first_at_us; /* its begin */
    uint32_t jitter16_us; /* 16 times the jitter */
    int32_t skew_ppm;     /* above 0: the sender's clock is fast */
};

void clock_watch_reset(struct clock_watch *s);
/* Take an audio packet: its RTP timestamp, and when it came by a monotonic clock. */
void clock_watch_packet(struct clock_watch *s, uint32_t timestamp, uint64_t arrival_us);

#endif
