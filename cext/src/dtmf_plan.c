/* Preparation of the DTMF limits. Runs at init only, so it may use libm. */
#include "dtmf_plan.h"

#include <errno.h>   /* EINVAL */
#include <math.h>    /* cos, pow */
#include <stdbool.h> /* bool */

static const double PI = 3.14159265358979323846;
static const double tones_hz[8] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
static const double HOP_S = 0.005;
static const double LOOSE_PERCENT = 2.35; /* what noise may add in a single window */
static const double TIGHT_PART = 0.5;
static const double TURN_MAX = 0.9; /* half turns over 5 ms; at 1.0 the sign is lost */

enum { LEAST_BRIDGE_MS = 10, LEAST_MISSES = 5, MISS_MS = 5 };

/* Q.24: interruptions of 10 ms bridged, pauses of 30 ms (AT&T 40) seen; NTT rejects below -29 dBm
 * and AT&T below -55, both accept from -24 and -25; twist AT&T +4 / -8, NTT 5; frequency AT&T 1.5
 * accepted and 3.5 % rejected, NTT 1.8 and 3.0. */
static const struct dtmf_spec usual = {
    .level_min_dbm0 = -33.0f,
    .twist_high_db = 8.0f,
    .twist_low_db = 10.0f,
    .off_max_percent = 2.15f,
    .bridge_ms = LEAST_BRIDGE_MS,
};

static bool is_sane(const struct dtmf_spec *s)
{
    return s->level_min_dbm0 >= -50.0f && s->level_min_dbm0 <= -10.0f && s->twist_high_db >= 0.0f &&
           s->twist_high_db <= 12.0f && s->twist_low_db >= 0.0f && s->twist_low_db <= 12.0f &&
           s->off_max_percent >= 1.0f && s->off_max_percent <= 4.5f &&
           s->bridge_ms >= LEAST_BRIDGE_MS && s->bridge_ms <= 40;
}

static float turn_cos(double hz, double off_percent)
{
    double half_turns = 2.0 * hz * off_percent * 0.01 * HOP_S;

    return (float)cos(PI * (half_turns < TURN_MAX ? half_turns : TURN_MAX));
}

int dtmf_plan_init(struct dtmf_plan *p, const struct dtmf_spec *spec)
{
    const struct dtmf_spec *s = spec != NULL ? spec : &usual;

    if (!is_sane(s))
        return -EINVAL;
    p->tone_min = (float)(0.5 * pow(10.0, ((double)s->level_min_dbm0 - 3.14) / 10.0));
    p->twist_high_max = (float)pow(10.0, (double)s->twist_high_db / 10.0);
    p->twist_low_max = (float)pow(10.0, (double)s->twist_low_db / 10.0);
    for (int k = 0; k < 8; k++) {
        p->turn_cos_min[k] = turn_cos(tones_hz[k], (double)s->off_max_percent);
        p->turn_cos_tight[k] = turn_cos(tones_hz[k], TIGHT_PART * (double)s->off_max_percent);
        p->turn_cos_loose[k] = turn_cos(tones_hz[k], (double)s->off_max_percent + LOOSE_PERCENT);
    }
    p->end_misses = LEAST_MISSES + (s->bridge_ms - LEAST_BRIDGE_MS) / MISS_MS;
    return 0;
}
