/* The play-out of a jitter buffer made longer or shorter while there is sound: by a pitch period,
 * blended over 10 ms. */
#ifndef CALLBOX_STRETCH_H
#define CALLBOX_STRETCH_H

#include <stdbool.h> /* bool */
#include <stdint.h>

enum {
    STRETCH_MISSING = INT16_MIN, /* what no G.711 code stands for */
    STRETCH_DEAD_SMP = 120,      /* so much more delay than wanted is not worth a change */
    STRETCH_DRIFT_SMP = 80       /* nor is less than this, either way, when the delay is fixed */
};

struct jitter;

/* Give the number of samples, at most n, that are there to be played; or that are missing. */
int stretch_run(const struct jitter *s, int n);
int stretch_gap(const struct jitter *s, int n);
/* Take n samples that are there. */
void stretch_take(struct jitter *s, int16_t *pcm, int n);
/* Let n samples of the line be over. */
void stretch_pass(struct jitter *s, int n);
/* Play a tick while changing the delay, `over` samples more than wanted; false when there is nothing
 * to be changed, or this is no good place. */
bool stretch_play(struct jitter *s, int32_t over, int16_t *pcm);

#endif
