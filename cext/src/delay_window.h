/* How late packets come: the delays of the last 512, in steps of 10 ms. */
#ifndef CALLBOX_DELAY_WINDOW_H
#define CALLBOX_DELAY_WINDOW_H

#include <stdbool.h> /* bool */
#include <stdint.h>

enum { DELAY_PACKETS = 512, DELAY_BINS = 512, DELAY_STEP_SMP = 80 };

struct delay_window {
    int32_t origin;               /* delay of the lower end of the bin in the middle, samples */
    int n;                        /* packets, at most DELAY_PACKETS */
    int at;                       /* place of the next */
    int low;                      /* lowest bin in use */
    int high;                     /* highest bin in use */
    uint16_t bins[DELAY_PACKETS]; /* of each packet */
    uint16_t count[DELAY_BINS];
};

void delay_window_reset(struct delay_window *s);
/* Take the delay of a packet, samples, counted from anywhere; it may wrap. */
void delay_window_put(struct delay_window *s, int32_t delay_smp);
/* Give the delay that one packet in a hundred exceeded, and the smallest. There must be one. */
int32_t delay_window_high(const struct delay_window *s);
int32_t delay_window_low(const struct delay_window *s);

#endif
