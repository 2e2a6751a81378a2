/* Jitter and skew. The lowest transit of 10 s is that of packets that met no queue. */
#include "clock_watch.h"

#include <string.h> /* memset */

enum { US_PER_SMP = 125, WINDOW_US = 10000000, FAR_US = 2000000, SKEW_MAX_PPM = 10000 };

void clock_watch_reset(struct clock_watch *s)
{
    memset(s, 0, sizeof *s);
}

static void begin(struct clock_watch *s, uint32_t timestamp, uint64_t arrival_us)
{
    clock_watch_reset(s);
    s->is_on = true;
    s->timestamp = timestamp;
    s->transit_us = s->lowest_us = (int64_t)arrival_us;
    s->window_us = arrival_us;
}

static void end_window(struct clock_watch *s, uint64_t arrival_us)
{
    if (!s->has_first) {
        s->has_first = true;
        s->first_us = s->lowest_us;
        s->first_at_us = s->window_us;
    } else {
        int64_t span_us = (int64_t)(s->window_us - s->first_at_us);
        int64_t ppm = (s->first_us - s->lowest_us) * 1000000 / span_us;
        ppm = ppm > SKEW_MAX_PPM ? SKEW_MAX_PPM : ppm < -SKEW_MAX_PPM ? -SKEW_MAX_PPM : ppm;
        s->skew_ppm = (int32_t)ppm;
    }
    s->window_us = arrival_us;
    s->lowest_us = s->transit_us;
}

void clock_watch_packet(struct clock_watch *s, uint32_t timestamp, uint64_t arrival_us)
{
    if (!s->is_on) {
        begin(s, timestamp, arrival_us);
        return;
    }
    s->sent_us += (int64_t)(int32_t)(timestamp - s->timestamp) * US_PER_SMP;
    s->timestamp = timestamp;
    int64_t transit_us = (int64_t)(arrival_us - (uint64_t)s->sent_us);
    int64_t change_us = transit_us - s->transit_us;
    change_us = change_us < 0 ? -change_us : change_us;
    if (change_us < 0 || change_us > FAR_US) { /* another time */
        begin(s, timestamp, arrival_us);
        return;
    }
    s->jitter16_us += (uint32_t)change_us - ((s->jitter16_us + 8) >> 4);
    s->transit_us = transit_us;
    s->lowest_us = transit_us < s->lowest_us ? transit_us : s->lowest_us;
    if (arrival_us - s->window_us >= WINDOW_US && arrival_us > s->window_us)
        end_window(s, arrival_us);
}
