/* The limits of the DTMF receiver as its decisions need them. Made once, by init. */
#ifndef CALLBOX_DTMF_PLAN_H
#define CALLBOX_DTMF_PLAN_H

#include "api.h" /* struct dtmf_spec */

struct dtmf_plan {
    float tone_min;          /* power of each tone; a sine of amplitude 1.0 has 0.5 */
    float twist_high_max;    /* power of the high tone over that of the low one */
    float twist_low_max;     /* and the other way */
    float turn_cos_min[8];   /* of the phase turn over 5 ms at the limit, over all good windows */
    float turn_cos_tight[8]; /* at the frequency error from which a digit must be purer */
    float turn_cos_loose[8]; /* the same for a single window in noise */
    int end_misses;          /* windows of 10 ms, one every 5 ms */
};

/* Return 0, or -EINVAL for limits that cannot be kept. */
int dtmf_plan_init(struct dtmf_plan *p, const struct dtmf_spec *spec);

#endif
