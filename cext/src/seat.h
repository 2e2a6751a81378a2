/* A channel's place in a mixer: which, and as what.
 *
 *   party    speaks to all, hears all others
 *   monitor  hears all, is heard by none
 *   whisper  hears all, is heard by one channel only
 *
 * Who comes, goes or changes places does so within a tick by a smooth ramp, both ways, so that nobody hears a click.
 */
#ifndef CALLBOX_SEAT_H
#define CALLBOX_SEAT_H

#include <stdbool.h> /* bool */

#include "api.h"

struct place {
    int mixer; /* -1: none */
    enum dsp_role role;
    int to; /* channel that hears a whisper */
};

struct seat {
    struct place now;
    struct place next; /* after this tick, while leaving */
    bool is_coming;    /* this tick raises the gain */
    bool is_going;     /* this tick lowers it */
};

void seat_reset(struct seat *s);
/* Change places at the next tick (from none), or after it. */
void seat_take(struct seat *s, struct place place);
/* Apply this tick's ramp, if any. */
void seat_fade(const struct seat *s, float *pcm);
/* End the tick. */
void seat_settle(struct seat *s);

static inline bool seat_is_party(const struct seat *s)
{
    return s->now.mixer >= 0 && s->now.role == DSP_ROLE_PARTY;
}

#endif
