/* Suppressor behind the echo canceller (the non-linear processor of ITU-T G.168): while only the rest
 * of the echo is heard, it gives the line's own noise instead.
 */
#ifndef CALLBOX_ECHO_NLP_H
#define CALLBOX_ECHO_NLP_H

#include <stdbool.h> /* bool */
#include <stdint.h>

#include "echo_can.h"

struct echo_nlp {
    /* config */
    bool is_on;
    bool has_noise; /* comfort noise in place of silence */
    /* decision state; powers, a sine of amplitude 1.0 has 0.5 */
    float sent;      /* the strongest of the last ticks */
    float echo;      /* as foretold, likewise */
    float noise;     /* of the line */
    int n_good;      /* ticks in a row in which next to nothing was left */
    bool is_settled; /* the canceller does its work: LEFT holds */
    int n_hold;      /* ticks until it may suppress again */
    float gain;
    uint32_t random;
};

void echo_nlp_reset(struct echo_nlp *s, bool is_on, bool has_noise);
/* Treat what `can` made of this tick. */
void echo_nlp_process(struct echo_nlp *s, const struct echo_can *can, float *pcm);

#endif
