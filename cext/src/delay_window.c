/* Sliding histogram of delays. */
#include "delay_window.h"

#include <string.h> /* memset */

enum { MIDDLE = DELAY_BINS / 2, MARGIN = 2, EXCEEDING_OF = 100 };

void delay_window_reset(struct delay_window *s)
{
    memset(s, 0, sizeof *s);
}

/* The bin whose upper end is not below the delay; outside 0..DELAY_BINS-1 when there is none. */
static int bin_of(const struct delay_window *s, int32_t delay_smp)
{
    int32_t off = (int32_t)((uint32_t)delay_smp - (uint32_t)s->origin);

    if (off > DELAY_STEP_SMP * MIDDLE || off < -DELAY_STEP_SMP * MIDDLE)
        return -1;
    return (off + DELAY_STEP_SMP * MIDDLE + DELAY_STEP_SMP - 1) / DELAY_STEP_SMP;
}

static void drop_oldest(struct delay_window *s)
{
    s->count[s->bins[s->at]]--;
    s->n--;
    while (s->n > 0 && s->count[s->low] == 0)
        s->low++;
    while (s->n > 0 && s->count[s->high] == 0)
        s->high--;
}

void delay_window_put(struct delay_window *s, int32_t delay_smp)
{
    int bin = s->n > 0 ? bin_of(s, delay_smp) : -1;

    /* The first, one from another time, or the clocks have drifted far apart: begin here. */
    if (bin < MARGIN || bin >= DELAY_BINS - MARGIN) {
        delay_window_reset(s);
        s->origin = delay_smp;
        bin = s->low = s->high = MIDDLE;
    }
    if (s->n == DELAY_PACKETS)
        drop_oldest(s);
    s->low = s->n == 0 || bin < s->low ? bin : s->low;
    s->high = s->n == 0 || bin > s->high ? bin : s->high;
    s->bins[s->at] = (uint16_t)bin;
    s->count[bin]++;
    s->at = (s->at + 1) % DELAY_PACKETS;
    s->n++;
}

static int32_t delay_of(const struct delay_window *s, int bin)
{
    return (int32_t)((uint32_t)s->origin + (uint32_t)((bin - MIDDLE) * DELAY_STEP_SMP));
}

int32_t delay_window_high(const struct delay_window *s)
{
    int bin = s->high, beyond = s->count[bin];

    while (beyond <= s->n / EXCEEDING_OF && bin > s->low)
        beyond += s->count[--bin];
    return delay_of(s, bin);
}

int32_t delay_window_low(const struct delay_window *s)
{
    return delay_of(s, s->low);
}
