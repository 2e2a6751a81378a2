/* Player: a queue of A-law clips in the caller's memory, without gaps between them. */
#ifndef CALLBOX_PLAYER_H
#define CALLBOX_PLAYER_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

#include "api.h"

struct clip {
    const uint8_t *alaw;
    uint32_t n;
    uint32_t id;
    float gain; /* linear */
    bool is_loop;
};

struct player {
    struct clip queue[DSP_MAX_CLIPS];
    int first; /* index of the one that plays */
    int n;
    uint32_t at; /* next octet of it */
};

void player_reset(struct player *p);
/* Append a clip; false when the queue is full. */
bool player_put(struct player *p, const struct clip *c);
/* Add the clips to `pcm`; events PLAYED (id, at_smp from the begin of pcm) into `out`. Return their
 * count. */
int player_process(struct player *p, float *pcm, size_t n, struct dsp_event *out, int cap);

#endif
