/* Gapless player of A-law clips. */
#include "player.h"

#include "tables.h" /* alaw_to_float */

void player_reset(struct player *p)
{
    p->first = p->n = 0;
    p->at = 0;
}

bool player_put(struct player *p, const struct clip *c)
{
    if (p->n == DSP_MAX_CLIPS)
        return false;
    p->queue[(p->first + p->n) % DSP_MAX_CLIPS] = *c;
    p->n++;
    return true;
}

/* Add as much of the first clip as fits; return the samples added. */
static size_t add_clip(struct player *p, const struct clip *c, float *pcm, size_t n)
{
    size_t left = c->n - p->at;
    size_t m = left < n ? left : n;
    const uint8_t *from = c->alaw + p->at;

    for (size_t i = 0; i < m; i++)
        pcm[i] += c->gain * alaw_to_float[from[i]];
    p->at += (uint32_t)m;
    return m;
}

int player_process(struct player *p, float *pcm, size_t n, struct dsp_event *out, int cap)
{
    size_t at = 0;
    int n_out = 0;

    while (p->n > 0 && n_out < cap) {
        const struct clip *c = &p->queue[p->first];
        at += add_clip(p, c, pcm + at, n - at);
        if (p->at < c->n)
            break;
        p->at = 0;
        if (c->is_loop && c->n > 0) {
            if (at == n)
                break;
            continue;
        }
        out[n_out++] = (struct dsp_event){.kind = DSP_PLAYED, .id = c->id, .at_smp = at};
        p->first = (p->first + 1) % DSP_MAX_CLIPS;
        p->n--;
    }
    return n_out;
}
