/* Echo canceller and suppressor of one channel, with what was sent on it; the same over samples at hand. */
#ifndef CALLBOX_ECHO_STAGE_H
#define CALLBOX_ECHO_STAGE_H

#include "echo_can.h"
#include "echo_nlp.h"

/* Ticks from what the engine sends to what it hears of it: the block leaves with the next exchange,
 * sounds on the line while the one after that is filled, and so comes back with the second.
 */
enum { ECHO_DELAY_TICKS = 2 };

struct echo_stage {
    struct echo_can can;
    struct echo_nlp nlp;
    uint8_t sent[ECHO_DELAY_TICKS][DSP_BLOCK_SMP]; /* oldest first */
};

/* Choose the vectors to work with, once; it is off. */
void echo_stage_init(struct echo_stage *s, enum simd_path path);
/* Begin anew, as if nothing had been sent; options are DSP_ECHO_... */
void echo_stage_set(struct echo_stage *s, int tail_ms, uint32_t options);
bool echo_stage_is_on(const struct echo_stage *s);
/* Take the echo out of what was heard in this tick. */
void echo_stage_cancel(struct echo_stage *s, float *pcm, bool is_lost);
/* Keep what is sent in this tick. */
void echo_stage_sent(struct echo_stage *s, const uint8_t *octets);

#endif
