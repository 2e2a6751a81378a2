/* A channel's place in a mixer. */
#include "seat.h"

void seat_reset(struct seat *s)
{
    *s = (struct seat){.now = {.mixer = -1}, .next = {.mixer = -1}};
}

static bool is_same(struct place a, struct place b)
{
    return a.mixer == b.mixer &&
           (a.mixer < 0 || (a.role == b.role && (a.role != DSP_ROLE_WHISPER || a.to == b.to)));
}

void seat_take(struct seat *s, struct place place)
{
    if (s->is_coming || s->now.mixer < 0) { /* nothing was heard there yet */
        s->now = place;
        s->is_coming = place.mixer >= 0;
        return;
    }
    s->next = place;
    s->is_going = !is_same(place, s->now);
}

/* 3t^2 - 2t^3: smooth at both ends, so what it spreads around a tone falls by 18 dB an octave. */
void seat_fade(const struct seat *s, float *pcm)
{
    if (!s->is_coming && !s->is_going)
        return;
    for (int i = 0; i < DSP_BLOCK_SMP; i++) {
        float t = ((float)i + 0.5f) / DSP_BLOCK_SMP;
        t = s->is_going ? 1.0f - t : t;
        pcm[i] *= t * t * (3.0f - 2.0f * t);
    }
}

void seat_settle(struct seat *s)
{
    s->is_coming = false;
    if (s->is_going) {
        s->now = s->next;
        s->is_going = false;
        s->is_coming = s->now.mixer >= 0;
    }
}
